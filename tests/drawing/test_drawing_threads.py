"""Drawing in several threads of one process: the same figures as in one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from values_of import as_kind

from paperfig.drawing.render import render
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

THREADS = 4
READY = [kind.name for kind in KINDS.values() if not any(key.required for key in kind.keys)]
EACH = 4
WORDS = ("The", " light", "house", " κ", " stands", ",", " naïve", " white", " and", " tall")


@pytest.fixture
def figures(figure_data):
    """Four figures of each kind that needs no key of its own, each of other tokens."""

    def make(kind, index):
        words = [WORDS[(index + place) % len(WORDS)] for place in range(4 + index)]
        data = figure_data(len(words), heads=2, tokens=words)
        (entry,) = data.maps
        scores = np.where(entry.mask, -entry.weights, np.nan).astype(np.float32)
        gauge = Setting(mask=MaskRule(), kappa=(1.0, 1.0))
        entry = replace(entry, scores=scores, shown=gauge, trained=gauge)
        return as_kind(replace(data, maps=(entry,)), kind)

    return [make(kind, index) for index in range(EACH) for kind in READY]


@pytest.fixture
def hasty():
    """Threads take turns a hundred times as often as they do by themselves."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 100)
    yield
    sys.setswitchinterval(interval)


def pdf_of(data):
    """The figure as a build makes it."""
    own = {key.name: key.default for key in KINDS[data.kind].keys}
    draw = partial(KINDS[data.kind].draw, **own)
    return render(draw, data, StyleSpec(venue="icml", width="page")).pdf


@pytest.mark.usefixtures("hasty")
def test_threads_draw_what_one_thread_draws(figures):
    """Four threads, all the figures: the same bytes, and the process's settings untouched."""
    alone = list(map(pdf_of, figures))
    before = dict(mpl.rcParams)

    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(pdf_of, figures))

    assert [one == other for one, other in zip(together, alone, strict=True)] == [True] * len(
        figures
    )
    assert dict(mpl.rcParams) == before
