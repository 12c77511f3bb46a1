"""`paperfig show`: its text, its JSON, its options in place of a spec."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import paperfig
from paperfig.models.checkpoint import load_checkpoint
from paperfig.specs.schema import CheckpointSpec

Command = Callable[..., tuple[int, str, str]]
RAIN = "In 1941, after the fall of France, it rained."
GPT = ("--checkpoint", "models/tiny.pt", "--tokenizer", "bytes")


def shown(command: Command, folder: Path, *arguments: str) -> dict[str, Any]:
    """What ``show --json`` prints."""
    code, out, err = command(folder, "show", *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def layer_of(command: Command, folder: Path, *arguments: str) -> dict[str, Any]:
    """The only layer of the only figure."""
    (figure,) = shown(command, folder, *arguments)["figures"]
    (layer,) = figure["layers"]
    return layer


def test_the_excerpt_and_the_model(gpt_project: Path, command: Command) -> None:
    """Where the text is from, the text, its tokens, the model; nothing is written."""
    code, out, err = command(gpt_project, "show", "rain")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:4] == [
        "[rain]",
        "  From:    given text",
        f"  Text:    {RAIN}",
        "  Length:  45 tokens, tokenizer bytes",
    ]
    end = lines.index("  Model:   tiny (gpt, 2 layers, step 10)")
    assert {line[:11] for line in lines[5:end]} == {" " * 11}
    tokens = " ".join(line[11:] for line in lines[4:end])
    assert lines[4].startswith("  Tokens:  I | n")
    assert tokens == " | ".join(RAIN.replace(" ", "␣"))
    assert not (gpt_project / "figures").exists()


def test_a_row_for_each_head_and_one_for_their_mean(
    gpt_project: Path, command: Command
) -> None:
    """Class with score, numbers, legacy label; then what is not testable; the diagnosis."""
    _, out, _ = command(gpt_project, "show", *GPT, "--text", RAIN, "--layer", "1")
    lines = out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  Layer 1:"))
    layer = layer_of(command, gpt_project, *GPT, "--text", RAIN, "--layer", "1")

    assert lines[start] == f"  Layer 1: {len(layer['heads'])} heads, causal"
    header = "head class H/ln n keys max self prev rec sink ind offset dist row_std"
    assert lines[start + 1].split() == header.split()
    for line, entry in zip(
        lines[start + 2 :], (*layer["heads"], {"head": "mean"} | layer["mean"]), strict=False
    ):
        cells = line.split()
        assert cells[:2] == [entry["head"], entry["class"]]
        assert cells[3] == f"{entry['normalised_entropy']:.3f}"
        assert cells[-2:] == [f"{entry['row_std']:.3f}", entry["row_std_label"]]
    assert "  Counted: 44 of 45 queries; the others have one key." in out
    assert "  Diagnosis of layer 1: nothing here makes all heads uniform" in lines
    for finding in layer["diagnosis"]["findings"]:
        assert f"{finding['name']:<12} {finding['text']}"[:60] in out


def test_the_scripts_own_number_of_kl(repository: Path, command: Command) -> None:
    """Mean over queries of the std over all other keys of the heads' mean KL, beside ours."""
    options = ("--checkpoint", "demo/gauge.pt", "--text", "The sea and the lighthouse")
    layer = layer_of(command, repository, *options)
    spec = CheckpointSpec(path="demo/gauge.pt")
    source = load_checkpoint(spec, root=repository, device=torch.device("cpu"))
    ids = np.array(shown(command, repository, *options)["figures"][0]["excerpt"]["token_ids"])
    kl = -source.layer_inputs(ids, {0: range(4)})[0].scores("taylor4").mean(0).numpy()
    deviations = [np.delete(row, query).std() for query, row in enumerate(kl)]
    assert layer["kl_row_std"] == pytest.approx(np.mean(deviations), rel=1e-5)
    out = " ".join(command(repository, "show", *options)[1].split())
    assert f"mean of heads: row_std {np.mean(deviations):.3f} nats over all other keys" in out
    assert "nats over the allowed keys" in out


def test_a_word_where_class_and_legacy_label_disagree(
    repository: Path, command: Command
) -> None:
    """Which to believe, and why."""
    options = ("--checkpoint", "demo/gauge.pt", "--dataset", "demo/text", "--length", "128")
    layer = layer_of(command, repository, *options)
    apart = [
        f"{entry['head']} ({entry['class']}, {entry['row_std_label']})"
        for entry in layer["heads"]
        if (entry["class"] == "uniform") != (entry["row_std_label"] == "UNIFORM")
    ]
    out = command(repository, "show", *options)[1]
    assert len(apart) == 3
    assert (
        f"Class and row_std disagree: {', '.join(apart)}. row_std depends on the length and on "
        "masked keys; the class does not." in " ".join(out.split())
    )


def test_a_single_token(gpt_project: Path, command: Command) -> None:
    """No number, and so no legacy word either."""
    options = (*GPT, "--text", "I", "--head", "L0H0")
    _, out, _ = command(gpt_project, "show", *options)
    (entry,) = layer_of(command, gpt_project, *options)["heads"]

    assert "  Length:  1 token, tokenizer bytes" in out.splitlines()
    assert next(line for line in out.splitlines() if "L0H0" in line).split()[1:] == ["–"] * 12
    assert (entry["row_std"], entry["row_std_label"]) == (None, None)


def test_attention_that_was_computed_elsewhere(gpt_project: Path, command: Command) -> None:
    """What its file tells, and no more."""
    weights = np.tril(np.ones((2, 3, 4, 4))) / np.arange(1, 5)[:, None]
    held = {2: weights[0], 5: weights[1]}
    tokens = ["The", "Ġlamp", "Ġwent", "Ġout"]
    paperfig.save_attention(gpt_project / "all.npz", held, tokens=tokens, source="our code")
    paperfig.save_attention(gpt_project / "one.npz", weights[0, 0])
    for name, keys in (("all", "layer: 5\n"), ("one", "")):
        text = f"figspec: 1\ncheckpoint: {{recorded: {name}.npz}}\nhead: all\n{keys}"
        (gpt_project / "figspec" / f"{name}.yaml").write_text(text)
    known, unknown = (
        command(gpt_project, "show", name)[1].splitlines() for name in ("all", "one")
    )
    assert known[1:7] == [
        "  From:    our code",
        "  Text:    The lamp went out",
        "  Length:  4 tokens",
        "  Tokens:  The | ␣lamp | ␣went | ␣out",
        "  Model:   not named (recorded, L2, L5)",
        "",
    ]
    assert known[7] == "  Layer 5: 3 heads, causal"
    assert unknown[1] == "  From:    computed elsewhere"
    assert unknown[4] == "  Model:   not named (recorded)"
    assert unknown[6] == "  One layer: 1 head, causal"


def test_the_weight_on_spans(gpt_project: Path, command: Command) -> None:
    """A line for each span that the spec names, and in the JSON by the statistic's name."""
    spec = {
        "figspec": 1,
        "checkpoint": "models/tiny.pt",
        "tokenizer": "bytes",
        "excerpt": {"text": "It rained.", "spans": {"rain": "rain", "end": -1}},
        "layer": 0,
        "head": [0, 2],
    }
    (gpt_project / "figspec" / "rain.yaml").write_text(yaml.safe_dump(spec))
    (layer,) = shown(command, gpt_project, "rain")["figures"][0]["layers"]
    shares = [head["named"] for head in layer["heads"]]

    assert [set(named) for named in shares] == [{"share(rain)", "share(end)"}] * 2
    lines = command(gpt_project, "show", "rain")[1].splitlines()
    first, second = (named["share(rain)"] for named in shares)
    assert f"  share(rain): L0H0 {first:.2f}, L0H2 {second:.2f}" in lines


@pytest.mark.parametrize("spec", ["heads", "gpt-layers", "sharper", "previous-token"])
def test_lines_fit_a_hundred_columns(spec: str, repository: Path, command: Command) -> None:
    """The demo's specs, at any width of their numbers."""
    code, out, _ = command(repository, "show", spec)

    assert code == 0
    assert max(map(len, out.splitlines())) <= 100


def test_head_may_be_absent(gpt_project: Path, command: Command) -> None:
    """A spec without a head shows every head of every layer; one of the mean, each head."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text().replace("head: L1H2\n", ""))
    (figure,) = shown(command, gpt_project, "rain")["figures"]

    assert [[head["head"] for head in layer["heads"]] for layer in figure["layers"]] == [
        [f"L{layer}H{head}" for head in range(3)] for layer in range(2)
    ]
    spec.write_text(spec.read_text() + "layer: 1\nhead: mean\n")
    assert len(layer_of(command, gpt_project, "rain")["heads"]) == 3


def test_options_stand_for_a_spec(gpt_project: Path, command: Command) -> None:
    """The same numbers as the spec's, and the file's stem as the name."""
    options = (*GPT, "--text", RAIN, "--head", "L1H2")
    given = shown(command, gpt_project, *options)
    spec = shown(command, gpt_project, "rain")

    assert given["figures"][0].pop("figure") == "tiny"
    assert spec["figures"][0].pop("figure") == "rain"
    assert spec["figures"][0]["model"].pop("name") == "tiny"
    given["figures"][0]["model"].pop("name")
    assert given == spec


@pytest.mark.parametrize(
    "options",
    [
        ("--text", RAIN, "--head", "L1H2"),
        ("--text", 'no: "quotes" \\ {braces}, # and\ttabs', "--head", "0,2", "--layer", "0"),
        ("--dataset", "notes.txt", "--find", "snow", "--length", "9", "--head", "L0H1"),
        ("--dataset", "notes.txt", "--start", "3", "--head", "all", "--layer", "1"),
        ("--random", "24", "--seed", "5", "--head", "L0H0"),
    ],
)  # fmt: skip
def test_new_writes_what_the_options_show(
    options: tuple[str, ...], gpt_project: Path, command: Command
) -> None:
    """`paperfig new` with the same options gives a spec that shows the same."""
    (gpt_project / "notes.txt").write_text("Rain fell, then snow fell, then nothing fell.\n")
    code, out, _ = command(gpt_project, "new", "tiny", *GPT, *options)
    assert code == 0
    assert out.splitlines()[-1] == "figspec/tiny.yaml written; next: paperfig build tiny"

    assert shown(command, gpt_project, "tiny") == shown(command, gpt_project, *GPT, *options)
    assert command(gpt_project, "build", "tiny", "--dry-run")[0] == 0


def test_paths_are_from_the_working_folder(gpt_project: Path, command: Command) -> None:
    """In a spec they are from the root, so `new` turns them."""
    inside = gpt_project / "models"
    (inside / "notes.txt").write_text("Rain fell.\n")
    options = ("--checkpoint", "tiny.pt", "--tokenizer", "bytes", "--dataset", "notes.txt")

    assert layer_of(command, inside, *options, "--head", "L0H0")["layer"] == 0
    command(inside, "new", "here", *options)
    spec = yaml.safe_load((gpt_project / "figspec" / "here.yaml").read_text())
    assert spec["checkpoint"] == {"path": "models/tiny.pt"}
    assert spec["excerpt"] == {"dataset": "models/notes.txt"}
    assert spec["head"] == "all"


def test_validation_is_the_split_where_there_are_splits(
    repository: Path, command: Command
) -> None:
    """The guide's mode: of a data set with splits, its validation split, and said."""
    options = ("--checkpoint", "demo/gpt.pt", "--layer", "0", "--length", "12")
    (figure,) = shown(command, repository, *options, "--dataset", "demo/text")["figures"]
    train = ("--dataset", "demo/text", "--split", "train")

    assert figure["excerpt"]["split"] == "validation"
    (figure,) = shown(command, repository, *options, *train)["figures"]
    assert figure["excerpt"]["split"] == "train"


def test_an_absolute_path_that_leads_out_stays(
    gpt_project: Path, checkpoint: Path, command: Command
) -> None:
    """One inside the project is turned; `..` from the root to anywhere helps nobody."""
    inside = str(gpt_project / "models" / "tiny.pt")
    command(gpt_project, "new", "out", "--checkpoint", str(checkpoint))
    command(gpt_project, "new", "in", "--checkpoint", inside)

    specs = (
        yaml.safe_load((gpt_project / "figspec" / f"{n}.yaml").read_text())
        for n in ("out", "in")
    )
    assert [spec["checkpoint"]["path"] for spec in specs] == [str(checkpoint), "models/tiny.pt"]


def test_queries_without_a_key_are_counted(gpt_project: Path, command: Command) -> None:
    """With the diagonal always hidden query 0 has none: left out, and said."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text() + "mask: {self: hide-always}\n")
    _, out, _ = command(gpt_project, "show", "rain")

    assert "  Layer 1: 1 head, causal, self always hidden; not as trained" in out.splitlines()
    assert "  Counted: 43 of 45 queries; the others have one key, 1 none." in out


def test_several_kappas_are_each_looked_at(gpt_project: Path, command: Command) -> None:
    """A sweep has one entry for each κ, sharper where it is smaller."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text() + "figure: scores\nkappa: [0.3, 3.0]\n")
    (figure,) = shown(command, gpt_project, "rain")["figures"]

    assert [layer["shown"]["kappa"] for layer in figure["layers"]] == [[0.3], [3.0]]
    sharp, flat = (layer["diagnosis"]["entropy"] for layer in figure["layers"])
    assert sharp < flat
    solved = [layer["diagnosis"]["kappa"] for layer in figure["layers"]]
    assert solved[0] == pytest.approx(solved[1])


def test_no_project_is_needed(gpt_project: Path, tmp_path: Path, command: Command) -> None:
    """In a folder without figspec/ the options are enough."""
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (gpt_project / "figspec").rename(tmp_path / "hidden")
    checkpoint = str(gpt_project / "models" / "tiny.pt")
    options = ("--checkpoint", checkpoint, "--tokenizer", "bytes", "--random", "12")
    (figure,) = shown(command, outside, *options)["figures"]

    assert len(figure["layers"]) == 2
    assert figure["excerpt"]["seed"] == 0
    text = command(outside, "show", *options)[1].splitlines()
    assert text[1] == "  From:    random ids, seed 0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "options: no checkpoint; --checkpoint is right\n"),
        (GPT, "options: no excerpt; --text, --dataset or --random is right\n"),
        (
            ("rain", "--length", "8"),
            "rain: given beside options; one or the other is right\n",
        ),
        (
            (*GPT, "--text", "a", "--random", "4"),
            "options: excerpt.random: given beside text; keep one\n",
        ),
        (
            (*GPT, "--text", "a", "--start", "4"),
            "options: excerpt.start: goes with dataset, which is not given; leave it out\n",
        ),
    ],
)
def test_wrong_options(
    arguments: tuple[str, ...], message: str, gpt_project: Path, command: Command
) -> None:
    """One line that names the option's key."""
    assert command(gpt_project, "show", *arguments) == (2, "", message)


@pytest.mark.parametrize(
    ("option", "value", "kind"),
    [
        ("--entropy", "1.5", "a number between 0 and 1"),
        ("--entropy", "half", "a number between 0 and 1"),
        ("--length", "0", "a number of at least 1"),
        ("--layer", "-1", "a number of at least 0"),
    ],
)
def test_wrong_numbers(
    option: str,
    value: str,
    kind: str,
    gpt_project: Path,
    process: Callable[..., Any],
) -> None:
    """A value that is no such number is refused before anything is loaded."""
    done = process(gpt_project, "show", *GPT, f"{option}={value}")

    assert done.returncode == 2
    assert done.stderr == (
        f"paperfig show: argument {option}: '{value}' is not {kind}; "
        "see `paperfig show --help`\n"
    )


def test_the_target_is_stated_and_met(gpt_project: Path, command: Command) -> None:
    """Shown at the κ that was solved, the head has the entropy that was asked for."""
    options = (*GPT, "--text", RAIN, "--head", "L1H2")
    layer = layer_of(command, gpt_project, *options, "--entropy", "0.3")
    kappa = layer["diagnosis"]["kappa"]
    attention = paperfig.attention(
        {
            "checkpoint": "models/tiny.pt",
            "tokenizer": "bytes",
            "excerpt": {"text": RAIN},
            "head": "L1H2",
            "kappa": kappa,
        },
        root=gpt_project,
    )

    assert layer["diagnosis"]["target"] == 0.3
    assert attention.statistics()[0]["normalised_entropy"] == pytest.approx(0.3, abs=1e-4)
    np.testing.assert_array_equal(attention.token_ids, list(RAIN.encode()))


def flattened(value: Any, path: str = "") -> Iterator[str]:
    """The dotted paths of all that is no mapping; ``[]`` for each entry of a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value or [None]:
            yield from flattened(inner, f"{path}[]")
    else:
        yield path


def test_the_json_has_the_documented_keys(
    gpt_project: Path, repository: Path, command: Command
) -> None:
    """docs/show.md and the output, both kinds of model together, name the same keys."""
    text = (repository / "docs" / "show.md").read_text(encoding="utf-8")
    table = text.partition("<!-- tested: keys -->")[2]
    documented = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    wild = sorted(key[:-1] for key in documented if key.endswith("*"))
    found = set()
    for folder, arguments in (
        (gpt_project, (*GPT, "--text", RAIN)),
        (repository, ("heads",)),
        (repository, ("average",)),
    ):
        found |= set(flattened(shown(command, folder, *arguments)))

    def shortened(key: str) -> str:
        return next((f"{start}*" for start in wild if key.startswith(start)), key)

    assert {shortened(key) for key in found} == documented


def test_the_readmes_diagnosis_is_the_commands(repository: Path, command: Command) -> None:
    """The README's lines are what its command prints, numbers within 2 %."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    command_line, _, rest = text.partition("$ paperfig show ")[2].partition("\n")
    block = rest.partition("<!-- tested: show -->\n```\n")[2].partition("```")[0]
    number = r"\d+\.?\d*"
    printed = command(repository, "show", *command_line.split())[1]
    found = printed[printed.index("  Diagnosis") :][: len(block)]

    assert re.sub(number, "#", found) == re.sub(number, "#", block)
    expected = pytest.approx([float(n) for n in re.findall(number, block)], rel=0.02)
    assert [float(n) for n in re.findall(number, found)] == expected
