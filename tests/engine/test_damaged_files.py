"""Every JSON that a command reads, damaged in every way: one line, and the next build heals."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.engine.manifest import stale_common_files
from paperfig.project import index
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.records import read_record
from paperfig.project.stamps import TICK_NS
from paperfig.project.workspace import Workspace
from paperfig.values.codec import FormatError

Command = Callable[..., tuple[int, str, str]]
Damage = Callable[[Path], object]

FILES = {
    "record": Path("figures/rain.json"),
    "manifest": Path("figures/manifest.json"),
    "digests": Path(".paperfig/digests.json"),
    "fonts": Path(".paperfig/fonts.json"),
    "index": Path(".paperfig/index.json"),
}


def holds(content: bytes) -> Damage:
    """A file of other bytes."""
    return lambda path: path.write_bytes(content)


def folder(path: Path) -> None:
    """An empty folder in the file's place."""
    path.unlink()
    path.mkdir()


def dangling(path: Path) -> None:
    """A link that leads nowhere."""
    path.unlink()
    path.symlink_to("nowhere")


def with_value(value: str) -> Damage:
    """Each value of the file's mapping replaced by other JSON, and a key that is no text."""

    def change(path: Path) -> None:
        keys = [*json.loads(path.read_text()), "\ud800", "a\0b"]
        path.write_text("{" + ", ".join(f"{json.dumps(key)}: {value}" for key in keys) + "}")

    return change


DAMAGES: dict[str, Damage] = {
    "nothing": holds(b""),
    "no text": holds(b"\xff\xfe{"),
    "half": holds(b'{"format": 2, "fig'),
    "nested": holds(b"[" * 100_000),
    "nested mappings": holds(b'{"figures": ' * 20_000),
    "NaN": with_value("NaN"),
    "infinity": with_value("Infinity"),
    "surrogates": with_value(r'"\ud800/\ud801"'),
    "zeros": with_value(r'"/\u0000"'),
    "mappings": with_value("{}"),
    "links": dangling,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_in_one_line_and_healed(
    built: Path, command: Command, damage: str
) -> None:
    """A record is its figure's fault, a manifest is stale, caches are forgotten."""
    before = {name: (built / path).read_bytes() for name, path in FILES.items()}
    for name in ("manifest", "digests", "fonts", "index"):
        DAMAGES[damage](built / FILES[name])
    code, out, error = command(built, "check")
    assert (code, error) == (1, "")
    assert [line.split("   ")[0] for line in out.splitlines()] == [
        "figures/manifest.json",
        "1 of 1 figures are up to date",
    ]
    assert command(built, "build") == (0, "nothing to do: 1 figure is up to date\n", "")
    assert command(built, "check")[:2] == (0, "nothing to do: 1 figure is up to date\n")
    assert (built / FILES["manifest"]).read_bytes() == before["manifest"]

    DAMAGES[damage](built / FILES["record"])
    code, out, error = command(built, "check")
    assert (code, error) == (1, "")
    status = "new" if damage == "links" else "damaged"
    assert out.startswith(f"rain   {status}   ")
    assert len(out.splitlines()) == 2


def test_a_record_is_made_again_whatever_stands_in_its_place(
    built: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it may not be read."""
    path = built / FILES["record"]
    before, read = path.read_bytes(), Path.read_bytes

    def refuse(file: Path) -> bytes:
        """As a file of another user does."""
        if file == path:
            raise PermissionError(13, "Permission denied", str(file))
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert command(built, "check")[1].splitlines()[0] == (
        "rain   damaged   figures/rain.json cannot be read (Permission denied)"
    )
    assert command(built, "build")[0] == 0
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert command(built, "check", "--rehash")[0] == 0


@pytest.mark.parametrize("name", ["digests", "fonts", "index"])
def test_an_empty_folder_gives_way_to_a_cache(built: Path, command: Command, name: str) -> None:
    """Of the caches, which are ours alone."""
    folder(built / FILES[name])
    shutil.rmtree(built / "figures")
    sleep(2 * TICK_NS / 1e9)  # what is younger is not remembered

    assert command(built, "build")[::2] == (0, "")
    assert (built / FILES[name]).is_file()


@pytest.mark.parametrize("suffix", ["json", "pdf"])
def test_a_folder_under_figures_is_nobodys_to_remove(
    built: Path, command: Command, suffix: str
) -> None:
    """Nothing of the figure is written where one of its files cannot be."""
    path = built / "figures" / f"rain.{suffix}"
    folder(path)
    caption = (built / "figures" / "rain.caption.tex").read_bytes()
    spec = built / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text() + "caption: {quote: 3}\n")
    code, out, error = command(built, "build", "--force")

    assert (code, out) == (1, "0 made, 0 up to date, 1 failed\n")
    assert error == (
        f"figspec/rain.yaml: figures/rain.{suffix}: cannot be written (Is a directory)\n"
    )
    assert (built / "figures" / "rain.caption.tex").read_bytes() == caption
    assert path.is_dir()


def test_fonts_that_are_no_files_have_not_changed(built: Path, command: Command) -> None:
    """A folder, a path from here, nothing: the figure is what it was."""
    known = json.loads((built / FILES["fonts"]).read_text())
    for path in (str(built), "figspec/rain.yaml", "/nowhere.ttf", "\ud800", "/a\0b"):
        (built / FILES["fonts"]).write_text(json.dumps(dict.fromkeys(known, path)))
        assert command(built, "check", "rain")[:2] == (0, "1 of 1 figures are up to date\n")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=12,
)
KEYS = ("format", "figures", "paths", "fresh", "made_by", "left_over", "record_digest")


@settings(max_examples=25)
@given(content=JSON | st.dictionaries(st.sampled_from(KEYS), JSON), whole=st.booleans())
def test_whatever_a_file_holds_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: object, whole: bool
) -> None:
    """Any JSON, and any JSON cut short, is no error that the command does not know."""
    root = tmp_path_factory.mktemp("damaged")
    text = json.dumps(content)
    for path in FILES.values():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text if whole else text[:-1])
    workspace = Workspace(root)
    with pytest.raises(FormatError):
        read_record(root / FILES["record"])
    Digests(workspace).of_file(root / "absent")
    Fonts(workspace).paths()
    assert dict(stale_common_files(workspace, {}, ()))
    assert index.current_figures(str(root)) is None
