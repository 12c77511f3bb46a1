"""Printing: results go to stdout, warnings and faults to stderr.

On any terminal, into a pipe that is closed half way, and where there is no stream at all.
"""

import json
import os
import sys
from io import TextIOWrapper


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
    write("stdout", f"{text}\n")


def say_json(value: object) -> None:
    """The result for a script."""
    say(as_json(value))


def as_json(value: object) -> str:
    """JSON in lines, in ASCII: for any terminal, and for a file of ours."""
    return json.dumps(value, indent=1)


def complain(text: object) -> None:
    """A line about the result."""
    write("stderr", f"{text}\n")


def write(name: str, text: str) -> None:
    """Writes to a stream at once; what reads it may have ended, and the command goes on."""
    stream = getattr(sys, name)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
