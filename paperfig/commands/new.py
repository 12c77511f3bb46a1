"""`paperfig new`: writes the commented spec of a new figure."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import add_spec_options
from paperfig.commands.new_files import write_text
from paperfig.commands.printing import say
from paperfig.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The figure's name, and what of its spec is known."""
    parser.add_argument("name", metavar="NAME", help="the figure's name")
    add_spec_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes what the options say, and an example for the rest.

    Raises:
        RequestError: the name is no figure's name, there is such a spec, or the options
            are no spec.
    """
    import yaml

    from paperfig.commands.spec_options import SpecOptions, checked
    from paperfig.specs.select import find_root
    from paperfig.specs.starter import starter_spec

    root, name = find_root(Path.cwd()), arguments.name
    text = starter_spec(name, **SpecOptions.of(vars(arguments)).mapping(root))
    checked(yaml.safe_load(text))
    path = root / "figspec" / f"{name}.yaml"
    shown = path.relative_to(root)
    if path.exists():
        raise RequestError(name, f"{shown} exists", "choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    say(f"{shown} written; next: paperfig build {name}")
    return 0
