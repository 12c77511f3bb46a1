"""Files of figures that no spec asks for: named by check, removed by --prune, and no others."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from changes import snapshot

from paperfig.project.digests import digest_of

Command = Callable[..., tuple[int, str, str]]

OLD = "rain   left over   no spec asks for it; `paperfig build --prune` removes it\n"
FILES = ("pdf", "caption.tex", "tex", "npz", "json")


@pytest.fixture
def renamed(built: Path) -> Path:
    """The built project with its spec under another name, in a folder."""
    (built / "figspec" / "app").mkdir()
    (built / "figspec" / "rain.yaml").rename(built / "figspec" / "app" / "snow.yaml")
    return built


@pytest.fixture
def deleted(built: Path) -> Path:
    """The built project without its spec."""
    (built / "figspec" / "rain.yaml").unlink()
    return built


def names(folder: Path) -> set[str]:
    """Every file and folder below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def listed(project: Path) -> set[str]:
    """The figures of the manifest."""
    return set(json.loads((project / "figures" / "manifest.json").read_text())["figures"])


def sealed(record: dict[str, object]) -> str:
    """A record with the digest of what it holds, as only paperfig should write it."""
    derived = ("format", "compute_digest", "drawing_digest", "record_digest")
    content = {key: value for key, value in record.items() if key not in derived}
    return json.dumps(record | {"record_digest": digest_of(content)})


def test_check_names_what_is_left_over(deleted: Path, command: Command) -> None:
    """Nothing is stale for it; the manifest lists it until the next build, and no longer."""
    assert command(deleted, "check") == (0, f"{OLD}0 of 0 figures are up to date\n", "")
    assert listed(deleted) == {"rain"}
    assert command(deleted, "build") == (0, "nothing to do: 0 figures are up to date\n", "")
    assert listed(deleted) == set()
    quick = (0, f"{OLD}nothing to do: 0 figures are up to date\n", "")
    assert command(deleted, "check") == quick
    assert names(deleted / "figures") >= {f"rain.{suffix}" for suffix in FILES}


def test_prune_removes_a_renamed_figure_once_the_new_one_is_there(
    renamed: Path, command: Command
) -> None:
    """All its files; those of other figures, and what is not ours, stay as they are."""
    (renamed / "figures" / "rain.svg").write_text("mine")
    assert command(renamed, "build", "--dry-run", "--prune")[1] == (
        "app/snow   compute   no record of it\nrain   remove   left over\n"
    )
    code, out, error = command(renamed, "build", "--prune")

    assert (code, error) == (0, "")
    assert out.splitlines()[1:] == [
        "rain   removed   figures/rain.caption.tex, figures/rain.npz, figures/rain.pdf, "
        "figures/rain.tex, figures/rain.json",
        "1 made, 0 up to date",
    ]
    assert names(renamed / "figures") == {
        *("manifest.json", "paperfig.sty", "rain.svg", "app"),
        *(f"app/snow.{suffix}" for suffix in FILES),
    }
    assert command(renamed, "check")[:2] == (0, "nothing to do: 1 figure is up to date\n")
    (renamed / "figspec" / "app" / "snow.yaml").unlink()
    assert command(renamed, "build", "--prune")[0] == 0
    assert names(renamed / "figures") == {"manifest.json", "paperfig.sty", "rain.svg"}


def test_values_kept_elsewhere_are_pruned_too(deleted: Path, command: Command) -> None:
    """NAME.npz in .paperfig/, a picture on request; folders that are empty then."""
    record = json.loads((deleted / "figures" / "rain.json").read_text())
    values = deleted / ".paperfig" / "values" / "app" / "fog.npz"
    picture = deleted / "figures" / "app" / "fog.png"
    for path in (values, picture):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    outputs = {".paperfig/values/app/fog.npz": digest, "figures/app/fog.png": digest}
    fog = sealed(record | {"name": "app/fog", "outputs": outputs})
    (deleted / "figures" / "app" / "fog.json").write_text(fog)

    assert command(deleted, "build", "--prune")[0] == 0
    assert names(deleted / "figures") == {"manifest.json", "paperfig.sty"}
    assert names(deleted / ".paperfig" / "values") == set()


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": {"figspec/../models/tiny.pt": ""}},
        {"outputs": {"figures/other.pdf": ""}},
        {"outputs": {"figures/rain./../../models/tiny.pt": ""}},
        {"name": "snow"},
        {"name": "../figures/rain"},
        {"spec": "a training loop"},
    ],
)
def test_what_no_record_of_a_spec_names_is_never_touched(
    deleted: Path, command: Command, change: dict[str, object]
) -> None:
    """Others' files by a record's word, records elsewhere, figures of a training loop."""
    path = deleted / "figures" / "rain.json"
    (deleted / "figures" / "other.pdf").write_bytes(b"")
    record = json.loads(path.read_text())
    if "outputs" in change:
        files = {
            name: hashlib.sha256((deleted / "models" / "tiny.pt").read_bytes()).hexdigest()
            for name in change["outputs"]
        }
        change = {"outputs": record["outputs"] | files}
    path.write_text(sealed(record | change))
    before = snapshot(deleted / "figures"), snapshot(deleted / "models")
    before[0].pop("manifest.json")

    assert "left over" not in command(deleted, "check")[1]
    assert command(deleted, "build", "--prune")[0] == 0
    after = snapshot(deleted / "figures"), snapshot(deleted / "models")
    after[0].pop("manifest.json")
    assert after == before


def test_edited_files_links_and_damaged_records_stay(deleted: Path, command: Command) -> None:
    """Only the recorded bytes are ours to remove."""
    figures = deleted / "figures"
    (figures / "rain.tex").write_text("my own words")
    (figures / "kept.pdf").write_bytes((figures / "rain.pdf").read_bytes())
    (figures / "rain.pdf").unlink()
    (figures / "rain.pdf").symlink_to("kept.pdf")
    (figures / "fog.json").write_text("{}")

    assert command(deleted, "build", "--prune")[0] == 0
    assert names(figures) == {
        *("fog.json", "kept.pdf", "manifest.json", "paperfig.sty", "rain.pdf", "rain.tex")
    }


def test_a_name_that_differs_in_capitals_is_the_same_on_some_disks(
    built: Path, command: Command
) -> None:
    """Where Rain.json and rain.json are one file, the old record is the new figure's."""
    figures = built / "figures"
    record = json.loads((figures / "rain.json").read_text())
    outputs = {path.replace("rain", "Rain"): sha for path, sha in record["outputs"].items()}
    record["drawing"]["keys"]["name"] = "Rain"
    drawing = digest_of({"keys": record["drawing"]["keys"], "files": {}})
    old = record | {"name": "Rain", "outputs": outputs, "drawing_digest": drawing}
    (figures / "rain.json").write_text(sealed(old))
    for suffix in FILES:
        os.link(figures / f"rain.{suffix}", figures / f"Rain.{suffix}")

    assert command(built, "check")[1].splitlines()[0] == "rain   stale   name: Rain → rain"
    assert command(built, "build", "--dry-run", "--prune") == (
        0,
        "rain   redraw   name: Rain → rain\n",
        "",
    )


@pytest.mark.parametrize("keep_going", [(), ("--keep-going",)])
def test_prune_needs_every_spec(
    renamed: Path, command: Command, keep_going: tuple[str, ...]
) -> None:
    """Beside a SPEC, or while one is faulty, nothing is made or removed."""
    before = snapshot(renamed / "figures")
    assert command(renamed, "build", "--prune", "app/snow", *keep_going) == (
        2,
        "",
        "--prune: given beside app/snow; it is about what no spec asks for; "
        "give it without one\n",
    )
    (renamed / "figspec" / "fog.yaml").write_text("figspec: 1\nkapa: 1\n")
    code, out, error = command(renamed, "build", "--prune", *keep_going)
    assert (code, out) == (2, "")
    assert error.splitlines()[0].startswith("figspec/fog.yaml:")
    assert error.splitlines()[-1] == (
        "--prune: a faulty spec may be what asks for a figure, so nothing is made or removed; "
        "correct it, or build without --prune"
    )
    assert snapshot(renamed / "figures") == before


def test_nothing_is_pruned_where_a_figure_has_failed(renamed: Path, command: Command) -> None:
    """The old picture stays as long as the new one is not there."""
    (renamed / "models" / "tiny.pt").unlink()

    assert command(renamed, "build", "--prune", "--keep-going")[0] == 1
    assert names(renamed / "figures") >= {f"rain.{suffix}" for suffix in FILES}


@pytest.mark.parametrize("name", ["manifest.json", "paperfig.sty"])
@pytest.mark.parametrize("change", ["missing", "not what a build writes"])
def test_what_figures_holds_once_can_be_stale(
    built: Path, command: Command, name: str, change: str
) -> None:
    """Check says so, the next build mends it."""
    path = built / "figures" / name
    before = path.read_bytes()
    if change == "missing":
        path.unlink()
    else:
        path.write_bytes(before.replace(b"rain", b"snow") + b"\n")

    said = f"figures/{name}   stale   it is {change}\n"
    assert command(built, "check") == (1, f"{said}1 of 1 figures are up to date\n", "")
    assert command(built, "build")[0] == 0
    assert path.read_bytes() == before
    assert command(built, "check")[0] == 0
