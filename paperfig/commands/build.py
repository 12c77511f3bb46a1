"""`paperfig build`: makes what is not up to date."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig.commands.arguments import (
    add_adapters,
    add_device,
    add_flags,
    add_reading,
    add_specs,
    count,
)
from paperfig.commands.printing import complain, say

if TYPE_CHECKING:
    from paperfig.engine.options import Options
    from paperfig.engine.project import ProjectState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which specs, where, and how far to go."""
    add_specs(parser)
    parser.add_argument("-j", "--jobs", type=count, help="processes that draw (default: cores)")
    add_device(parser)
    add_flags(
        parser,
        ("--no-compute", "only redraw; fail where numbers are missing"),
        ("--force", "make every figure"),
        ("--keep-going", "make the others after one has failed"),
        ("--prune", "remove the files of figures that no spec asks for any more"),
        ("--dry-run", "say what would be made, and why"),
    )
    add_adapters(parser)
    add_reading(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds; 1 where a figure has failed."""
    from paperfig.commands.build_lines import BuildLines
    from paperfig.engine.build import build
    from paperfig.engine.options import Options
    from paperfig.engine.project import project_state
    from paperfig.specs.select import find_root

    options = Options(
        jobs=arguments.jobs or os.cpu_count() or 1,
        device=arguments.device,
        compute=not arguments.no_compute,
        force=arguments.force,
        keep_going=arguments.keep_going,
        prune=arguments.prune,
        rehash=arguments.rehash,
        many=arguments.many,
        allow_adapters=arguments.allow_adapters,
    )
    root, specs = find_root(Path.cwd()), arguments.specs or None
    if arguments.dry_run:
        return _say_what_would_be_made(project_state(root, specs, options), options)
    lines = BuildLines()
    built = build(root, specs, options, lines.add, lines.fault)
    for name, files in built.removed.items():
        say(f"{name}   removed   {', '.join(files)}")
    lines.limits(built.limits)
    lines.end((*built.figures, *built.faulty))
    return int(built.failed)


def _say_what_would_be_made(state: "ProjectState", options: "Options") -> int:
    """A line for each figure, and for each that would be removed; 1 where a spec is faulty.

    Raises:
        SpecError: a spec is faulty, and the others would not be made either.
    """
    if state.fault is not None:
        if not options.keep_going:
            raise state.fault
        complain(state.fault)
    for plan in state.plans:
        due = plan.action != "none"
        say(f"{plan.named.name}   {f'{plan.action}   {plan.reason}' if due else 'up to date'}")
    if options.prune:
        for name in state.left_over:
            say(f"{name}   remove   left over")
    return int(state.fault is not None)
