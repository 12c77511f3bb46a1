"""Commands that compute nothing, against an interpreter that does nothing.

`--help` may import no library, `schema` the spec's alone, and `check` what tells whether the
inputs of a hundred figures have changed, which here they all have.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import REPEATS
from benchmarks.nothing import median, project, run
from benchmarks.rows import Row, limited

HELP, SCHEMA, CHECK = 0.060, 0.250, 0.500  # seconds above the interpreter's own
PAPERFIG = (sys.executable, "-m", "paperfig")


def rows(n_spec: int = 100) -> Iterator[Row]:
    """CPU time of each command, and of ``python -c pass``."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stale_project(folder, n_spec)
        python = median([sys.executable, "-c", "pass"], folder)
        for what, arguments, allowed, code in (
            ("--help", ["--help"], HELP, 0),
            ("schema", ["schema"], SCHEMA, 0),
            (f"check, {n_spec} specs out of date", ["check"], CHECK, 1),
        ):
            command = [*PAPERFIG, *arguments]
            ours = median(command, folder, runs=REPEATS, code=code)
            yield limited(what, ours, python, "s", at_most=python + allowed)


def stale_project(folder: Path, n_spec: int) -> None:
    """Builds a project, then changes what every figure shows."""
    project(folder, n_spec)
    run([*PAPERFIG, "build"], folder)
    for path in (folder / "figspec").iterdir():
        spec = path.read_text(encoding="utf-8").replace("kappa: ", "kappa: 1")
        path.write_text(spec, encoding="utf-8")
