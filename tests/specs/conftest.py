"""A project whose one spec is a text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paperfig.errors import SpecError
from paperfig.specs.loader import load_specs
from paperfig.specs.schema import NamedSpec

HEAD = "figspec: 1\ncheckpoint: model.pt\nexcerpt: {text: hello}\nhead: 0\n"
Write = Callable[[str, str], Path]


@pytest.fixture
def write(project: Path) -> Write:
    """Writes a file below figspec/."""

    def written(name: str, text: str) -> Path:
        path = project / "figspec" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def load(project: Path, write: Write) -> Callable[[str], tuple[NamedSpec, ...]]:
    """The figures of a spec text, as the file figspec/a.yaml."""

    def loaded(text: str) -> tuple[NamedSpec, ...]:
        write("a.yaml", text)
        return load_specs(project)

    return loaded


@pytest.fixture
def faults(load: Callable[[str], tuple[NamedSpec, ...]]) -> Callable[[str], list[str]]:
    """The lines of the error that a spec text raises; none where it loads."""

    def lines(text: str) -> list[str]:
        try:
            load(text)
        except SpecError as error:
            return str(error).splitlines()
        return []

    return lines


@pytest.fixture
def fault_of(faults: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """The faults of a whole spec with some lines added from line 5 on, keys replaced."""

    def lines(added: str) -> list[str]:
        given = {line.partition(":")[0] for line in added.splitlines()}
        kept = [
            line if line.partition(":")[0] not in given else "#" for line in HEAD.splitlines()
        ]
        return faults("\n".join(kept) + "\n" + added + "\n")

    return lines
