"""`paperfig check`: says what is not up to date, and why, and writes nothing."""

import argparse
from pathlib import Path

from paperfig.commands.arguments import add_reading, add_specs
from paperfig.commands.printing import complain, say
from paperfig.project.index import is_left_over


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which specs, and how they are read."""
    add_specs(parser)
    add_reading(parser)


def run(arguments: argparse.Namespace) -> int:
    """Checks; 1 where a figure is not up to date."""
    from paperfig.commands.warnings import unnamed
    from paperfig.engine.options import Options
    from paperfig.engine.project import project_state
    from paperfig.specs.select import find_root

    options = Options(rehash=arguments.rehash, many=arguments.many)
    state = project_state(find_root(Path.cwd()), arguments.specs or None, options)
    if state.fault is not None:
        complain(state.fault)
    for plan in state.plans:
        if (warning := unnamed(plan)) is not None:
            complain(warning)
        if plan.status != "current":
            say(f"{plan.named.name}   {plan.status}   {plan.reason}")
        for path in plan.unverifiable:
            say(f"{plan.named.name}   {path} is absent: not verifiable here")
    for path, what in state.stale_files.items():
        say(f"{path}   stale   it {what}")
    for name in state.left_over:
        say(is_left_over(name))
    stale = sum(plan.status != "current" for plan in state.plans)
    say(f"{len(state.plans) - stale} of {len(state.plans)} figures are up to date")
    return int(stale > 0 or bool(state.stale_files) or state.fault is not None)
