"""What a task costs: CPU time and memory in a fresh process, on one thread.

A task is a function that takes a number of tokens (and more) and returns what to do: work
without arguments, its inputs made. ``python -m benchmarks.measure benchmarks.kl:ours 3 512 8``
does it three times and says what it cost; `cost` is the same from another process.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5
TINY = 8  # tokens of the run before, which loads what is loaded late
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Task = Callable[..., Callable[[], Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a task cost.

    Attributes:
        seconds: process CPU time, the median of the runs.
        bytes: by how much the first run raised the most memory that the process held.
        size: the length of what was made, where it has one.
    """

    seconds: float
    bytes: int
    size: int


def cost(task: Task, *arguments: int | str, repeats: int = REPEATS) -> Cost:
    """What the task costs in a process of its own."""
    name = f"{task.__module__}:{task.__name__}"
    command = [sys.executable, "-m", "benchmarks.measure", name, str(repeats)]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | ONE_THREAD,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Cost(**json.loads(done.stdout))


def cost_here(task: Task, *arguments: int | str, repeats: int) -> Cost:
    """What the task costs in this process."""
    task(TINY, *arguments[1:])()
    work = task(*arguments)
    before = _reset_peak()
    begun = time.process_time()
    made = work()
    seconds = [time.process_time() - begun]
    peak = _memory("VmHWM")
    for _ in range(repeats - 1):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    size = len(made) if hasattr(made, "__len__") else 0
    return Cost(seconds=statistics.median(seconds), bytes=peak - before, size=size)


def _reset_peak() -> int:
    """Forgets how much memory was held before (Linux); how much is held now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(which: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(which))


if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    given = [int(argument) if argument.isdigit() else argument for argument in sys.argv[3:]]
    runs = int(sys.argv[2])
    found = cost_here(getattr(import_module(module), function), *given, repeats=runs)
    print(json.dumps(asdict(found)))
