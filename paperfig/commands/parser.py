"""The commands by name, and the parser that imports only the one that is asked for."""

import argparse
import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from paperfig import __version__
from paperfig.commands.printing import complain, say
from paperfig.errors import RequestError

COMMANDS = {
    "build": "make what is not up to date",
    "check": "say what is not up to date, and why; write nothing",
    "draw": "a figure and its caption from options, without a spec",
    "show": "the excerpt with its tokens, and each head's statistics",
    "new": "write a commented spec",
    "init": "lay out a project",
    "schema": "the spec as a JSON Schema, for editors",
    "trust": "let the code that a project's specs name be run",
    "doctor": "what is installed, and what is missing",
}
"""What each command does. A command is the module of its name beside this one, which has
``add_arguments(parser)`` and ``run(arguments)``; the latter returns the exit code."""


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code.

    Raises:
        PaperfigError: a fault that the user can correct.
    """
    parsed = _parser().parse_args(arguments)
    # Not loaded for help, which has been printed by now.
    from paperfig.commands.interruption import ended_by_interrupt
    from paperfig.commands.progress_display import progress_shown

    # Read when torch is loaded: threads that wait by spinning starve each other, and the
    # processes that draw, where cores are shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with ended_by_interrupt(), progress_shown():
        return int(parsed.run(parsed))


class Parser(argparse.ArgumentParser):
    """Faults in one line, as everywhere, and help printed as all else is."""

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ARG002
        """What argparse has to say, on stdout: faults go through `error`."""
        say(message.removesuffix("\n"))

    def error(self, message: str) -> None:  # type: ignore[override]
        """Says what is wrong, and ends."""
        fault = RequestError(self.prog, message, f"see `{self.prog} --help`")
        complain(fault)
        raise SystemExit(fault.exit_code)


class CommandParser(Parser):
    """The parser of one command, which imports the command's module when it has to parse."""

    def __init__(self, *, command: str, **settings: Any) -> None:
        super().__init__(**settings)
        self._command = command
        self.add_argument("--debug", action="store_true", help="show tracebacks")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of any parser, with the command's own arguments."""
        module = import_module(f"paperfig.commands.{self._command}")
        module.add_arguments(self)
        self.set_defaults(run=module.run)
        return super().parse_known_args(args, namespace)


def _parser() -> Parser:
    parser = Parser(prog="paperfig", description="Attention figures for papers.")
    parser.add_argument("--version", action="version", version=f"paperfig {__version__}")
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", parser_class=CommandParser
    )
    for name, text in COMMANDS.items():
        commands.add_parser(name, command=name, help=text, description=text)
    return parser
