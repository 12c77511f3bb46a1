"""`paperfig doctor`: what is installed and what is missing."""

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from paperfig.commands.arguments import add_flags
from paperfig.commands.printing import say, say_json
from paperfig.errors import RequestError

PACKAGES = ("torch", "numpy", "matplotlib", "datasets", "tiktoken", "jinja2", "pikepdf")
EXTRAS = ("transformers", "tokenizers")
TOOLS = ("pdflatex", "latexmk", "pdftoppm")

Finding = tuple[str, str, bool]
"""A name, what was found, and whether it is as it should be."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether it is printed as JSON."""
    add_flags(parser, ("--json", "as JSON"))


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found, marked where it is not as it should be."""
    findings = [*_packages(), *_devices(), *_tools(), *_project(Path.cwd())]
    if arguments.json:
        say_json({name: what for name, what, _ in findings})
        return 0
    width = max(len(name) for name, _, _ in findings)
    for name, what, is_fine in findings:
        say(f"{'  ' if is_fine else '! '}{name:<{width}}  {what}")
    return 0


def _packages() -> Iterator[Finding]:
    from paperfig.project.environment import installed

    yield "paperfig", installed("paperfig"), True
    for package in PACKAGES:
        found = installed(package)
        yield package, found, found != "absent"
    for package in EXTRAS:
        found = installed(package)
        needed = " (pip install transformers for Hugging Face folders)"
        yield package, found + (needed if found == "absent" else ""), True


def _devices() -> Iterator[Finding]:
    from paperfig.models.device import device_name, resolve_device

    yield "device", device_name(resolve_device("auto")), True


def _tools() -> Iterator[Finding]:
    for tool in TOOLS:
        yield tool, shutil.which(tool) or "absent (only papers and tests need it)", True


def _project(folder: Path) -> Iterator[Finding]:
    from paperfig.project.workspace import Workspace
    from paperfig.specs.select import find_root

    try:
        workspace = Workspace(find_root(folder))
    except RequestError as error:
        yield "project", str(error), False
        return
    yield "project", str(workspace.root), True
    figures = workspace.figures
    is_writable = not figures.exists() or os.access(figures, os.W_OK)
    yield "figures", f"{figures}{'' if is_writable else ' is read-only'}", is_writable
    offline = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("HF_DATASETS_OFFLINE")
    yield "network", "HF_HUB_OFFLINE is set" if offline else "as the libraries find it", True
