"""A hundred figures in one build, against a hundred builds of one figure each.

Four checkpoints, 25 passages of 128 tokens each, labelled. A build of one figure is timed a
few times and counted a hundredfold. Four copies of the demo's gauge model, and four small
Hugging Face folders of one make.
"""

import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import REPEATS, ROOT
from benchmarks.nothing import cpu_seconds, run
from benchmarks.rows import Row, versus

CHECKPOINTS, PASSAGES, TOKENS = 4, 25, 128
STEP = 20  # tokens from one passage to the next
SPEC = """\
figspec: 1
checkpoint: {{path: {model}, name: benchmark}}
tokenizer: demo.tiktoken
excerpt: {{dataset: text, start: {start}, length: {length}}}
head: L0H{head}
"""

Make = Callable[[Path], None]


def rows() -> Iterator[Row]:
    """CPU time where one process does all, and time by the clock where two draw."""
    for name, make, goal in (("gauge models", gauge, 10), ("Hugging Face", hugging_face, 20)):
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            count = project(folder, make)
            one, several = build("-j", "1", "model0-0"), build("-j", "1")
            alone = [_both(one, folder) for _ in range(REPEATS)]
            together = [_both(several, folder) for _ in range(REPEATS)]
            by_clock = [_both(build("-j", "2"), folder)[1] for _ in range(REPEATS)]
        cpu, clock = (count * statistics.median(times) for times in zip(*alone, strict=True))
        ours = statistics.median(cpu for cpu, _ in together)
        yield versus(f"{count} figures, {name}", ours, cpu, "s", at_least=goal)
        what = "  by the clock, -j 2"
        yield versus(what, statistics.median(by_clock), clock, "s", at_least=goal)


def project(folder: Path, make: Make, passages: int = PASSAGES) -> int:
    """A project of models and specs; how many figures it has."""
    (folder / "figspec").mkdir()
    (folder / "text").mkdir()
    for path in (ROOT / "demo" / "text" / "validation").iterdir():
        shutil.copy(path, folder / "text")
    for suffix in ("tiktoken", "tiktoken.json"):
        shutil.copy(ROOT / "demo" / f"tokenizer.{suffix}", folder / f"demo.{suffix}")
    for model in range(CHECKPOINTS):
        make(folder / f"model{model}")
        for passage in range(passages):
            spec = SPEC.format(
                model=f"model{model}", start=passage * STEP, length=TOKENS, head=passage % 4
            )
            name = f"model{model}-{passage}.yaml"
            (folder / "figspec" / name).write_text(spec, encoding="utf-8")
    return CHECKPOINTS * passages


def gauge(path: Path) -> None:
    """The demo's gauge model."""
    shutil.copy(ROOT / "demo" / "gauge.pt", path)


def hugging_face(path: Path) -> None:
    """A small random GPT-2 as a folder."""
    from transformers import GPT2Config, GPT2Model
    from transformers.utils import logging

    logging.disable_progress_bar()
    config = GPT2Config(vocab_size=1012, n_positions=TOKENS, n_embd=64, n_layer=2, n_head=4)
    GPT2Model(config).save_pretrained(path)


def build(*options: str) -> list[str]:
    """The command that makes every figure, or those named."""
    return [sys.executable, "-m", "paperfig", "build", "--force", *options]


def _both(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU time and time by the clock."""
    begun, before = time.monotonic(), cpu_seconds()
    run(command, folder)
    return cpu_seconds() - before, time.monotonic() - begun
