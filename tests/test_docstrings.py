"""The examples in docstrings: each value and the public interface has one, and all are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import paperfig

PACKAGE = Path(paperfig.__file__).parent
TEXTS = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path.read_text("utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
WITH_EXAMPLES = [name for name, text in TEXTS.items() if ">>> " in text]
VALUES = [name for name in TEXTS if name.startswith("paperfig.values.")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_are_true(
    name: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of a module's docstrings, run from the root of the repository."""
    monkeypatch.chdir(repository)
    found = doctest.testmod(import_module(name))

    assert (found.failed, found.attempted > 0) == (0, True)


def test_public_things_have_examples() -> None:
    """Each value that crosses rooms, and the interface for Python."""
    public = [
        *("paperfig.api.attention", "paperfig.api.draw_model", "paperfig.api.figure"),
        *(name for name in VALUES if not name.endswith("__init__")),
    ]

    assert [name for name in public if name not in WITH_EXAMPLES] == []
