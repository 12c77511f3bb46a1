"""Printing: results go to stdout, warnings and faults to stderr.

On any terminal, into a pipe that is closed half way, and where there is no stream at all.
"""

import json
import os
import sys
from _thread import RLock
from io import TextIOWrapper

_TAKE_BACK = "\r\033[K"
"""To the beginning of the line, and delete what stands there (ECMA-48, EL)."""


class _Output:
    """What has been written.

    Attributes:
        writing: held while something is; the thread that shows progress writes as well.
        lines: how many lines so far.
        status: what stands on the terminal's last line until something else is written.
    """

    def __init__(self) -> None:
        self.writing, self.lines, self.status = RLock(), 0, ""


_output = _Output()


def accept_any_terminal() -> None:
    """Makes both streams take every character: what their encoding lacks as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell, as in `paperfig check >&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """A line of the result."""
    _write_line("stdout", text)


def say_json(value: object) -> None:
    """The result for a script."""
    say(as_json(value))


def as_json(value: object) -> str:
    """JSON in lines, in ASCII: for any terminal, and for a file of ours."""
    return json.dumps(value, indent=1)


def complain(text: object) -> None:
    """A line about the result."""
    _write_line("stderr", f"{text}")


def show_status(text: str) -> None:
    """Shows a text on the last line of a terminal, in place of the last; empty for none."""
    with _output.writing:
        if text != _output.status:
            _write("stderr", _TAKE_BACK + text)
            _output.status = text


def lines_written() -> int:
    """How many lines there are so far, on either stream."""
    return _output.lines


def _write_line(name: str, text: str) -> None:
    with _output.writing:
        show_status("")
        _write(name, f"{text}\n")
        _output.lines += 1


def _write(name: str, text: str) -> None:
    """Writes to a stream at once; what reads it may have ended, and the command goes on."""
    stream = getattr(sys, name)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
