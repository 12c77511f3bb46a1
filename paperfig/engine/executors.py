"""Where drawing runs: here, or in worker processes that never import torch.

A helper process imports what drawing needs, once, and forks a worker for each of a set of
sockets. It is an interpreter of its own, so that no worker is a fork of a process whose torch
threads run (such a fork hangs), and it runs with ``-P``, so that nothing is imported from the
working folder. A worker ends when its socket does, which is whenever this process ends,
however that comes about: no handler and no clean-up is needed for it.
"""

import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BufferedRWPair
from pathlib import Path
from typing import NoReturn

from paperfig.engine.figure import DrawingJob, DrawnFiles, draw_and_caption
from paperfig.errors import DrawingError
from paperfig.progress import working

Submit = Callable[[DrawingJob], "Future[DrawnFiles]"]

WORTH_A_WORKER = 4
"""Figures below which starting a worker (0.6 s of imports) costs more than it saves."""

_PACKAGE_AT = Path(__file__).parents[2]
_HELPER = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from paperfig.engine.executors import serve; serve([int(end) for end in sys.argv[2:]])"
)


@contextmanager
def drawing(figures: int, jobs: int) -> Iterator[Submit]:
    """A way to submit drawings: to ``jobs`` processes where there are enough figures."""
    if jobs < 2 or figures < WORTH_A_WORKER:  # noqa: PLR2004
        yield _here
        return
    with _workers(min(jobs, figures)) as streams:
        workers, threads = _Workers(streams), ThreadPoolExecutor(len(streams))
        try:
            yield lambda job: threads.submit(workers.draw, job)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _workers(count: int) -> Iterator[Sequence[BufferedRWPair]]:
    """A stream to each of some workers; they are gone when this ends."""
    pairs = [socket.socketpair() for _ in range(count)]
    theirs = [end.fileno() for _, end in pairs]
    helper = subprocess.Popen(  # noqa: S603 - this interpreter, on code of ours
        [sys.executable, "-P", "-c", _HELPER, os.fspath(_PACKAGE_AT), *map(str, theirs)],
        pass_fds=theirs,
        stdin=subprocess.DEVNULL,
        process_group=0,
    )
    streams = [ours.makefile("rwb") for ours, _ in pairs]
    try:
        for _, end in pairs:
            end.close()
        yield streams
    finally:
        os.killpg(helper.pid, signal.SIGKILL)
        helper.wait()
        for (ours, _), stream in zip(pairs, streams, strict=True):
            ours.close()  # as soon as its stream is
            with suppress(OSError):  # what was still to be sent
                stream.close()


class _Workers:
    """Worker processes, each with one drawing at a time.

    Args:
        streams: one to each.
    """

    def __init__(self, streams: Sequence[BufferedRWPair]) -> None:
        self._alive, self._counting = len(streams), threading.Lock()
        self._free: queue.SimpleQueue[BufferedRWPair] = queue.SimpleQueue()
        for stream in streams:
            self._free.put(stream)

    def draw(self, job: DrawingJob) -> DrawnFiles:
        """The drawing, by a worker that has nothing else to do.

        Raises:
            DrawingError: the worker has ended; the others go on.
        """
        stream = self._free.get()
        try:
            pickle.dump(job, stream)
            stream.flush()
            is_drawn, answer = pickle.load(stream)  # noqa: S301 - of our own process
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            with self._counting:
                if self._alive == 1:  # what waits for a worker is to fail, not to wait for ever
                    self._free.put(stream)
                else:
                    self._alive -= 1
            what, remedy = "the process that drew it has ended", "memory may be short: lower -j"
            raise DrawingError(job.name, what, remedy) from error
        self._free.put(stream)
        if not is_drawn:
            raise answer
        finished: DrawnFiles = answer
        return finished


def _here(job: DrawingJob) -> "Future[DrawnFiles]":
    """The drawing, done at once; a fault is raised where the result is asked for."""
    future: Future[DrawnFiles] = Future()
    try:
        with working(f"drawing {job.name}"):
            future.set_result(draw_and_caption(job))
    except BaseException as error:  # noqa: BLE001 - handed on, as an executor does
        future.set_exception(error)
    return future


def serve(ends: list[int]) -> NoReturn:
    """The helper: imports once, forks a worker for each socket, and waits for their end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter
    import paperfig.captions.render
    import paperfig.drawing.render  # noqa: F401

    while ends:
        end = ends.pop()
        if os.fork() == 0:
            for other in ends:  # else a socket outlives the worker that it is of
                os.close(other)
            _work(socket.socket(fileno=end).makefile("rwb"))
        os.close(end)
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _work(stream: BufferedRWPair) -> NoReturn:
    """Draws what comes, until the stream ends."""
    jobs: queue.SimpleQueue[DrawingJob] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(stream, jobs), daemon=True).start()
    while True:
        job = jobs.get()
        try:
            answer = pickle.dumps((True, draw_and_caption(job)))
        except BaseException as error:  # noqa: BLE001 - handed on, as an executor does
            answer = pickle.dumps((False, error))
        stream.write(answer)
        stream.flush()


def _receive(stream: BufferedRWPair, jobs: "queue.SimpleQueue[DrawingJob]") -> NoReturn:
    """Reads ahead of the drawing, so that the parent's end ends it at once."""
    try:
        while True:
            jobs.put(pickle.load(stream))  # noqa: S301 - of our own process
    except BaseException:  # noqa: BLE001 - whatever ends the stream ends the worker
        os._exit(0)
