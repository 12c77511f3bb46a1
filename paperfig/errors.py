"""Every error that paperfig raises, as one tree.

PaperfigError            one line: ``where: what is wrong; what would be right``
├── RequestError         the request itself is wrong (exit code 2)
│   └── SpecError        the faults of a spec file, one line each
├── InputError           a file that changed while a figure was made of it
├── ExcerptError         the text, its source or its tokenizer
├── CheckpointError      the file, its tensors, or what it leaves unsaid
├── AttentionError       a head, layer, mask or number that cannot be computed
├── DrawingError         a picture that cannot be drawn as asked
├── CaptionError         a template, or a fact that it asks for
└── OutputError          a file that cannot be written
"""

from collections.abc import Sequence


class PaperfigError(Exception):
    """A fault that the user can correct, in one line.

    Attributes:
        where: the file, spec key or argument at fault.
        what: what is wrong there, with the value seen.
        remedy: what would be right; empty where the fault says it already.
    """

    exit_code = 1

    def __init__(self, where: object, what: str, remedy: str = "") -> None:
        self.where, self.what, self.remedy = str(where), what, remedy
        super().__init__(where, what, remedy)

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")
        return " ".join(line.split())

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it (IPython asks): its line, as the command does."""
        return [f"{type(self).__name__}: {self}"]


class RequestError(PaperfigError):
    """The request itself is wrong: an argument, or a spec."""

    exit_code = 2


class SpecError(RequestError):
    """Every fault found in the specs, each with file, line, column and key."""

    def __init__(self, faults: Sequence[PaperfigError]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults[0].where, faults[0].what, faults[0].remedy)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def __reduce__(self) -> tuple[type["SpecError"], tuple[tuple[PaperfigError, ...]]]:
        return SpecError, (self.faults,)


class InputError(PaperfigError):
    """A file that a figure depends on is not what it was when the figure was begun."""


class ExcerptError(PaperfigError):
    """The text, its source or its tokenizer cannot be used as the spec says."""


class CheckpointError(PaperfigError):
    """The checkpoint cannot be read, or does not say what it must."""


class AttentionError(PaperfigError):
    """The attention that the spec asks for cannot be computed."""


class DrawingError(PaperfigError):
    """The picture cannot be drawn as the style asks."""


class CaptionError(PaperfigError):
    """The caption's template, or a fact that it asks for, is at fault."""


class OutputError(PaperfigError):
    """A file cannot be written, or a folder not be made."""
