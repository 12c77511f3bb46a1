"""`paperfig draw`: one figure and its caption, from options in place of a spec."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import add_adapters, add_device, add_figure, add_spec_options
from paperfig.commands.printing import say
from paperfig.errors import RequestError

PICTURES = ("pdf", "svg", "png")
"""The suffixes of ``--out``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is drawn, where to, and the spec that would make it."""
    add_spec_options(parser)
    add_figure(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="attention.pdf, or .svg, .png (default: pdf)"
    )
    add_device(parser)
    add_adapters(parser)


def run(arguments: argparse.Namespace) -> int:
    """Draws, and prints the caption.

    Raises:
        RequestError: ``--out`` names no picture.
    """
    from paperfig.commands.spec_options import SpecOptions, named_spec, root_or_folder
    from paperfig.engine.reports import ALL_HEADS
    from paperfig.engine.session import Session
    from paperfig.engine.single import drawn_alone
    from paperfig.project.output import write_group
    from paperfig.project.workspace import Workspace

    out = arguments.out or Path("attention.pdf")
    picture = out.suffix.removeprefix(".")
    if picture not in PICTURES:
        raise RequestError(
            out, "no picture that is drawn", "a .pdf, .svg or .png file is right"
        )
    root, options = root_or_folder(), SpecOptions.of(vars(arguments))
    style = {} if picture == "pdf" else {"style": {"formats": [picture]}}
    named = named_spec(options, root, lowest={**ALL_HEADS, **style}, name=out.stem)
    workspace = Workspace(root)
    session = Session(workspace, arguments.device, allow_adapters=arguments.allow_adapters)
    files = drawn_alone(named, session, workspace).files
    wanted = [picture, "caption.tex", "tex"]
    folder = out.parent.absolute()
    write_group({folder / f"{out.stem}.{end}": files[end] for end in wanted}, workspace)
    say(files["caption.tex"].decode("ascii").rstrip("%\n"))
    say(f"{out} drawn, {out.stem}.caption.tex and {out.stem}.tex beside it")
    return 0
