"""Figures and `show` over rows of unlike lengths, held against each row taken alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from documented import documented

import paperfig
from paperfig.errors import PaperfigError
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
PROMPTS = (
    "The lamp is lit at dusk.",
    "A keeper waits for the boat.",
    "Rain fell on the roof all night, and the keeper did not sleep.",
    "",
    "Who lit the lamp?",
    "The boat came in late.",
    "No light was seen from the sea.",
    "He wrote it all down, line by line.",
    "Gulls.",
    "The wind turned west, then north.",
    "A letter lay on the table.",
    "The lamp went out at dawn.",
    "The keeper slept.",
)
KEPT = tuple(row for row, text in enumerate(PROMPTS) if text)
SPEC: dict[str, Any] = {
    "figspec": 1,
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"dataset": "prompts.jsonl", "rows": "all"},
    "head": "all",
}
NUMBERS = (
    "normalised_entropy",
    "confidence",
    "distance",
    "self",
    "previous",
    "sink",
    "row_std",
)


@pytest.fixture
def asking(gpt_project: Path) -> Path:
    """The project of the small GPT with twelve prompts and a blank row among them."""
    rows = "".join(json.dumps({"text": text}) + "\n" for text in PROMPTS)
    (gpt_project / "prompts.jsonl").write_text(rows, encoding="utf-8")
    return gpt_project


def build(folder: Path, command: Command, **changes: Any) -> tuple[dict[str, Any], str]:
    """The record and the caption of a figure that a spec asks for."""
    (folder / "figspec" / "asked.yaml").write_text(yaml.safe_dump(SPEC | changes))
    code, _, error = command(folder, "build", "asked")
    assert (code, error) == (0, "")
    record = json.loads((folder / "figures" / "asked.json").read_text())
    return record, (folder / "figures" / "asked.caption.tex").read_text()


def alone(folder: Path, row: int, layer: int = 0, **excerpt: Any) -> paperfig.Attention:
    """The attention on one row."""
    of_row = {"dataset": "prompts.jsonl", "row": row} | excerpt
    return paperfig.attention(SPEC | {"layer": layer, "excerpt": of_row}, root=folder)


def weighed(values: list[float], counts: list[int]) -> float:
    """A mean by how many queries each is over."""
    return float(np.dot(values, counts) / np.sum(counts))


def test_statistics_pool_over_rows_of_any_length(asking: Path, command: Command) -> None:
    """Each number is the mean over the queries of all rows, each row computed alone."""
    record, caption = build(asking, command, figure="statistics", statistic=["sink", "self"])
    layers = [[alone(asking, row, layer) for row in KEPT] for layer in (0, 1)]

    assert len(record["statistics"]) == 6
    for entry in record["statistics"]:
        each = layers[int(entry["head"][1])]
        of_head = [one.statistics()[int(entry["head"][3])] for one in each]
        assert entry["excerpts"] == 12
        assert entry["rows"] == max(one["rows"] for one in of_head)
        for name in NUMBERS:
            counts = [1 if name == "row_std" else one["rows"] for one in of_head]
            expected = weighed([one[name] for one in of_head], counts)
            assert entry[name] == pytest.approx(expected, abs=2e-6)
            low, high = entry["intervals"][name]
            assert low < entry[name] < high
        assert entry["content"] is None
    assert caption.startswith(
        r"Weight on the first token and weight on the own token for all 3 heads of layers 0 "
        r"and 1 of \emph{tiny} at step 10, each averaged over the 12 rows of a data set that "
        "have text (6 to 62 tokens each). Causal mask."
    )


def test_the_strongest_distance_is_that_of_all_queries(asking: Path, command: Command) -> None:
    """Weights at each distance added up over rows; a long one's queries count each as one."""
    record, _ = build(asking, command, figure="statistics", statistic="offset_weight")
    of_layer = [alone(asking, row) for row in KEPT]
    for entry in record["statistics"][:3]:
        head = int(entry["head"][3])
        weights: dict[int, list[float]] = {}
        for one in of_layer:
            for query in range(1, len(one.tokens)):
                for key in range(query + 1):
                    weights.setdefault(query - key, []).append(one.weights[head, query, key])
        queries = sum(len(one.tokens) - 1 for one in of_layer)
        common = {
            at: np.mean(found) for at, found in weights.items() if 2 * len(found) >= queries
        }
        assert entry["offset"] == max(common, key=lambda at: common[at])


def test_distance_is_over_all_queries(asking: Path, command: Command) -> None:
    """The mean weight at each distance, by a plain loop; far ones are of long rows only."""
    record, caption = build(asking, command, figure="distance", layer=1)
    (shown,) = from_npz((asking / "figures" / "asked.npz").read_bytes()).reduced
    each = [alone(asking, row, layer=1) for row in KEPT]
    longest = max(len(one.tokens) for one in each)

    for head in range(3):
        found: list[list[float]] = [[] for _ in range(longest)]
        for one in each:
            for query in range(1, len(one.tokens)):
                for key in range(query + 1):
                    found[query - key].append(float(one.weights[head, query, key]))
        expected = [np.mean(at) for at in found]
        np.testing.assert_allclose(shown.curves[head, 0], expected, atol=1e-6)
    fifth = sorted(len(one.tokens) for one in each)[-5]
    assert np.isnan(shown.curves[:, 1:]).all(axis=(0, 1)).tolist() == [
        at >= fifth for at in range(longest)
    ]
    assert record["drawn"]["own"]["bands_end"] == fifth - 1
    assert rf"Bands, up to distance {fifth - 1}: 95\,\% bootstrap intervals" in caption


def test_queries_of_all_rows_are_spread_together(asking: Path, command: Command) -> None:
    """Quantiles over queries with eight keys; rows of seven tokens have none and stay out."""
    build(asking, command, figure="statistics", statistic="confidence", over="queries")
    shown = from_npz((asking / "figures" / "asked.npz").read_bytes()).reduced[0]
    each = [alone(asking, row) for row in KEPT]

    for head in range(3):
        rows = np.concatenate([one.weights[head, 7:].max(axis=1) for one in each])
        expected = np.quantile(rows, (0.05, 0.25, 0.5, 0.75, 0.95))
        np.testing.assert_allclose(shown.quantiles[head], expected, atol=1e-6)


def test_a_map_is_the_mean_of_rows_cut_alike(asking: Path, command: Command) -> None:
    """Drawn one at a time and averaged; the caption names the range and what it left out."""
    excerpt = {"dataset": "prompts.jsonl", "rows": [2, 7], "length": 16}
    record, caption = build(asking, command, head="L1H2", excerpt=excerpt)
    (shown,) = from_npz((asking / "figures" / "asked.npz").read_bytes()).maps
    each = [alone(asking, row, 1, length=16).weights[2] for row in (2, 4, 5, 6, 7)]

    np.testing.assert_allclose(shown.weights[0], np.mean(each, axis=0), atol=1e-6)
    facts = record["facts"]["excerpt"]
    assert facts["rows"] == [2, 4, 5, 6, 7]
    assert (facts["row_range"], facts["blank_rows"], facts["count"]) == ([2, 7], 1, 5)
    assert caption.startswith(
        r"Attention pattern for head 2 of layer 1 of \emph{tiny} at step 10, averaged over "
        "rows 2 to 7 of a data set (5 excerpts, 1 blank row left out, 16 tokens each). Causal "
        "mask."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"figure": "map", "head": "L0H1"},
        {"figure": "atlas"},
        {
            "figure": "compare",
            "head": "L0H1",
            "variants": {"a": {"kappa": 1}, "b": {"kappa": 2}},
        },
    ],
)
def test_maps_of_unlike_lengths_have_no_mean(
    changes: dict[str, Any], asking: Path, command: Command
) -> None:
    """The message has both lengths with their rows, and both ways out."""
    (asking / "figspec" / "asked.yaml").write_text(yaml.safe_dump(SPEC | changes))
    code, _, error = command(asking, "build", "asked")

    assert code == 1
    assert error.strip() == (
        "figspec/asked.yaml: excerpt.rows: maps of 6 tokens (row 8) and of 62 tokens (row 2) "
        "have no mean; `length: 6` cuts every row to that; `figure: statistics`, `figure: "
        "trend` or `figure: distance` takes rows of any length"
    )


def test_attention_is_refused_as_a_map_is(asking: Path) -> None:
    """Weights of unlike lengths have no mean, whatever kind the spec names."""
    spec = SPEC | {"figure": "statistics", "statistic": "sink", "layer": 0}
    with pytest.raises(PaperfigError) as caught:
        paperfig.attention(spec, root=asking)
    assert str(caught.value).startswith("excerpt.rows: maps of 6 tokens (row 8) and of 62 ")

    cut = SPEC | {"excerpt": SPEC["excerpt"] | {"length": 6}, "layer": 0}
    found = paperfig.attention(cut, root=asking)
    each = [alone(asking, row, length=6) for row in KEPT]
    np.testing.assert_allclose(
        found.weights, np.mean([one.weights for one in each], axis=0), atol=1e-6
    )
    assert found.token_ids.shape == (12, 6)
    assert {entry["excerpts"] for entry in found.statistics()} == {12}


def test_an_atlas_of_numbers_takes_any_length(asking: Path, command: Command) -> None:
    """Since it shows no map; the build's line says between which lengths rows are."""
    (asking / "figspec" / "asked.yaml").write_text(
        yaml.safe_dump(SPEC | {"figure": "atlas", "statistic": "previous"})
    )
    code, out, error = command(asking, "build", "asked")

    assert (code, error) == (0, "")
    assert "   atlas   L0H0,L0H1,L0H2,L1H0 and 2 more   12 × 6 to 62 tokens   " in out


def test_show_tells_of_rows(asking: Path, command: Command) -> None:
    """Which, how many and how long; the numbers are those of the figure's record."""
    record, _ = build(asking, command, figure="statistics", statistic="sink")
    code, out, _ = command(asking, "show", "asked")
    lines = out.splitlines()

    assert code == 0
    assert lines[1:3] == [
        "  From:    prompts.jsonl · all rows: 12 excerpts, 1 blank left out",
        "  Length:  6 to 62 tokens each, tokenizer bytes",
    ]
    _, out, _ = command(asking, "show", "asked", "--json")
    (shown,) = json.loads(out)["figures"]
    heads = [head for layer in shown["layers"] for head in layer["heads"]]
    assert heads == record["statistics"]
    assert list(map(len, shown["excerpt"]["token_ids"])) == [
        len(PROMPTS[row].encode()) for row in KEPT
    ]


def test_other_rows_make_it_stale(asking: Path, command: Command) -> None:
    """They are keys of the numbers."""
    build(asking, command, figure="statistics", statistic="sink")
    excerpt = {"dataset": "prompts.jsonl", "rows": [0, 5]}
    changed = SPEC | {"figure": "statistics", "statistic": "sink", "excerpt": excerpt}
    (asking / "figspec" / "asked.yaml").write_text(yaml.safe_dump(changed))
    code, out, _ = command(asking, "check", "asked")

    assert code == 1
    assert "excerpt.rows: all → [0, 5]" in out


def test_the_documented_rows(asking: Path, repository: Path, command: Command) -> None:
    """docs/text.md: the keys of its example, on the prompts."""
    (example,) = documented(repository / "docs" / "text.md", "rows")
    record, caption = build(asking, command, **yaml.safe_load(example))

    assert record["facts"]["excerpt"]["row_range"] == [0, 11]
    assert "averaged over rows 0 to 11 of a data set (11 excerpts, 1 blank row left out, " in (
        caption
    )


def test_content_needs_texts_of_one_length(asking: Path, command: Command) -> None:
    """Of twenty and more unlike rows it says why there is no such class."""
    rows = "".join(json.dumps({"text": "a" * length}) + "\n" for length in range(5, 26))
    (asking / "prompts.jsonl").write_text(rows)
    record, _ = build(asking, command, figure="statistics", statistic="sink")

    assert record["statistics"][0]["excerpts"] == 21
    assert (
        "content (texts of unlike lengths; equally long ones are needed)"
        in (record["statistics"][0]["not_testable"])
    )
