"""The command. A build with nothing to do ends before anything heavy is imported."""

import os
import sys

from paperfig.commands.printing import accept_any_terminal, complain, say
from paperfig.project.index import FIGSPEC, current_figures, figures_are, is_left_over

QUICK_FLAGS = ("--keep-going", "--no-compute", "--allow-adapters")
QUICK_VALUES = ("-j", "--jobs", "--device")

BROKEN = 70
"""The exit code of a fault of ours (EX_SOFTWARE of sysexits.h)."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command; the exit code: 0 done, 1 failed or stale, 2 a wrong request."""
    arguments = sys.argv[1:] if argv is None else argv
    accept_any_terminal()
    quick = nothing_to_do(arguments)
    if quick is not None:
        figures, left_over = quick
        for name in left_over if arguments[0] == "check" else ():
            say(is_left_over(name))
        say(f"nothing to do: {figures_are(figures)} up to date")
        return 0
    try:
        from paperfig.commands.parser import run

        return run(arguments)
    except SystemExit:
        raise
    except BaseException as error:  # the one place where any fault ends, a panic in Rust too
        if "--debug" in arguments:
            raise
        line, code = _ending(error)
        complain(line)
        return code


def run() -> None:
    """The command as a process; one that Ctrl-C has ended is gone at once.

    What Python does at its end, with the modules of torch and transformers loaded, takes a
    second, and many on a busy machine.
    """
    code = main()
    if code:
        from paperfig.commands.interruption import EXIT_CODE

        if code == EXIT_CODE:
            os._exit(code)
    sys.exit(code)


def _ending(error: BaseException) -> tuple[str, int]:
    """What is said of a fault, in one line, and the exit code."""
    from paperfig.errors import PaperfigError

    match error:
        case PaperfigError():
            return str(error), error.exit_code
        case KeyboardInterrupt():
            from paperfig.commands.interruption import EXIT_CODE, INTERRUPTED

            return INTERRUPTED, EXIT_CODE
        case OSError(filename=path, strerror=str(why)):
            return f"{path or 'paperfig'}: {why}", 1
    fault = " ".join(f"{type(error).__name__}: {error}".split())
    return f"paperfig: {fault}; --debug shows where", BROKEN


def nothing_to_do(arguments: list[str]) -> tuple[int, list[str]] | None:
    """How many figures are up to date and what is left over, where a command says no more."""
    if not arguments or arguments[0] not in ("build", "check"):
        return None
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in QUICK_VALUES:
            next(rest, None)
        elif argument not in QUICK_FLAGS:
            return None
    root = os.getcwd()  # noqa: PTH109
    while not os.path.isdir(os.path.join(root, FIGSPEC)):  # noqa: PTH112, PTH118
        above = os.path.dirname(root)  # noqa: PTH120
        if above == root:
            return None
        root = above
    return current_figures(root)
