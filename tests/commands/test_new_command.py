"""A command is one file and one line, and a venue is one row of a table.

Here both are added to a copy of the package, whose command a fresh process then runs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import paperfig

COMMAND = '''\
"""`paperfig widths`: how wide a column is in each venue."""

import argparse

from paperfig.commands.printing import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where."""
    parser.add_argument("venues", nargs="+", metavar="VENUE")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each venue."""
    from paperfig.drawing.page import page_of
    from paperfig.specs.style import StyleSpec

    for venue in arguments.venues:
        say(f"{venue}   {page_of(StyleSpec(venue=venue)).width_pt:g} pt")
    return 0
'''
COMMANDS, COMMAND_LINE = "COMMANDS = {\n", '    "widths": "how wide columns are",\n'
VENUES = "VENUES: Mapping[str, Venue] = {\n"
VENUE_LINE = (
    '    "toy": Venue(column_pt=100.0, page_pt=200.0, label_pt=5.0, title_pt=6.0, '
    "caption_pt=8.0),\n"
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy of the package, with a command and a venue more."""
    copy = tmp_path_factory.mktemp("copy") / "paperfig"
    source = Path(paperfig.__file__).parent
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "commands" / "widths.py").write_text(COMMAND, encoding="utf-8")
    for registry, table, line in (
        (copy / "commands" / "parser.py", COMMANDS, COMMAND_LINE),
        (copy / "specs" / "venues.py", VENUES, VENUE_LINE),
    ):
        text = registry.read_text(encoding="utf-8")
        assert text.count(table) == 1
        registry.write_text(text.replace(table, table + line), encoding="utf-8")
    return copy.parent


def run(package: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The copy's command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "paperfig", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_and_a_venue_are_a_line_each(package: Path, tmp_path: Path) -> None:
    """The command is run, and the venue is a choice of a spec's style with its own widths."""
    done = run(package, tmp_path, "widths", "toy", "ieee")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "toy   100 pt\nieee   252 pt\n"


def test_help_lists_the_command(package: Path, tmp_path: Path) -> None:
    """With its line of the table."""
    lines = run(package, tmp_path, "--help").stdout.splitlines()

    assert ["widths", "how", "wide", "columns", "are"] in map(str.split, lines)
