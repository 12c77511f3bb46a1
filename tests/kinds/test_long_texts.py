"""512 tokens in a narrow column: every kind draws them, or says why not and what does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import torch
import yaml
from small_gpt import random_gpt

from paperfig.kinds import KINDS

Command = Callable[..., tuple[int, str, str]]
TEXT = ("The rain fell on the sea all night, and the keeper wrote it down. " * 9)[:512]
BASE: dict[str, Any] = {
    "figspec": 1,
    "tokenizer": "bytes",
    "excerpt": {"text": TEXT},
    "style": {"venue": "icml"},
}
MODEL = {"path": "run/b.pt", "name": "tiny"}
ONE: dict[str, Any] = {"checkpoint": MODEL, "head": "L0H1"}
EVERY: dict[str, Any] = {"checkpoint": MODEL}
OF_KIND: dict[str, dict[str, Any]] = {
    "map": ONE,
    "context": EVERY | {"layer": 0},
    "scores": ONE | {"kappa": [1, 2]},
    "atlas": EVERY,
    "statistics": EVERY | {"statistic": "sink", "over": "queries"},
    "compare": ONE | {"variants": {"1": {"kappa": 1}, "2": {"kappa": 2}}},
    "trend": {"checkpoints": MODEL | {"path": "run/*.pt"}, "statistic": "sink"},
    "profile": ONE,
    "lines": ONE,
    "distance": EVERY | {"layer": 0, "head": "all"},
}
REFUSED = {
    "lines": "excerpt: 512 tokens as lines are 3021 pt high; at most 50 in 300 pt, or "
    "`figure: map`, is right"
}


def test_every_kind_takes_512_tokens_or_says_what_does(project: Path, command: Command) -> None:
    """One build; each figure is as wide as its column and no longer than a page."""
    for step, name in ((5, "a"), (40, "b")):
        path = random_gpt(project / "run" / f"{name}.pt", seed=step, context=512)
        torch.save(torch.load(path) | {"iter_num": step}, path)
    for kind, keys in OF_KIND.items():
        spec = yaml.safe_dump(BASE | {"figure": kind} | keys)
        (project / "figspec" / f"{kind}.yaml").write_text(spec)
    code, _, error = command(project, "build", "--keep-going")

    assert set(OF_KIND) == set(KINDS)
    assert code == 1
    assert error.splitlines() == [f"figspec/{kind}.yaml: {REFUSED[kind]}" for kind in REFUSED]
    for kind in KINDS.keys() - REFUSED.keys():
        with pikepdf.open(project / "figures" / f"{kind}.pdf") as pdf:
            _, _, width, height = map(float, pdf.pages[0].mediabox)
        assert round(width) == 234
        assert height < 648
