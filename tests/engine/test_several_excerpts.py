"""Figures and `show` over several excerpts, from a spec to record and caption."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import yaml

import paperfig
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
TEXT = "".join(
    f"Line {index} of the rain that fell in {1900 + index}.\n" for index in range(90)
)
SEVERAL = {
    "figspec": 1,
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"dataset": "rain.txt", "count": 24, "seed": 5, "length": 32},
    "head": ["L0H0", "L1H2"],
}


@pytest.fixture
def rainy(gpt_project: Path) -> Path:
    """The project of the small GPT with a longer text and a spec over it."""
    (gpt_project / "rain.txt").write_text(TEXT, encoding="utf-8")
    (gpt_project / "figspec" / "mean.yaml").write_text(yaml.safe_dump(SEVERAL))
    return gpt_project


def record_of(folder: Path) -> dict[str, Any]:
    """The record of that figure."""
    return json.loads((folder / "figures" / "mean.json").read_text())


def test_the_figure_shows_the_mean_of_single_excerpts(rainy: Path, command: Command) -> None:
    """Each excerpt on its own, at the start that the record names, averaged by hand."""
    code, out, error = command(rainy, "build", "mean")
    assert (code, error) == (0, "")
    assert "   map   L0H0,L1H2   24 × 32 tokens   figures/mean.pdf" in out
    data = from_npz((rainy / "figures" / "mean.npz").read_bytes())
    starts = record_of(rainy)["facts"]["excerpt"]["starts"]
    first, second = data.maps

    assert len(starts) == 24
    assert min(np.diff(starts)) >= 32
    for shown, head in ((first, "L0H0"), (second, "L1H2")):
        each = [
            paperfig.attention(
                SEVERAL
                | {"head": head}
                | {"excerpt": {"dataset": "rain.txt", "start": start, "length": 32}},
                root=rainy,
            )
            for start in starts
        ]
        mean = np.mean([one.weights[0] for one in each], axis=0)
        np.testing.assert_allclose(shown.weights[0], mean, atol=1e-6)
        (numbers,) = (e for e in record_of(rainy)["statistics"] if e["head"] == head)
        for name in ("normalised_entropy", "confidence", "previous", "row_std"):
            alone = [one.statistics()[0][name] for one in each]
            assert numbers[name] == pytest.approx(np.mean(alone), abs=2e-6)
            low, high = numbers["intervals"][name]
            assert low < numbers[name] < high
        others = [(24 * mean - one.weights[0]) / 23 for one in each]
        apart = np.abs([one.weights[0] - rest for one, rest in zip(each, others, strict=True)])
        assert numbers["content"] == pytest.approx(
            apart[:, 1:].sum(axis=2).mean() / 2, abs=2e-6
        )


def test_the_caption_says_how_many_and_the_seed(rainy: Path, command: Command) -> None:
    """And quotes nothing; positions are labelled by number; no token is named."""
    command(rainy, "build", "mean")
    caption = (rainy / "figures" / "mean.caption.tex").read_text()

    assert caption.startswith(
        r"Attention patterns for heads L0H0 and L1H2 of \emph{tiny} at step 10, each averaged "
        "over 24 excerpts (32 tokens each, without overlap, seed 5). Causal mask."
    )
    with pikepdf.open(rainy / "figures" / "mean.pdf") as pdf:
        assert len(pdf.pages) == 1


def test_a_template_may_use_the_numbers(rainy: Path, command: Command) -> None:
    """Statistics and their intervals are facts, drawn from the same values."""
    (rainy / "templates").mkdir(exist_ok=True)
    (rainy / "templates" / "ours.tex.j2").write_text(
        r"\VAR{excerpts} texts; \VAR{statistics[1].class}: "
        r"\VAR{statistics[1].intervals.content[0]|significant} \VAR{starts|length}"
    )
    spec = SEVERAL | {"caption": {"template": "ours"}}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(spec))
    assert command(rainy, "build", "mean")[::2] == (0, "")
    numbers = record_of(rainy)["statistics"][1]
    caption = (rainy / "figures" / "mean.caption.tex").read_text()

    assert caption == (
        f"24 texts; {numbers['class']}: {numbers['intervals']['content'][0]:.3g} 24%\n"
    )


def test_it_is_redrawn_without_checkpoint_and_text(rainy: Path, command: Command) -> None:
    """The record keeps its statistics, which cannot be made again from the mean."""
    command(rainy, "build", "mean")
    before, caption = record_of(rainy), (rainy / "figures" / "mean.caption.tex").read_bytes()
    (rainy / "models" / "tiny.pt").unlink()
    (rainy / "rain.txt").unlink()
    spec = SEVERAL | {"style": {"venue": "icml"}}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(spec))
    assert command(rainy, "build", "--no-compute", "mean")[::2] == (0, "")

    assert record_of(rainy)["statistics"] == before["statistics"]
    assert record_of(rainy)["facts"] == before["facts"]
    assert (rainy / "figures" / "mean.caption.tex").read_bytes() == caption


def test_another_seed_makes_it_stale(rainy: Path, command: Command) -> None:
    """The seed and the number of excerpts are inputs of the numbers."""
    command(rainy, "build", "mean")
    spec = SEVERAL | {"excerpt": SEVERAL["excerpt"] | {"seed": 6, "count": 20}}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(spec))
    code, out, _ = command(rainy, "check", "mean")

    assert code == 1
    assert "excerpt.count: 24 → 20, excerpt.seed: 5 → 6" in out


def test_the_interface_gives_the_mean(rainy: Path) -> None:
    """Weights, scores and statistics over the excerpts, and every excerpt's ids."""
    spec = SEVERAL | {"head": "L1H2"}
    found = paperfig.attention(spec, root=rainy)

    assert found.weights.shape == found.scores.shape == (1, 32, 32)
    assert found.token_ids.shape == (24, 32)
    assert found.tokens[:2] == ("0", "1")
    (numbers,) = found.statistics()
    assert (numbers["excerpts"], numbers["head"]) == (24, "L1H2")


def test_show_says_how_sure_it_is(rainy: Path, command: Command) -> None:
    """Numbers over all excerpts with their intervals; the diagnosis is of the first."""
    code, out, error = command(rainy, "show", "mean")
    lines = out.splitlines()

    assert (code, error) == (0, "")
    assert lines[1:4] == [
        "  From:    rain.txt · 24 excerpts without overlap, seed 5",
        "  Length:  32 tokens each, tokenizer bytes",
        "  Model:   tiny (gpt, 2 layers, step 10)",
    ]
    assert any(line.startswith("  L0H0  95 %: content 0.") for line in lines)
    assert "  Diagnosis of layer 0, on the first excerpt: " in out
    assert max(map(len, lines)) <= 100
    assert "content (" not in out


def test_what_is_of_the_first_excerpt_says_so(repository: Path, command: Command) -> None:
    """The KL matrix is that of the first excerpt alone, as the diagnosis is."""
    options = ("--checkpoint", "demo/gauge.pt", "--dataset", "demo/text", "--length", "24")
    _, out, _ = command(repository, "show", *options, "--count", "3", "--json")
    start = json.loads(out)["figures"][0]["excerpt"]["starts"][0]
    _, several, _ = command(repository, "show", *options, "--count", "3")
    _, first, _ = command(repository, "show", *options, "--start", str(start))
    line = next(line for line in several.splitlines() if line.startswith("  KL, heads"))

    assert ", on the first excerpt: row deviation" in line
    assert line.replace(", on the first excerpt", "") in first.splitlines()


def test_no_interval_of_numbers_that_there_are_none_of(rainy: Path, command: Command) -> None:
    """With one key for each query only the legacy number is left, which has no column."""
    spec = yaml.safe_dump(SEVERAL | {"mask": {"window": 1}})
    (rainy / "figspec" / "mean.yaml").write_text(spec)
    code, out, _ = command(rainy, "show", "mean")

    assert code == 0
    assert "Counted: 0 of 32 queries" in out
    assert "  L0H0  95 %" not in out


def test_unknown_tokens_are_counted_over_all(rainy: Path, command: Command) -> None:
    """Not those of one excerpt: the line says so."""
    (rainy / "letters.txt").write_text("".join(map(chr, range(0x4E00, 0x4E00 + 254))))
    vocabulary = {"dataset": "letters.txt", "size": 256}
    spec = SEVERAL | {"tokenizer": {"base": "characters", "vocabulary": vocabulary}}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(spec))
    _, out, _ = command(rainy, "show", "mean")

    assert "  Length:  32 tokens each, in all 768 of them unknown, tokenizer characters" in out


def test_options_in_place_of_a_spec(rainy: Path, command: Command) -> None:
    """`--count` draws; `new` writes it; the same numbers come out of both."""
    options = (
        "--checkpoint",
        "models/tiny.pt",
        "--tokenizer",
        "bytes",
        "--dataset",
        "rain.txt",
    )
    options += ("--count", "24", "--seed", "5", "--length", "32", "--layer", "1", "--head", "2")
    printed = command(rainy, "show", *options, "--json")
    assert command(rainy, "new", "again", *options)[0] == 0
    again = command(rainy, "show", "again", "--json")
    (one,), (other,) = (json.loads(text[1])["figures"] for text in (printed, again))

    assert one["layers"] == other["layers"]
    assert one["excerpt"]["starts"] == other["excerpt"]["starts"]
    assert np.shape(one["excerpt"]["token_ids"]) == (24, 32)


def test_repeated_random_ids(rainy: Path, command: Command) -> None:
    """Induction over draws: enough queries, and the caption says what was drawn."""
    excerpt = {"random": 8, "repeat": 3, "count": 21, "seed": 2}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(SEVERAL | {"excerpt": excerpt}))
    assert command(rainy, "build", "mean")[::2] == (0, "")
    numbers = record_of(rainy)["statistics"][0]

    assert numbers["induction_queries"] >= 21 * 16
    assert numbers["not_testable"] == []
    assert (
        "averaged over 21 draws of random tokens, a block of 8 repeated 3 times (24 tokens "
        "each, seed 2)."
    ) in (rainy / "figures" / "mean.caption.tex").read_text()


def test_too_few_tokens_fail_that_figure(rainy: Path, command: Command) -> None:
    """One line with the number that would do."""
    spec = SEVERAL | {"excerpt": SEVERAL["excerpt"] | {"count": 200}}
    (rainy / "figspec" / "mean.yaml").write_text(yaml.safe_dump(spec))
    code, _, error = command(rainy, "build", "mean")

    assert code == 1
    assert error == (
        "figspec/mean.yaml: excerpt.count: 200 excerpts of 32 tokens do not fit into the "
        f"{len(TEXT)} of rain.txt without overlap; at most {len(TEXT) // 32} is right\n"
    )
