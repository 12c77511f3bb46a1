"""`paperfig trust`: the line of the user's trust file that lets a project's code be run."""

from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the trust file is; it is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "paperfig" / "trusted"


def test_a_project_is_trusted_once(trusted: Path, tmp_path: Path, command: Command) -> None:
    """Its absolute path is added to what is there; a second time nothing is written."""
    project = tmp_path / "my paper"
    project.mkdir()

    assert command(tmp_path, "trust", "my paper") == (
        0,
        f"{project} is trusted from now on, by {trusted}: the code that its specs name "
        "is run\n",
        "",
    )
    assert trusted.read_text(encoding="utf-8") == f"{project}\n"
    again = (0, f"{project} is trusted already, by {trusted}\n", "")
    assert command(project, "trust", ".") == again

    trusted.write_text("# mine\n/elsewhere", encoding="utf-8")
    assert command(project, "trust", ".")[0] == 0
    assert trusted.read_text(encoding="utf-8") == f"# mine\n/elsewhere\n{project}\n"


def test_only_a_folder_is_trusted(trusted: Path, tmp_path: Path, command: Command) -> None:
    """A file, a folder that is not there, a name of two lines: errors, and nothing written."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "two\nlines").mkdir()
    for name in ("file", "gone"):
        assert command(tmp_path, "trust", name) == (
            2,
            "",
            f"DIR: {name} is no folder; name the project's root\n",
        )
    two = str(tmp_path / "two\nlines")
    assert command(tmp_path, "trust", two) == (
        2,
        "",
        f"DIR: {two!r} is not one line; rename the folder\n",
    )
    assert not trusted.exists()
