"""`paperfig new`: writes the commented spec of a new figure."""

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paperfig.commands.arguments import add_new_spec
from paperfig.commands.new_files import lay_schema, make_folder, write_text
from paperfig.commands.printing import say
from paperfig.errors import RequestError
from paperfig.project.index import FIGSPEC


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The figure's name, and what of its spec is known."""
    parser.add_argument("name", metavar="NAME", help="the figure's name")
    add_new_spec(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes what the options say, and an example for the rest."""
    new_spec_of(arguments.name, vars(arguments))()
    return 0


def new_spec_of(name: str, options: Mapping[str, Any]) -> Callable[[], None]:
    """A spec with what a command's options say: what writes it, and tells what to do next.

    Args:
        name: the figure's name.
        options: those of `arguments.add_new_spec`.

    Raises:
        RequestError: the name is no figure's name, there is such a spec, or the options
            are no spec.
    """
    from paperfig.commands.spec_options import new_spec
    from paperfig.specs.select import find_root

    root = find_root(Path.cwd())
    path = root / FIGSPEC / f"{name}.yaml"
    text = new_spec(name, options, path=path, root=root)
    shown = path.relative_to(root)
    if path.exists():
        raise RequestError(name, f"{shown} exists", "choose another name")

    def write() -> None:
        make_folder(path.parent)
        write_text(path, text)
        for line in lay_schema(Path(os.path.relpath(root))):
            say(line)
        is_named = options["checkpoint"] or options.get("recorded")
        edit = "" if is_named else "name your checkpoint in it, then "
        say(f"{shown} written; next: {edit}paperfig build {name}")

    return write
