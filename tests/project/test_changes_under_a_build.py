"""Files that change while a build reads them: nothing stale is ever called current."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from paperfig.engine import build as run
from paperfig.engine import caches
from paperfig.engine import figure as pipeline
from paperfig.errors import InputError
from paperfig.project import digests, index
from paperfig.project.workspace import Workspace

Command = Callable[..., tuple[int, str, str]]


def edit_spec(project: Path) -> None:
    """Another temperature."""
    path = project / "figspec" / "rain.yaml"
    path.write_text(path.read_text() + "kappa: 0.3\n")


def edit_defaults(project: Path) -> None:
    """A width beneath every spec."""
    (project / "figspec" / "defaults.yaml").write_text("style: {width: page, labels: none}\n")


def edit_template(project: Path) -> None:
    """Another caption."""
    (project / "templates" / "map.tex.j2").write_text("Ours for \\VAR{model}.\n")


def edit_text(project: Path) -> None:
    """Other words of the same length."""
    (project / "data.txt").write_text("In 1814, after the fall of Paris, it rained.\n" * 3)


def replace_checkpoint(project: Path) -> None:
    """Other weights under the same name, moved into place as trainers do."""
    path = project / "models" / "tiny.pt"
    content = torch.load(path)
    content["model"]["transformer.wte.weight"] += 0.5
    torch.save(content, project / "models" / "next.pt")
    (project / "models" / "next.pt").replace(path)


CHANGES = {
    "spec": edit_spec,
    "defaults": edit_defaults,
    "template": edit_template,
    "text": edit_text,
    "checkpoint": replace_checkpoint,
}
STAGES = {
    "after the plan": (run._Build, "make"),
    "before the values": (pipeline, "figure_values"),
    "before the drawing": (pipeline, "drawing_job"),
    "before the record": (pipeline, "assemble"),
    "before the index": (caches.Caches, "keep"),
}


@pytest.fixture
def editable(gpt_project: Path) -> Path:
    """The project with every kind of input in a file of its own, and two figures."""
    figspec = gpt_project / "figspec"
    spec = (figspec / "rain.yaml").read_text()
    text = "{dataset: data.txt, length: 8}"
    spec = spec.replace('{text: "In 1941, after the fall of France, it rained."}', text)
    for name in ("rain", "snow"):
        (figspec / f"{name}.yaml").write_text(spec)
    (figspec / "defaults.yaml").write_text("style: {width: column, labels: none}\n")
    (gpt_project / "data.txt").write_text("In 1941, after the fall of France, it rained.\n" * 3)
    (gpt_project / "templates").mkdir()
    (gpt_project / "templates" / "map.tex.j2").write_text("\\VAR{model} at large.\n")
    return gpt_project


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_at_any_time_is_seen(
    editable: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    change: str,
) -> None:
    """The quick check never says less than the thorough one, and the next build heals."""
    module, name = STAGES[stage]
    original, waiting = getattr(module, name), [CHANGES[change]]

    def interposed(*arguments, **options):
        if waiting:
            waiting.pop()(editable)
        return original(*arguments, **options)

    monkeypatch.setattr(module, name, interposed)
    command(editable, "build", "--keep-going")
    monkeypatch.undo()
    assert not waiting, "the change was made"

    thorough, quick = command(editable, "check", "--rehash"), command(editable, "check")
    assert thorough[0] == quick[0] == 1, "both figures were planned before the change"
    assert command(editable, "build")[0] == 0
    assert command(editable, "check", "--rehash")[0] == 0
    assert command(editable, "check")[:2] == (0, "nothing to do: 2 figures are up to date\n")


@pytest.mark.parametrize("change", ["template", "text", "checkpoint"])
def test_a_file_that_changes_under_a_figure_fails_it(
    editable: Path, command: Command, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Its record would hold the digest of the one and the values of the other."""
    original = pipeline.figure_values

    def interposed(*arguments, **options):
        CHANGES[change](editable)
        return original(*arguments, **options)

    monkeypatch.setattr(pipeline, "figure_values", interposed)
    code, out, error = command(editable, "build", "rain")

    file = {"template": "templates/map.tex.j2", "text": "data.txt"}.get(
        change, "models/tiny.pt"
    )
    assert (code, out) == (1, "0 made, 0 up to date, 1 failed\n")
    assert error == (f"figspec/rain.yaml: {file}: changed while it was read; build again\n")
    assert not (editable / "figures" / "rain.json").exists()


def test_a_change_within_a_tick_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may change twice under one time stamp: what is fresh is known by its content."""
    path, stood = tmp_path / "data.txt", [3, 1, 1, 1]
    path.write_text("one")
    for module in (digests, index):
        monkeypatch.setattr(module, "stamp_of", lambda _: stood)
    monkeypatch.setattr(digests, "is_fresh", lambda _: True)
    known = digests.Digests(Workspace(tmp_path))
    known.of_file(path)
    known.check_unchanged([path])
    stamps = {"data.txt": stood, "figspec": stood}
    index.write_index(str(tmp_path), stamps, known_fresh(known, path), 1, ["old"])
    assert index.current_figures(str(tmp_path)) == (1, ["old"])

    path.write_text("two")
    with pytest.raises(InputError, match=r"data\.txt: changed while it was read; build again"):
        known.check_unchanged([path])
    assert index.current_figures(str(tmp_path)) is None


def known_fresh(known: digests.Digests, path: Path) -> dict[str, str]:
    """What the index is told of the one path, which is fresh."""
    assert list(known.unsettled()) == [str(path)]
    return {path.name: known.unsettled()[str(path)]}
