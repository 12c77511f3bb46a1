"""Printing: results go to stdout, warnings and faults to stderr."""

import json
import sys


def say(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: object) -> None:
    """The result for a script."""
    say(json.dumps(value, indent=1))


def complain(text: object) -> None:
    """A line about the result."""
    sys.stderr.write(f"{text}\n")
