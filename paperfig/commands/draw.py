"""`paperfig draw`: one figure and its caption, from options in place of a spec."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import add_adapters, add_device, add_figure, add_new_spec
from paperfig.commands.printing import say
from paperfig.errors import RequestError

PICTURES = ("pdf", "svg", "png")
"""The suffixes of ``--out``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is drawn, and where to."""
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
    from paperfig.commands.new import new_spec_of
    from paperfig.commands.spec_options import SpecOptions, named_spec, root_or_folder
    from paperfig.engine.reports import ALL_HEADS
    from paperfig.engine.session import Session
    from paperfig.engine.single import drawn_alone
    from paperfig.project.output import write_group
    from paperfig.project.workspace import Workspace

    out = arguments.out or Path("attention.pdf")
    picture = out.suffix.removeprefix(".")
    if picture not in PICTURES:
        right = "a .pdf, .svg or .png file is right"
        raise RequestError(out, "no picture that is drawn", right)
    root, options = root_or_folder(), vars(arguments)
    write_spec = None
    if arguments.spec is not None:
        head = {"head": "all"} if arguments.head is None else {}
        write_spec = new_spec_of(arguments.spec, options | head)
    style = {} if picture == "pdf" else {"style": {"formats": [picture]}}
    named = named_spec(
        SpecOptions.of(options),
        root,
        lowest={**ALL_HEADS, **style},
        name=out.stem,
        model_name=arguments.model_name,
    )
    workspace = Workspace(root)
    session = Session(workspace, arguments.device, allow_adapters=arguments.allow_adapters)
    files = drawn_alone(named, session, workspace).files
    wanted = [picture, "caption.tex", "tex"]
    folder = out.parent.absolute()
    write_group({folder / f"{out.stem}.{end}": files[end] for end in wanted}, workspace)
    say(files["caption.tex"].decode("ascii").rstrip("%\n"))
    say(f"{out} drawn, {out.stem}.caption.tex and {out.stem}.tex beside it")
    if write_spec is not None:
        write_spec()
    return 0
