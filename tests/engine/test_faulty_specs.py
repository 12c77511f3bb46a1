"""A faulty spec stops its own figures, and with --keep-going no others."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from paperfig.errors import SpecError
from paperfig.specs.loader import SpecFiles, load_specs

Command = Callable[..., tuple[int, str, str]]

UNKNOWN = "figspec/fog.yaml:6:1: kapa: unknown key; did you mean kappa?\n"


@pytest.fixture
def faulty(built: Path) -> Path:
    """The built project with a second spec, which is faulty."""
    spec = (built / "figspec" / "rain.yaml").read_text()
    (built / "figspec" / "fog.yaml").write_text(f"{spec}kapa: 1\n")
    return built


def add(project: Path, name: str, text: str) -> None:
    """A file below figspec/."""
    path = project / "figspec" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_nothing_is_built_beside_a_faulty_spec(faulty: Path, command: Command) -> None:
    """The request is wrong, unless it says to keep going; a dry run says the same."""
    assert command(faulty, "build", "--force") == (2, "", UNKNOWN)
    assert command(faulty, "build", "--dry-run") == (2, "", UNKNOWN)
    assert command(faulty, "build", "--dry-run", "--keep-going") == (
        1,
        "rain   up to date\n",
        UNKNOWN,
    )


def test_the_others_are_built_with_keep_going(faulty: Path, command: Command) -> None:
    """Each that can be read; the faulty one is told, counted and not forgotten."""
    code, out, error = command(faulty, "build", "--force", "--keep-going")

    assert (code, error) == (1, UNKNOWN)
    assert out.startswith("rain   current (forced)   map   L1H2   ")
    assert out.endswith("\n1 made, 0 up to date, 1 failed\n")
    assert command(faulty, "build", "--keep-going") == (
        1,
        "0 made, 1 up to date, 1 failed\n",
        UNKNOWN,
    )


def test_check_says_what_is_faulty_and_how_the_others_stand(
    faulty: Path, command: Command
) -> None:
    """Exit code 1; the figure of the faulty spec is neither up to date nor left over."""
    figures = faulty / "figures"
    said = (1, "1 of 1 figures are up to date\n", UNKNOWN)
    assert command(faulty, "check") == said
    (faulty / "figspec" / "fog.yaml").rename(faulty / "figspec" / "rain.yaml")
    before = sorted(path.name for path in figures.iterdir())
    code, out, error = command(faulty, "check")
    assert (code, out) == (1, "0 of 0 figures are up to date\n")
    assert error == UNKNOWN.replace("fog", "rain")
    assert command(faulty, "build", "--keep-going")[0] == 1
    assert sorted(path.name for path in figures.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fog.yaml", "text: @-@ 96\n"),
        ("fog.yaml", "each: {head: []}\n"),
        ("fog.yaml", ""),
        ("snow/defaults.yaml", "kappa: 0\n"),
    ],
)
def test_a_sound_figure_is_built_by_its_name(
    built: Path, command: Command, name: str, text: str
) -> None:
    """A fault of another file is none of this request's."""
    add(built, name, text)

    assert command(built, "build", "rain")[::2] == (0, "")
    assert command(built, "check", "rain") == (0, "1 of 1 figures are up to date\n", "")


def test_faulty_defaults_stop_what_lies_beneath(built: Path, command: Command) -> None:
    """And nothing beside; their fault is told once."""
    spec = (built / "figspec" / "rain.yaml").read_text()
    add(built, "snow/defaults.yaml", "kappa: 0\n")
    add(built, "snow/one.yaml", spec)
    add(built, "snow/two.yaml", spec)

    assert command(built, "build", "--keep-going") == (
        1,
        "0 made, 1 up to date, 2 failed\n",
        "figspec/snow/defaults.yaml:1:8: kappa: 0 is out of range; "
        "a number above 0 or a list of these is right\n",
    )


def test_a_name_made_twice_is_a_fault_of_both_files(built: Path) -> None:
    """No file wins, also where only one of them is asked for; others are not touched."""
    spec = (built / "figspec" / "rain.yaml").read_text()
    add(built, "fog.yaml", f"{spec}each: {{kappa: [1, 2]}}\n")
    add(built, "fog-kappa-2.yaml", spec)
    files = SpecFiles(built)
    whole = files.select(None)

    assert [named.name for named in whole.figures] == ["rain"]
    assert [file.name for file in whole.faulty] == ["fog-kappa-2", "fog"]
    for wanted in ("fog", "fog-kappa-1", "fog-kappa-2"):
        assert str(files.select([Path(wanted)]).error) == (
            "figspec/fog.yaml:1:1: the figure fog-kappa-2 a second time, "
            "also in figspec/fog-kappa-2.yaml; give one another name"
        )


def test_a_label_is_looked_for_in_every_file_that_may_have_it(built: Path) -> None:
    """`a-b-1` may be of a.yaml or of a-b.yaml: a fault of the one does not hide the other."""
    spec = (built / "figspec" / "rain.yaml").read_text()
    add(built, "a.yaml", "kapa: 1\n")
    add(built, "a-b.yaml", f"{spec}each: {{'1': {{kappa: 1}}, '2': {{kappa: 2}}}}\n")

    assert [named.name for named in load_specs(built, [Path("a-b-1")])] == ["a-b-1"]
    with pytest.raises(SpecError):
        load_specs(built, [Path("a-b-3")])


def test_a_folder_that_may_not_be_looked_into_is_faulty(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its specs are not there to be seen, which is not to say that there are none."""
    add(built, "snow/one.yaml", "")
    look = os.scandir

    def scandir(path):
        """As the system's, but for one folder."""
        if os.fspath(path).endswith("figspec/snow"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    whole = SpecFiles(built).select(None)

    assert [named.name for named in whole.figures] == ["rain"]
    assert whole.may_make("snow/one")
    assert not whole.may_make("snowed")
    assert str(whole.error).startswith("figspec/snow:1:1: cannot be read: ")


def test_a_fault_says_of_which_figure_it_is(built: Path, command: Command) -> None:
    """Of one of several that a file makes also its name: the lines are alike otherwise."""
    spec = (built / "figspec" / "rain.yaml").read_text()
    add(built, "fog.yaml", f"{spec}each: {{head: [L1H8, L1H9]}}\n")

    code, _, error = command(built, "build", "fog", "--keep-going")

    assert code == 1
    assert [line.split(": head")[0] for line in error.splitlines()] == [
        "figspec/fog.yaml: fog-L1H8",
        "figspec/fog.yaml: fog-L1H9",
    ]
