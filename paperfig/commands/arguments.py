"""Arguments that several commands take, and the types of their numbers."""

import argparse
from pathlib import Path


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


def add_specs(parser: argparse.ArgumentParser) -> None:
    """The specs that a command is about; none for all."""
    parser.add_argument(
        "specs", nargs="*", type=Path, metavar="SPEC", help="files, folders or names"
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How the specs and the files that they name are read."""
    add_flags(
        parser,
        ("--rehash", "read every file, whatever its times say"),
        ("--many", "let `each` make more than 1,000 figures"),
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def add_adapters(parser: argparse.ArgumentParser) -> None:
    """Whether code that specs name may run."""
    add_flags(parser, ("--allow-adapters", "run the code that specs name"))


def add_flags(parser: argparse.ArgumentParser, *flags: tuple[str, str]) -> None:
    """Options without a value, each with its help."""
    for flag, text in flags:
        parser.add_argument(flag, action="store_true", help=text)


def add_figure(parser: argparse.ArgumentParser) -> None:
    """The kind of figure."""
    parser.add_argument("--figure", metavar="KIND", help="the kind of figure (default: map)")


def add_spec_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The options that stand for a spec's keys of the same names, as a group."""
    group = parser.add_argument_group("keys of a spec")
    for flag, kind, metavar, text in (
        ("--checkpoint", str, "FILE", "the checkpoint"),
        (
            "--tokenizer",
            str,
            "NAME",
            "the tokenizer, or '{key: value}' (default: found beside the checkpoint)",
        ),
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
    return group


def add_new_spec(parser: argparse.ArgumentParser) -> None:
    """What is known of a spec that will be written."""
    group = add_spec_options(parser)
    group.add_argument("--model-name", metavar="NAME", help="what the caption calls the model")
