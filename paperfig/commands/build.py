"""`paperfig build`: makes what is not up to date."""

import argparse
import os
from pathlib import Path

from paperfig.commands.arguments import (
    add_adapters,
    add_device,
    add_flags,
    add_reading,
    add_specs,
    count,
)
from paperfig.commands.printing import say


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
        ("--dry-run", "say what would be made, and why"),
    )
    add_adapters(parser)
    add_reading(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds; 1 where a figure has failed."""
    from paperfig.commands.progress import Progress
    from paperfig.engine.build import BuildResult, build
    from paperfig.engine.options import Options
    from paperfig.engine.plan import plan_build
    from paperfig.specs.select import find_root

    options = Options(
        jobs=arguments.jobs or os.cpu_count() or 1,
        device=arguments.device,
        compute=not arguments.no_compute,
        force=arguments.force,
        keep_going=arguments.keep_going,
        rehash=arguments.rehash,
        many=arguments.many,
        allow_adapters=arguments.allow_adapters,
    )
    root, specs = find_root(Path.cwd()), arguments.specs or None
    if arguments.dry_run:
        for plan in plan_build(root, specs, options):
            due = plan.action != "none"
            what = f"{plan.action}   {plan.reason}" if due else "up to date"
            say(f"{plan.named.name}   {what}")
        return 0
    progress = Progress()
    results = build(root, specs, options, progress.add)
    progress.end(results)
    return int(any(isinstance(result, BuildResult) and result.error for result in results))
