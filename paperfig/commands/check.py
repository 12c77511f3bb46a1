"""`paperfig check`: says what is not up to date, and why, and writes nothing."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import add_reading, add_specs
from paperfig.commands.printing import complain, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which specs, and how they are read."""
    add_specs(parser)
    add_reading(parser)


def run(arguments: argparse.Namespace) -> int:
    """Checks; 1 where a figure is not up to date."""
    from paperfig.commands.progress import unnamed
    from paperfig.engine.options import Options
    from paperfig.engine.plan import plan_build
    from paperfig.specs.select import find_root

    options = Options(rehash=arguments.rehash, many=arguments.many)
    plans = plan_build(find_root(Path.cwd()), arguments.specs or None, options)
    for plan in plans:
        if (warning := unnamed(plan.named)) is not None:
            complain(warning)
        if plan.status != "current":
            say(f"{plan.named.name}   {plan.status}   {plan.reason}")
        for path in plan.unverifiable:
            say(f"{plan.named.name}   {path} is absent: not verifiable here")
    stale = sum(plan.status != "current" for plan in plans)
    say(f"{len(plans) - stale} of {len(plans)} figures are up to date")
    return int(stale > 0)
