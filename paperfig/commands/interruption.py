"""Ctrl-C ends the command within a second, whatever computes.

Python raises KeyboardInterrupt in its main thread when that next runs Python, and one product
of large matrices takes longer. So a thread is told of the signal as well, and ends the process
where the main thread has not. Nothing is lost by it: files are written whole or not at all,
and processes that draw end with this one.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from paperfig.commands.printing import complain

INTERRUPTED = "interrupted"
EXIT_CODE = 130
"""What shells give a command that SIGINT has ended: 128 and the signal's number."""

PATIENCE = 0.5
"""Seconds that the main thread has to end by itself."""


@contextmanager
def ended_by_interrupt() -> Iterator[None]:
    """Lets Ctrl-C end the process soon while what is inside runs.

    Only where Ctrl-C raises KeyboardInterrupt: in the main thread, and not where a signal
    handler is set or the signal is ignored, as of commands in the background.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    done = threading.Event()
    thread = threading.Thread(target=_end, args=(heard, done), daemon=True)
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        done.set()
        os.close(told)
        thread.join()
        os.close(heard)


def _end(heard: int, done: threading.Event) -> None:
    """Ends the process half a second after SIGINT, unless it is done by then."""
    while number := os.read(heard, 1):
        if number[0] == signal.SIGINT and not done.wait(PATIENCE):
            complain(INTERRUPTED)
            os._exit(EXIT_CODE)
