"""`paperfig schema`: the spec as a JSON Schema, or as the reference in docs/."""

import argparse

from paperfig.commands.arguments import add_flags
from paperfig.commands.printing import say, say_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether it is printed as Markdown."""
    add_flags(parser, ("--markdown", "as the reference in docs/"))


def run(arguments: argparse.Namespace) -> int:
    """Prints it; no project is needed."""
    from paperfig.specs.reference import json_schema, reference_markdown

    if arguments.markdown:
        say(reference_markdown().removesuffix("\n"))
    else:
        say_json(json_schema())
    return 0
