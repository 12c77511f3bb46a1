"""`paperfig draw`: one figure and its caption, from options in place of a spec."""

import argparse
from functools import partial
from pathlib import Path

from paperfig.commands.arguments import add_adapters, add_device, add_figure, add_new_spec
from paperfig.commands.printing import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is drawn, and where to."""
    parser.add_argument(
        "recorded",
        nargs="?",
        metavar="FILE",
        help="attention that was computed elsewhere, .npz or .safetensors, in place of a model",
    )
    add_new_spec(parser)
    add_figure(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a .pdf, .svg or .png (default: attention.pdf)"
    )
    parser.add_argument("--spec", metavar="NAME", help="write the spec that makes it as well")
    add_device(parser)
    add_adapters(parser)


def run(arguments: argparse.Namespace) -> int:
    """Draws, and prints the caption.

    Raises:
        RequestError: ``--out`` names no picture, the options are no spec, or ``--spec``
            cannot be written; nothing is drawn then.
    """
    from paperfig.api.figure import Figure, picture_of
    from paperfig.commands.new import new_spec_of
    from paperfig.commands.spec_options import SpecOptions, named_spec
    from paperfig.engine.computing import values_alone
    from paperfig.engine.reports import ALL_HEADS
    from paperfig.engine.session import Session
    from paperfig.project.output import writing
    from paperfig.project.workspace import Workspace
    from paperfig.specs.select import root_or_folder

    out = arguments.out or Path("attention.pdf")
    picture_of(out)
    root, options = root_or_folder(), vars(arguments)
    write_spec = None
    if arguments.spec is not None:
        head = {"head": "all"} if arguments.head is None else {}
        write_spec = new_spec_of(arguments.spec, options | head)
    named = named_spec(
        SpecOptions.of(options),
        root,
        lowest=ALL_HEADS,
        name=out.stem,
        model_name=arguments.model_name,
    )
    workspace = Workspace(root)
    session = Session(workspace, arguments.device, allow_adapters=arguments.allow_adapters)
    figure = Figure(named, workspace, partial(values_alone, named, session, workspace))
    caption = figure.caption  # no folder is made for a figure that has a fault
    with writing(out, workspace):
        out.parent.mkdir(parents=True, exist_ok=True)
    figure.save(out)
    say(caption)
    say(f"{out} drawn, {out.stem}.caption.tex and {out.stem}.tex beside it")
    if write_spec is not None:
        write_spec()
    return 0
