"""What `paperfig doctor` finds: versions, devices, tools, folders."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from paperfig.errors import RequestError
from paperfig.models.device import device_name, resolve_device
from paperfig.project.environment import installed
from paperfig.project.workspace import Workspace
from paperfig.specs.select import find_root

PACKAGES = ("torch", "numpy", "matplotlib", "datasets", "tiktoken", "jinja2", "pikepdf")
EXTRAS = ("transformers", "tokenizers")
TOOLS = ("pdflatex", "latexmk", "pdftoppm")

Finding = tuple[str, str, bool]


def examine(folder: Path) -> list[Finding]:
    """What there is, as name, finding, and whether it is as it should be."""
    return [*_packages(), *_devices(), *_tools(), *_project(folder)]


def _packages() -> Iterator[Finding]:
    yield "paperfig", installed("paperfig"), True
    for package in PACKAGES:
        found = installed(package)
        yield package, found, found != "absent"
    for package in EXTRAS:
        found = installed(package)
        needed = " (pip install 'paperfig[hf]' for Hugging Face folders)"
        yield package, found + (needed if found == "absent" else ""), True


def _devices() -> Iterator[Finding]:
    yield "device", device_name(resolve_device("auto")), True


def _tools() -> Iterator[Finding]:
    for tool in TOOLS:
        yield tool, shutil.which(tool) or "absent (only papers and tests need it)", True


def _project(folder: Path) -> Iterator[Finding]:
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
