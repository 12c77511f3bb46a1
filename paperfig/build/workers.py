"""Where drawing runs: here, or in worker processes that never import torch."""

import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker

from paperfig.build.pipeline import Finished, Job, draw_and_caption

Submit = Callable[[Job], "Future[Finished]"]

WORTH_A_WORKER = 4
"""Figures below which starting a worker (0.6 s of imports) costs more than it saves."""


@contextmanager
def drawing(figures: int, jobs: int) -> Iterator[Submit]:
    """A way to submit drawings: to ``jobs`` processes where there are enough figures.

    The processes come from a server that is started here, before torch computes: a fork
    of a process whose torch threads run hangs (measured; facts, performance §4).
    """
    if jobs < 2 or figures < WORTH_A_WORKER:  # noqa: PLR2004
        yield _here
        return
    context = get_context("forkserver")
    context.set_forkserver_preload(["paperfig.drawing.render", "paperfig.captions.render"])
    with ProcessPoolExecutor(min(jobs, figures), mp_context=context) as pool:
        with _uninterrupted():
            first = pool.submit(_started)
        first.result()
        try:
            yield lambda job: pool.submit(draw_and_caption, job)
        finally:
            pool.shutdown(cancel_futures=True)


def _here(job: Job) -> "Future[Finished]":
    """The drawing, done at once; a fault is raised where the result is asked for."""
    future: Future[Finished] = Future()
    try:
        future.set_result(draw_and_caption(job))
    except BaseException as error:  # noqa: BLE001 - handed on, as an executor does
        future.set_exception(error)
    return future


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the end; processes started inside never get one: theirs is to finish.

    They inherit the signal's mask. Starting Python's resource tracker lifts it, so that it
    is started before.

    Raises:
        KeyboardInterrupt: at the end, if one came.
    """
    resource_tracker.ensure_running()
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if came:
        raise KeyboardInterrupt


def _started() -> Mapping[str, bytes]:
    return {}
