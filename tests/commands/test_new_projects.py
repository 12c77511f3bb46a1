"""`paperfig init` and `paperfig new`: what they write, what they leave, and that it works."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from paperfig.specs.loader import load_specs

Command = Callable[..., tuple[int, str, str]]
MODEL = ("--checkpoint", "models/tiny.pt", "--model-name", "tiny", "--tokenizer", "bytes")
PROGRAM = f"{shlex.quote(sys.executable)} -m paperfig"
EDITORS_LINE = "# yaml-language-server: $schema="


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """`paperfig` is a command of the shell."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")


@pytest.fixture
def folder(tmp_path: Path, checkpoint: Path) -> Path:
    """A folder with a checkpoint in it and nothing else."""
    (tmp_path / "models").mkdir()
    shutil.copy(checkpoint, tmp_path / "models" / "tiny.pt")
    return tmp_path


def made(project: Path, *targets: str) -> tuple[int, str, str]:
    """What GNU make does in the project."""
    done = subprocess.run(
        ["make", "--no-print-directory", *targets, f"PAPERFIG={PROGRAM}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def texts(project: Path) -> dict[str, bytes]:
    """Every file by its path, but those of caches."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and ".paperfig" not in path.parts
    }


def editors_schema(spec: Path) -> Path:
    """The file that the spec's first line names, as an editor finds it."""
    line = spec.read_text(encoding="utf-8").splitlines()[0]
    assert line.startswith(EDITORS_LINE)
    return (spec.parent / line.removeprefix(EDITORS_LINE)).resolve()


def test_nothing_is_laid_out_for_a_paper_that_is_not_there(
    tmp_path: Path, command: Command
) -> None:
    """The request is wrong as a whole; the paper may be the new project itself."""
    assert command(tmp_path, "init", "mine", "--paper", "papr") == (
        2,
        "",
        "--paper: papr is no folder; name the folder of main.tex\n",
    )
    assert not (tmp_path / "mine").exists()
    assert command(tmp_path, "init", "mine", "--paper", "mine")[0] == 0
    assert (tmp_path / "mine" / "paperfig.sty").exists()


@pytest.mark.usefixtures("on_path")
def test_init_lays_out_a_project(tmp_path: Path, command: Command) -> None:
    """Everything that a paper's figures need, with what to do next; the package for LaTeX."""
    (tmp_path / "paper").mkdir()
    (tmp_path / ".gitignore").write_text("*.aux")
    code, out, _ = command(tmp_path, "init", "--paper", "paper")

    assert code == 0
    assert out.splitlines() == [
        "figspec/ made",
        "figures/ made",
        "templates/ made",
        "figspec/defaults.yaml written",
        "figspec/attention.yaml written",
        "figspec.schema.json written",
        "Makefile written",
        ".gitignore ignores .paperfig/",
        r"paper/paperfig.sty written; in main.tex: \usepackage{paperfig}",
        "next: name your checkpoint in figspec/attention.yaml, then make figures",
    ]
    assert (tmp_path / ".gitignore").read_text() == "*.aux\n/.paperfig/\n"
    assert r"\paperfigdir{../figures}" in (tmp_path / "paper" / "paperfig.sty").read_text()
    assert command(tmp_path, "init") == (0, "", "")


@pytest.mark.usefixtures("on_path")
def test_a_new_project_with_a_checkpoint_builds_by_make(folder: Path, command: Command) -> None:
    """From a folder of its own: the two lines that `init` says are all that is left to do."""
    code, out, _ = command(folder, "init", "my paper", *MODEL, "--head", "L1H2")
    assert (code, out.splitlines()[-1]) == (0, "next: cd 'my paper' && make figures")
    project = folder / "my paper"
    code, out, err = made(project, "figures")

    assert (code, err) == (0, "")
    assert out.startswith("attention   new   map   L1H2   61 tokens   figures/attention.pdf")
    assert r"\emph{tiny}" in (project / "figures" / "attention.caption.tex").read_text()
    assert made(project) == (0, "nothing to do: 1 figure is up to date\n", "")
    assert made(project, "check", "clean") == (
        0,
        "nothing to do: 1 figure is up to date\nrm -rf .paperfig\n",
        "",
    )


def test_without_a_checkpoint_the_example_says_what_to_edit(
    tmp_path: Path, command: Command
) -> None:
    """A build fails in one line, which names the spec and what stands in its place."""
    command(tmp_path, "init")
    code, _, err = command(tmp_path, "build")

    assert code == 1
    assert err == (
        "figspec/attention.yaml: path/to/your/checkpoint: no such checkpoint; "
        f"paths start at the project root {tmp_path}\n"
    )
    (line,) = [
        line
        for line in (tmp_path / "figspec" / "attention.yaml").read_text().splitlines()
        if "path/to/your/checkpoint" in line
    ]
    assert line == "checkpoint: {path: path/to/your/checkpoint}"


def test_where_the_command_is_not_on_the_path_make_is_told_it(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line that is printed works as it stands."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    out = command(tmp_path, "init", "--checkpoint", "a.pt")[1]

    assert out.splitlines()[-1] == f"next: make figures PAPERFIG={shlex.quote(PROGRAM)}"


@pytest.mark.usefixtures("on_path")
@pytest.mark.parametrize("name", ["Makefile", "makefile", "GNUmakefile"])
def test_a_makefile_of_ones_own_stays(name: str, tmp_path: Path, command: Command) -> None:
    """It is the one that make reads, so none is laid beside it, and `build` is named."""
    (tmp_path / name).write_text("all: ; @echo paper\n")
    out = command(tmp_path, "init")[1]

    assert "Makefile" not in {path.name for path in tmp_path.iterdir()} - {name}
    assert (tmp_path / name).read_text() == "all: ; @echo paper\n"
    assert out.splitlines()[-1] == (
        "next: name your checkpoint in figspec/attention.yaml, then paperfig build"
    )


def test_what_is_there_stays(gpt_project: Path, command: Command) -> None:
    """A project with specs gets what it lacks, no example, and keeps every byte."""
    (gpt_project / ".gitignore").write_bytes(b"# \xe9t\xe9\r\n.paperfig\r\n")
    (gpt_project / "figspec.schema.json").write_text('{"type": "object"}')
    before = texts(gpt_project)
    assert command(gpt_project, "init")[:2] == (
        0,
        "figures/ made\ntemplates/ made\nMakefile written\n",
    )
    after = texts(gpt_project)

    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"Makefile"}


def test_options_for_a_project_with_specs_belong_to_new(
    gpt_project: Path, command: Command
) -> None:
    """Nothing is written where the first spec would not be."""
    before = texts(gpt_project)
    for options in (("--text", "rain"), ("--model-name", "tiny")):
        assert command(gpt_project, "init", *options) == (
            2,
            "",
            "options: figspec holds specs already; `paperfig new NAME` takes them\n",
        )
    assert texts(gpt_project) == before


def test_options_that_are_no_spec_leave_nothing_behind(
    tmp_path: Path, command: Command
) -> None:
    """They are checked before the first folder is made."""
    code, out, err = command(tmp_path, "init", "p", "--text", "rain", "--random", "4")

    assert (code, out) == (2, "")
    assert err == "options: excerpt.random: given beside text; keep one\n"
    assert list(tmp_path.iterdir()) == []


def test_new_writes_a_spec_that_builds(gpt_project: Path, command: Command) -> None:
    """With the checkpoint and its name; a second one of that name is refused."""
    code, out, _ = command(gpt_project, "new", "appendix/snow", *MODEL, "--head", "all")

    assert (code, out) == (
        0,
        "figspec.schema.json written\n"
        "figspec/appendix/snow.yaml written; next: paperfig build appendix/snow\n",
    )
    assert command(gpt_project, "build", "appendix/snow", "--dry-run")[:2] == (
        0,
        "appendix/snow   compute   no record of it\n",
    )
    assert command(gpt_project, "new", "appendix/snow") == (
        2,
        "",
        "appendix/snow: figspec/appendix/snow.yaml exists; choose another name\n",
    )


def test_new_without_a_checkpoint_says_what_to_edit(
    gpt_project: Path, command: Command
) -> None:
    """It names no command that would fail as things stand."""
    out = command(gpt_project, "new", "snow", "--text", "It snowed.")[1]

    assert out.splitlines()[-1] == (
        "figspec/snow.yaml written; next: name your checkpoint in it, then paperfig build snow"
    )


def test_a_restricted_vocabulary_is_an_option(gpt_project: Path, command: Command) -> None:
    """`--tokenizer` takes what the spec takes, local paths from the working folder."""
    (gpt_project / "data").mkdir()
    (gpt_project / "data" / "train.txt").write_text("It rained, it poured.")
    mapping = "{base: characters, vocabulary: {dataset: train.txt, size: 9}}"
    code, _, err = command(gpt_project / "data", "new", "snow", "--tokenizer", mapping)

    assert (code, err) == (0, "")
    spec = yaml.safe_load((gpt_project / "figspec" / "snow.yaml").read_text())
    assert spec["tokenizer"] == {
        "base": "characters",
        "vocabulary": {"dataset": "data/train.txt", "size": 9},
    }
    assert command(gpt_project, "new", "ice", "--tokenizer", "{base: no}")[::2] == (
        2,
        '--tokenizer:1:8: base: no is true or false in YAML 1.1; write "no" in quotes\n',
    )


def test_every_spec_names_its_schema(gpt_project: Path, command: Command) -> None:
    """Whatever folder it is in, an editor finds the schema that `paperfig schema` prints."""
    root = gpt_project / "new"
    command(gpt_project, "init", "new")
    command(root / "figures", "new", "appendix/deep/snow")
    specs = sorted((root / "figspec").rglob("*.yaml"))

    assert len(specs) == 3
    assert {editors_schema(spec) for spec in specs} == {root / "figspec.schema.json"}
    printed = command(root, "schema")[1]
    assert (root / "figspec.schema.json").read_text(encoding="utf-8") == printed
    assert {named.name for named in load_specs(root)} == {"attention", "appendix/deep/snow"}


def test_the_schema_accepts_every_spec_of_the_demo_and_of_a_new_project(
    repository: Path, tmp_path: Path, command: Command
) -> None:
    """An editor underlines nothing in them, nor in their defaults."""
    command(tmp_path, "init")
    schema = json.loads((tmp_path / "figspec.schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    specs = [
        path for root in (repository, tmp_path) for path in (root / "figspec").glob("*.yaml")
    ]

    assert len(specs) > 10
    for path in specs:
        found = validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))
        assert [error.message for error in found] == [], path


@pytest.mark.parametrize("command_line", [("init",), ("new", "snow")])
def test_a_schema_of_ours_is_brought_up_to_date(
    command_line: tuple[str, ...], gpt_project: Path, command: Command
) -> None:
    """One of another version; not one that is the user's own, whatever it holds."""
    path = gpt_project / "figspec.schema.json"
    command(gpt_project, "init")
    current = path.read_text()
    path.write_text(current.replace('"figspec"', '"an older one"'))
    out = command(gpt_project, *command_line)[1]
    assert out.splitlines()[0] == "figspec.schema.json brought up to date"
    assert path.read_text() == current

    comment = json.loads(current)["$comment"]
    for own in (
        current.replace(comment, "Mine."),
        "{",
        "[]",
        json.dumps([comment]),
        "\udcff",
    ):
        path.write_bytes(own.encode(errors="surrogateescape"))
        (gpt_project / "figspec" / "snow.yaml").unlink(missing_ok=True)
        assert "schema" not in command(gpt_project, *command_line)[1]
        assert path.read_bytes() == own.encode(errors="surrogateescape")


def test_a_schema_and_its_line_make_nothing_stale(gpt_project: Path, command: Command) -> None:
    """Neither when they are laid nor when they change."""
    assert command(gpt_project, "build")[0] == 0
    assert command(gpt_project, "init")[0] == 0
    assert (gpt_project / "figspec.schema.json").is_file()
    current = (0, "nothing to do: 1 figure is up to date\n", "")
    assert command(gpt_project, "build") == current
    (gpt_project / "figspec.schema.json").write_text("{}")
    assert command(gpt_project, "build") == current
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(f"{EDITORS_LINE}../figspec.schema.json\n{spec.read_text()}")
    assert command(gpt_project, "check", "--rehash")[0] == 0
    assert command(gpt_project, "build") == current
