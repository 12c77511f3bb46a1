"""Files that are named and cannot be used: one line each, and the other figures are made."""

import json
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from paperfig.project import files
from paperfig.project.stamps import TICK_NS

Command = Callable[..., tuple[int, str, str]]
NO_TEMPLATE = "templates/nope.tex.j2: there is no such template; there are "


def test_a_faulty_figure_is_told_beside_the_others(gpt_project: Path, command: Command) -> None:
    """What one spec names and cannot be used stops neither `check` nor the other figures."""
    spec = (gpt_project / "figspec" / "rain.yaml").read_text()
    (gpt_project / "figspec" / "fog.yaml").write_text(f"{spec}caption: {{template: nope}}\n")
    code, out, error = command(gpt_project, "build", "--keep-going")

    assert code == 1
    assert out.splitlines()[-1] == "1 made, 0 up to date, 1 failed"
    assert error.startswith(f"figspec/fog.yaml: {NO_TEMPLATE}")
    code, out, error = command(gpt_project, "check")
    assert (code, error) == (1, "")
    first, last = out.splitlines()
    assert first.startswith(f"fog   new   {NO_TEMPLATE}")
    assert last == "1 of 2 figures are up to date"


def test_a_faulty_figure_keeps_its_files(gpt_project: Path, command: Command) -> None:
    """A template that is gone makes its figure stale, not lost."""
    template = gpt_project / "templates" / "ours.tex.j2"
    template.parent.mkdir()
    template.write_text("Rain.")
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(f"{spec.read_text()}caption: {{template: ours}}\n")
    assert command(gpt_project, "build")[0] == 0
    before = (gpt_project / "figures" / "rain.json").read_bytes()
    template.unlink()

    assert command(gpt_project, "build")[0] == 1
    assert command(gpt_project, "check")[1].startswith("rain   stale   templates/ours.tex.j2: ")
    assert (gpt_project / "figures" / "rain.json").read_bytes() == before


def test_an_unreadable_checkpoint(
    gpt_project: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read is said by name."""

    def refuse(path: object, *how: Any, **settings: Any) -> Any:
        if str(path).endswith("tiny.pt"):
            raise PermissionError(13, "Permission denied")
        return open(path, *how, **settings)  # noqa: PTH123

    monkeypatch.setattr(files, "open", refuse, raising=False)

    assert command(gpt_project, "build")[2] == (
        "figspec/rain.yaml: models/tiny.pt: cannot be read (Permission denied)\n"
    )


@pytest.mark.parametrize("name", ["digests", "fonts", "index"])
def test_a_cache_that_cannot_be_written(gpt_project: Path, command: Command, name: str) -> None:
    """The figure is made and reported; one line says what the next build has to do again."""
    (gpt_project / ".paperfig" / f"{name}.json" / "a folder").mkdir(parents=True)
    sleep(2 * TICK_NS / 1e9)  # what is younger is not remembered
    code, out, error = command(gpt_project, "build")

    assert (code, out.splitlines()[-1]) == (0, "1 made, 0 up to date")
    assert error == (
        f".paperfig/{name}.json: cannot be written (Directory not empty); "
        "no figure depends on it, but the next build looks at every file again\n"
    )
    code, out, error = command(gpt_project, "check", "--rehash")
    assert (code, out, error) == (0, "1 of 1 figures are up to date\n", "")


def test_a_file_in_the_place_of_figures(gpt_project: Path, command: Command) -> None:
    """Nothing can lie below a file."""
    (gpt_project / "figures").write_text("")
    code, _, error = command(gpt_project, "build")

    assert code == 1
    assert error.startswith("figspec/rain.yaml: figures/rain.")
    assert "cannot be written" in error


def test_a_record_of_other_keys(gpt_project: Path, command: Command) -> None:
    """A record with a key that this version does not know is another version's."""
    command(gpt_project, "build")
    record = gpt_project / "figures" / "rain.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"shade": 1}))

    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   damaged   figures/rain.json is not the record that was written"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("digests.json", '{"a": 3, "b": [1, 2]}'),
        ("fonts.json", '{"STIXGeneral.ttf": 3}'),
        ("index.json", '{"paths": [], "made_by": 0}'),
        ("index.json", "[" * 100_000),
    ],
)
def test_a_cache_of_another_form_is_forgotten(
    gpt_project: Path, command: Command, name: str, content: str
) -> None:
    """Caches only spare work: what cannot be understood is looked at anew."""
    command(gpt_project, "build")
    (gpt_project / ".paperfig" / name).write_text(content)

    assert command(gpt_project, "build") == (0, "nothing to do: 1 figure is up to date\n", "")


@pytest.mark.parametrize("key", ["compute", "fonts", "environment", "statistics"])
def test_a_record_of_other_values(gpt_project: Path, command: Command, key: str) -> None:
    """A record's mappings are mappings."""
    command(gpt_project, "build")
    record = gpt_project / "figures" / "rain.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {key: "x"}))

    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   damaged   figures/rain.json is not the record that was written"
    )
