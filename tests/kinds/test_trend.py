"""The kind ``trend``: a number of each head over the checkpoints of a training."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from small_gpt import random_gpt

import paperfig
from paperfig.values.figure import FigureData, from_npz

Command = Callable[..., tuple[int, str, str]]
BASE = {
    "figspec": 1,
    "figure": "trend",
    "checkpoints": {"path": "run/*.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "In 1941, after the fall of France, it rained."},
    "statistic": "previous",
}
STEPS = (5, 40, 300)


@pytest.fixture
def run(project: Path) -> Path:
    """A project with three checkpoints of one training, named out of their order."""
    for step, name in zip(STEPS, ("b", "c", "a"), strict=True):
        written(project / "run" / f"{name}.pt", step)
    return project


def written(path: Path, step: int | None, seed: int | None = None) -> None:
    """A random model as of that step; of None the file says no step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random_gpt(path, seed=(step or 0) if seed is None else seed)
    content = torch.load(path)
    content = {key: value for key, value in content.items() if key != "iter_num"}
    torch.save(content if step is None else content | {"iter_num": step}, path)


def write(project: Path, **keys: object) -> None:
    """The spec ``t``."""
    text = yaml.safe_dump(BASE | keys, sort_keys=False)
    (project / "figspec" / "t.yaml").write_text(text, encoding="utf-8")


def values(project: Path) -> FigureData:
    """What was drawn."""
    return from_npz((project / "figures" / "t.npz").read_bytes())


def caption(project: Path) -> str:
    """The caption, without its last line's end."""
    return (project / "figures" / "t.caption.tex").read_text().removesuffix("%\n")


def test_each_number_is_that_of_its_checkpoint(run: Path, command: Command) -> None:
    """All heads of all layers, by the files' own steps; no map is kept."""
    write(run)
    code, out, error = command(run, "build")
    assert (code, error) == (0, "")
    assert out.startswith("t   new   trend   L0H0,L0H1,L0H2,L1H0 and 2 more   45 tokens   ")
    data = values(run)

    assert [variant.label for variant in data.variants] == ["a", "b", "c"]
    assert data.table["step"].values.tolist() == [300, 5, 40]
    assert data.maps == ()
    assert len(data.table["previous"].values) == 18
    for place, name in enumerate("abc"):
        for layer in range(2):
            spec = {key: BASE[key] for key in ("figspec", "tokenizer", "excerpt")}
            spec |= {"checkpoint": f"run/{name}.pt", "layer": layer, "head": "all"}
            heads = paperfig.attention(spec, root=run, device="cpu").statistics()
            begin = 6 * place + 3 * layer
            found = data.table["previous"].values[begin : begin + 3]
            np.testing.assert_allclose(found, [head["previous"] for head in heads])
    text = caption(run)
    assert text.startswith(
        "Weight on the previous token over training for all 3 heads of layers 0 and 1 of "
        "\\emph{tiny} on the text `In 1941, after the fall of France, it rained.' (45 tokens): "
        "3 checkpoints from step 5 to 300, as recorded with them. Causal mask. Weight on the "
    )
    assert text.endswith("Steps on a logarithmic axis.")
    assert "Bands" not in text
    assert "Grey" not in text


def test_intervals_over_excerpts_are_bands(run: Path, command: Command) -> None:
    """Those of the statistics, as `paperfig show` prints them."""
    (run / "data.txt").write_text("It rained in France, and the lamp went out. " * 40)
    excerpt = {"dataset": "data.txt", "count": 6, "seed": 0, "length": 16}
    write(run, excerpt=excerpt, head=["L0H1", "L1H2"], drawn=40)
    assert command(run, "build")[::2] == (0, "")
    data = values(run)

    for name, place in (("low", 0), ("high", 1)):
        ends = [head.intervals["previous"][place] for head in data.statistics]
        np.testing.assert_array_equal(data.table[name].values, ends)
    text = caption(run)
    assert ", each averaged over 6 excerpts" in text
    assert "Bands: 95\\,\\% bootstrap intervals of the mean over excerpts." in text
    assert "Dashed: step 40, that of the model in other figures." in text


def test_steps_of_names(project: Path, command: Command) -> None:
    """The last number of a name where the file tells none; a folder's where files are alike."""
    for step in (90, 100):
        written(project / "run-7" / f"step{step}" / "ckpt.pt", None, seed=step)
    write(project, checkpoints="run-7/*/ckpt.pt")
    assert command(project, "build")[0] == 0
    data = values(project)

    assert [variant.label for variant in data.variants] == ["step90/ckpt", "step100/ckpt"]
    assert data.table["step"].values.tolist() == [90, 100]
    assert "2 checkpoints from step 90 to 100, as their names say." in caption(project)


@pytest.mark.parametrize(
    ("steps", "checkpoints", "fault"),
    [
        (
            {"first": 3, "last": None},
            ["run/first.pt", "run/last.pt"],
            "checkpoints: last says no step, and has no number in its name; a name such as "
            "step-1000 is right",
        ),
        (
            {"a": 3, "b": 3},
            "run/*.pt",
            "checkpoints: a and b are both of step 3; one of each step is right",
        ),
        (
            {"a": 3},
            "run/*.pt",
            "checkpoints: run/a.pt is all that there is; two at the least are right",
        ),
        (
            {"a": 3},
            "runs/*.pt",
            "checkpoints: runs/*.pt finds nothing; is the folder there?",
        ),
    ],
)
def test_what_is_no_trend(
    project: Path,
    command: Command,
    steps: dict[str, int | None],
    checkpoints: object,
    fault: str,
) -> None:
    """Told in a line."""
    for name, step in steps.items():
        written(project / "run" / f"{name}.pt", step)
    write(project, checkpoints=checkpoints)
    code, _, error = command(project, "build")

    assert code == 1
    assert error.splitlines()[0] == f"figspec/t.yaml: {fault}"


def test_a_step_that_no_checkpoint_has(run: Path, command: Command) -> None:
    """It is not drawn; and a number that no head has is told as elsewhere."""
    write(run, drawn=41)
    code, _, error = command(run, "build")

    assert code == 1
    assert error.splitlines()[0] == (
        "figspec/t.yaml: drawn: no checkpoint is of step 41; steps are 5, 40, 300"
    )


def test_a_spec_without_checkpoints(project: Path, command: Command) -> None:
    """`checkpoint` is not asked for; a fault of an entry has its place."""
    spec = {key: value for key, value in BASE.items() if key != "checkpoints"}
    (project / "figspec" / "t.yaml").write_text(yaml.safe_dump(spec))
    assert command(project, "build")[2].splitlines() == [
        "figspec/t.yaml:1:1: checkpoints: missing; a text, a mapping or a list of these is "
        "right"
    ]
    (project / "figspec" / "t.yaml").write_text(
        yaml.safe_dump(spec) + "checkpoints:\n  - a.pt\n  - {path: b.pt, hub: gpt2}\n"
    )
    (line,) = command(project, "build")[2].splitlines()
    assert ": checkpoints.1.hub: not built yet; " in line


def test_a_new_checkpoint_makes_it_stale(run: Path, command: Command) -> None:
    """So does one that changes; and where they are gone, nothing can be said."""
    write(run)
    assert command(run, "build")[0] == 0
    assert command(run, "build")[1] == "nothing to do: 1 figure is up to date\n"
    written(run / "run" / "d.pt", 900)
    code, out, _ = command(run, "check")
    assert code == 1
    assert "run/d.pt is new" in out
    assert 'variants: ["a", "b", "c"] → ["a", "b", "c", "d"]' in out
    assert command(run, "build")[0] == 0
    written(run / "run" / "b.pt", 5, seed=77)
    assert "run/b.pt changed" in command(run, "check")[1]


def test_it_is_redrawn_without_checkpoints(run: Path, command: Command) -> None:
    """In a list they are named, though they are gone."""
    listed = [{"path": f"run/{name}.pt", "name": "tiny"} for name in "abc"]
    write(run, checkpoints=listed)
    assert command(run, "build")[0] == 0
    before = (run / "figures" / "t.pdf").read_bytes()
    shutil.rmtree(run / "run")
    assert command(run, "check")[0] == 0
    write(run, checkpoints=listed, style={"venue": "icml"})
    code, _, error = command(run, "build", "--no-compute")

    assert (code, error) == (0, "")
    assert (run / "figures" / "t.pdf").read_bytes() != before


def test_a_folder_that_is_not_here_is_not_stale(run: Path, command: Command) -> None:
    """What the pattern found is recorded: `check` names each; without a record nothing is."""
    write(run)
    assert command(run, "build")[0] == 0
    (run / "run").rename(run / "elsewhere")
    code, out, _ = command(run, "check")
    assert (code, out.splitlines()) == (
        0,
        [
            *(f"t   run/{name}.pt is absent: not verifiable here" for name in "abc"),
            "1 of 1 figures are up to date",
        ],
    )
    (run / "figures" / "t.pdf").unlink()
    assert command(run, "build", "--no-compute")[0] == 0
    (run / "figures" / "t.json").unlink()
    code, out, _ = command(run, "check")
    assert (code, out.splitlines()[0]) == (
        1,
        "t   new   checkpoints: run/*.pt finds nothing; is the folder there?",
    )


def test_the_folder_of_a_training_may_move(run: Path, command: Command) -> None:
    """The files are the same, and so are their names within it."""
    write(run)
    assert command(run, "build")[0] == 0
    (run / "run").rename(run / "elsewhere")
    write(run, checkpoints={"path": "elsewhere/*.pt", "name": "tiny"})

    assert command(run, "check")[0] == 0
