"""Attention that is in memory already: ours against bertviz's `head_view` of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from bertviz import head_view

import paperfig
from benchmarks.measure import cost
from benchmarks.rows import Row, limited, versus

HEADS = 12
DRAWN, ONE, ALL = 0.060, 0.200, 1.0  # seconds for `draw`, and for `.save` of a head and of all
Attention = tuple[torch.Tensor, list[str]]


def attention(n_token: int) -> Attention:
    """Causal softmax weights (head, query, key) in float32, and tokens as GPT-2's."""
    scores = torch.randn(HEADS, n_token, n_token, generator=torch.Generator().manual_seed(0))
    seen = torch.ones(n_token, n_token).tril().bool()
    weights = (2 * scores).masked_fill(~seen, -torch.inf).softmax(-1)
    return weights, [f"Ġw{index}" for index in range(n_token)]


def our_draw(n_token: int) -> Callable[[], Any]:
    """What a cell of a notebook waits for before the figure is drawn."""
    weights, tokens = attention(n_token)
    return lambda: paperfig.draw(weights, tokens=tokens, layer=5, name="ours")


def our_save(n_token: int, heads: str) -> Callable[[], bytes]:
    """The same with the PDF, its caption and its float in a folder; what the PDF holds."""
    weights, tokens = attention(n_token)
    head = None if heads == "all" else int(heads)

    def saved() -> bytes:
        figure = paperfig.draw(weights, tokens=tokens, layer=5, head=head, name="ours")
        with TemporaryDirectory() as folder:
            return figure.save(Path(folder) / "ours.pdf").read_bytes()

    return saved


def their_view(n_token: int) -> Callable[[], str]:
    """The page of JavaScript that shows the same heads."""
    weights, tokens = attention(n_token)
    return lambda: head_view([weights[None]], tokens, html_action="return").data


def rows(n_token: int = 64) -> Iterator[Row]:
    """Time of each, and the bytes of the PDF against those of the page."""
    theirs = cost(their_view, n_token)
    one, whole = cost(our_save, n_token, "1"), cost(our_save, n_token, "all")
    draw = cost(our_draw, n_token)
    shape = f"({HEADS}, {n_token}, {n_token})"
    for what, ours, most in (
        (f"draw of {shape}", draw, DRAWN),
        ("  .save of a head", one, ONE),
        (f"  .save of all {HEADS}", whole, ALL),
    ):
        yield limited(what, ours.seconds, theirs.seconds, "s", at_most=most)
    yield versus("  bytes of all", whole.size, theirs.size, "B", at_least=5)
