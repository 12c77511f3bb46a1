"""A new text source is one new file and one line of registration."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_gpt import random_gpt

import paperfig

READER = '''\
"""Files of which each line is a text."""

from collections.abc import Iterator
from pathlib import Path

from paperfig.excerpts.sources.format import Row, TextFormat, rows_of_texts


def _lines(file: Path) -> Iterator[Row]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield (line,)


LINES = TextFormat(rows=rows_of_texts(_lines))
'''
TABLE = "TEXT_FORMATS: Mapping[str, str] = {\n"
LINE = '    ".lines": "lines:LINES",\n'
SPEC = """\
checkpoint: {path: models/tiny.pt, name: tiny}
tokenizer: bytes
excerpt: {dataset: notes.lines, length: 24}
head: L1H2
"""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one file and one line more."""
    copy = tmp_path_factory.mktemp("library") / "paperfig"
    package = Path(paperfig.__file__).parent
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    sources = copy / "excerpts" / "sources"
    (sources / "lines.py").write_text(READER, encoding="utf-8")
    registry = (sources / "registry.py").read_text(encoding="utf-8")
    assert registry.count(TABLE) == 1
    (sources / "registry.py").write_text(registry.replace(TABLE, TABLE + LINE), "utf-8")
    return copy.parent


@pytest.fixture
def command(extended: Path, project: Path) -> Command:
    """The command of the copy in a process of its own, in a project with a small GPT."""
    random_gpt(project / "models" / "tiny.pt")
    (project / "figspec" / "notes.yaml").write_text(f"figspec: 1\n{SPEC}", encoding="utf-8")
    (project / "notes.lines").write_text("the first one\n\nand a second\n", encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "paperfig", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(extended)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_new_format_is_drawn_quoted_and_watched(command: Command, project: Path) -> None:
    """A figure of it is built, its caption quotes the text, and a change makes it stale."""
    built = command("build", "-j", "1")
    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.endswith("1 made, 0 up to date\n")
    assert (project / "figures" / "notes.pdf").read_bytes().startswith(b"%PDF")
    caption = (project / "figures" / "notes.caption.tex").read_text()
    assert "the first one" in caption
    assert "and a sec" in caption

    (project / "notes.lines").write_text("another one\n", encoding="utf-8")
    checked = command("check")
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (
        1,
        "notes   stale   notes.lines changed",
    )


def test_messages_know_the_new_format(command: Command, project: Path) -> None:
    """What is read is listed with it, and a field is refused as of any text."""
    spec, said = project / "figspec" / "notes.yaml", "excerpt: {dataset: notes.lines, "
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace(said, said + "field: body, "), encoding="utf-8")
    assert command("build").stderr == (
        "figspec/notes.yaml: excerpt.field: a .lines file has no fields; leave it out\n"
    )
    (project / "notes.md").touch()
    spec.write_text(text.replace("notes.lines", "./notes.md"), encoding="utf-8")
    assert command("build").stderr == (
        "figspec/notes.yaml: ./notes.md: its files are .md; "
        "one of .lines .txt .jsonl .ndjson .json .csv .parquet .arrow is right\n"
    )
