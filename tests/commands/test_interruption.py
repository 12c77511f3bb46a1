"""Ctrl-C ends the command soon, also while a single long operation computes."""

import signal
import subprocess
import sys
import time

import pytest

COMPUTING = """
import hashlib, sys, time
from paperfig.commands.interruption import ended_by_interrupt
with ended_by_interrupt():
    print("begun", flush=True)
    {work}
"""
ONE_OPERATION = "hashlib.pbkdf2_hmac('sha256', b'key', b'salt', 10**9)  # minutes, in C"


def interrupted(work: str, number: int) -> tuple[int, str, float]:
    """Exit code, stderr and the seconds until the end of what a signal interrupts."""
    with subprocess.Popen(
        [sys.executable, "-c", COMPUTING.format(work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        sent = time.monotonic()
        process.send_signal(number)
        try:
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
        return process.returncode, said, time.monotonic() - sent


def test_one_long_operation_is_no_hindrance() -> None:
    """Python itself would wait for its end before it heard of the signal."""
    code, said, seconds = interrupted(ONE_OPERATION, signal.SIGINT)
    assert (code, said) == (130, "interrupted\n")
    assert seconds < 10, "half a second, on a quiet machine; else minutes"


def test_sigterm_ends_it_at_once() -> None:
    """A shell says 143."""
    code, said, _ = interrupted(ONE_OPERATION, signal.SIGTERM)
    assert (code, said) == (-signal.SIGTERM, "")


def test_python_that_hears_of_it_ends_by_itself() -> None:
    """With all that it has to tidy up."""
    work = """
    try:
        time.sleep(60)
    finally:
        print("tidied up", file=sys.stderr)
        sys.exit(3)"""
    code, said, _ = interrupted(work, signal.SIGINT)
    assert (code, said) == (3, "tidied up\n")


@pytest.mark.parametrize(("code", "said"), [(130, ""), (1, "tidied up\n"), (0, "tidied up\n")])
def test_the_process_of_an_interrupted_command_is_gone_at_once(code: int, said: str) -> None:
    """What Python does at its end is for the others."""
    lines = (
        "import atexit; from paperfig import cli",
        "atexit.register(print, 'tidied up')",
        f"cli.main = lambda: {code}",
        "cli.run()",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, said)


def test_a_program_with_a_handler_of_its_own_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set where Ctrl-C is not Python's own."""
    from paperfig.commands.interruption import ended_by_interrupt

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    monkeypatch.setattr(signal, "set_wakeup_fd", None)
    try:
        with ended_by_interrupt():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
