"""Command-line arguments: their kinds, their faults, and the options that stand for a spec."""

import argparse
import sys

from paperfig.errors import RequestError


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def index(text: str) -> int:
    """A whole number of at least 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return int(text)


def share(text: str) -> float:
    """A number between 0 and 1, neither of them."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1")
    return value


def add_shorthand(parser: argparse.ArgumentParser) -> None:
    """The options that stand for a spec's keys of the same names."""
    group = parser.add_argument_group("in place of a spec")
    for flag, kind, metavar, text in (
        ("--checkpoint", str, "FILE", "the checkpoint"),
        ("--tokenizer", str, "NAME", "the tokenizer (default: found beside the checkpoint)"),
        ("--layer", index, "L", "the layer, counted from 0"),
        ("--head", str, "H", "the head: 2, L0H2, 0,1, all"),
        ("--text", str, "TEXT", "the text itself"),
        ("--dataset", str, "NAME", "a data set: wikitext-2, a Hub name, a file or folder"),
        ("--split", str, "SPLIT", "its split (default: validation, where it has splits)"),
        ("--start", index, "I", "from this token of the split"),
        ("--find", str, "PHRASE", "from where this phrase begins"),
        ("--length", count, "N", "how many tokens"),
        ("--random", count, "N", "random token ids"),
        ("--count", count, "N", "several excerpts, or draws of random ids"),
        ("--seed", index, "S", "of what is random"),
    ):
        group.add_argument(flag, type=kind, metavar=metavar, help=text)


class Parser(argparse.ArgumentParser):
    """Faults in one line, as everywhere."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Says what is wrong, and ends."""
        raise SystemExit(self._fault(message))

    def _fault(self, message: str) -> int:
        sys.stderr.write(f"{RequestError(self.prog, message, f'see `{self.prog} --help`')}\n")
        return RequestError.exit_code
