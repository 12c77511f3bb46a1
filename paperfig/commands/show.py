"""`paperfig show`: the excerpt with its tokens, and each head's statistics; draws nothing."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import (
    add_adapters,
    add_device,
    add_flags,
    add_spec_options,
    share,
)
from paperfig.commands.printing import say, say_json
from paperfig.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A spec or options in place of one, and how it is shown."""
    parser.add_argument("spec", nargs="?", metavar="SPEC", help="a file or a name")
    add_spec_options(parser)
    add_device(parser)
    add_flags(parser, ("--json", "as JSON"))
    add_adapters(parser)
    parser.add_argument(
        "--entropy",
        type=share,
        default=0.5,
        metavar="H",
        help="the mean normalised entropy that κ is solved for (default: 0.5)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Shows the figures of the spec, or the one that the options stand for."""
    from paperfig.commands.show_text import as_json, as_text
    from paperfig.commands.spec_options import SpecOptions, named_spec
    from paperfig.engine.reports import ALL_HEADS, reports_on
    from paperfig.engine.session import Session
    from paperfig.project.workspace import Workspace
    from paperfig.specs.loader import load_specs
    from paperfig.specs.select import find_root, root_or_folder

    options = SpecOptions.of(vars(arguments))
    if arguments.spec is None:
        root = root_or_folder()
        specs = [named_spec(options, root, lowest=ALL_HEADS)]
    elif options.is_given():
        raise RequestError(arguments.spec, "given beside options", "one or the other is right")
    else:
        root = find_root(Path.cwd())
        specs = [*load_specs(root, [Path(arguments.spec)], lowest=ALL_HEADS)]
    workspace = Workspace(root)
    session = Session(workspace, arguments.device, allow_adapters=arguments.allow_adapters)
    reports = list(reports_on(specs, session, workspace, target=arguments.entropy))
    if arguments.json:
        say_json(as_json(reports))
    else:
        say(as_text(reports))
    return 0
