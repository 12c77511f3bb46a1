"""What is changed in a project to make it a bad one, and how its figures stand."""

from collections.abc import Callable
from pathlib import Path

import torch

Change = Callable[[Path], object]


def spec(**lines: str) -> Change:
    """A change of the project: lines of the spec ``rain`` replaced or added."""

    def change(project: Path) -> None:
        path = project / "figspec" / "rain.yaml"
        old = dict(line.split(": ", 1) for line in path.read_text().splitlines())
        path.write_text("".join(f"{key}: {value}\n" for key, value in (old | lines).items()))

    return change


def added(text: str) -> Change:
    """A change of the project: text at the spec's end."""

    def change(project: Path) -> None:
        with (project / "figspec" / "rain.yaml").open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def weights(edit: Callable[[dict[str, torch.Tensor]], object]) -> Change:
    """A change of the project: of the checkpoint's tensors."""

    def change(project: Path) -> None:
        path = project / "models" / "tiny.pt"
        content = torch.load(path)
        edit(content["model"])
        torch.save(content, path)

    return change


def file(name: str, content: bytes, **lines: str) -> Change:
    """A change of the project: a file, and lines of the spec."""

    def change(project: Path) -> None:
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        if lines:
            spec(**lines)(project)

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(project: Path) -> None:
        for each in changes:
            each(project)

    return change


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in files
    }
