"""What captions say of values of either sign: their scale, and what lies beyond it."""
# ruff: noqa: E501 (captions stand whole)

from typing import Any

import numpy as np
import pytest
from caption_figures import DRAWN, caption_of
from values_of import excerpt_value, figure_value, layer_value, model_value, signed_value

from paperfig.captions.words import exact
from paperfig.drawing.pdf import settings
from paperfig.drawing.render import draw_figure
from paperfig.kinds import KINDS
from paperfig.specs.style import SignedStyleSpec
from paperfig.values.figure import from_npz, to_npz
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

TOKENS = ("The", " lamp", " went", " out")
WHO = "\\emph{ours} on the text `The lamp went out' (4 tokens)."


def told(
    values: np.ndarray, *, detail: str = "brief", shown: Setting | None = None, **style: Any
) -> str:
    """The caption of the values as they are drawn, and as they are read again."""
    data = figure_value(
        signed_value(values, tokens=TOKENS, n_head=4, shown=shown),
        excerpt=excerpt_value(TOKENS, text="".join(TOKENS)),
        model=model_value(layer_value(8, 8, 8, 8), name="ours", is_named=True),
    )
    with settings():
        drawn = draw_figure(KINDS["map"].draw, data, SignedStyleSpec(**style)).facts
    facts = {name: getattr(drawn, name) for name in [*DRAWN, "marks", "panels"]}
    first, again = (
        caption_of(one, caption={"detail": detail}, **facts).text
        for one in (data, from_npz(to_npz(data)))
    )
    assert again == first
    return first.removesuffix("%\n")


def values(*heads: float) -> np.ndarray:
    """Heads whose values are all one number."""
    return np.stack([np.full((4, 4), value) for value in heads])


@pytest.mark.parametrize(
    ("heads", "style", "caption"),
    [
        (
            (0.3,),
            {},
            f"Values for head 0 of layer 0 of {WHO} Diverging colour scale from $-0.3$ to $0.3$.",
        ),
        (
            (0.3, -7),
            {"limits": "full"},
            f"Values for heads 0 and 1 of layer 0 of {WHO} Diverging colour scale from $-8$ to "
            "$8$, which holds every value.",
        ),
        (
            (0.3, -7),
            {"limits": [-1, 0.25]},
            f"Values for heads 0 and 1 of layer 0 of {WHO} Diverging colour scale set from $-1$ "
            "to $0.25$; 50\\% of the values fall below it and 50\\% exceed it.",
        ),
        (
            (0.3, -7, 0),
            {"limits": [0, 0.5]},
            f"Values for heads 0, 1 and 2 of layer 0 of {WHO} Diverging colour scale set from 0 "
            "to 0.5; 33\\% of the values fall below it.",
        ),
        (
            (0,),
            {"mark": ({"query": 2, "key": 1},)},
            f"Values for head 0 of layer 0 of {WHO} Diverging colour scale from $-1$ to $1$. "
            "Marked: query ` went' with key ` lamp'.".replace("` ", "`\\textvisiblespace{}"),
        ),
        (
            (-3e-30,),
            {},
            f"Values for head 0 of layer 0 of {WHO} Diverging colour scale from "
            "$\\ensuremath{-3 \\times 10^{-30}}$ to $\\ensuremath{3 \\times 10^{-30}}$.",
        ),
        (
            (1e30,),
            {},
            f"Values for head 0 of layer 0 of {WHO} Diverging colour scale from "
            "$\\ensuremath{-10^{30}}$ to $\\ensuremath{10^{30}}$.",
        ),
    ],
)
def test_the_whole_caption(
    heads: tuple[float, ...], style: dict[str, Any], caption: str
) -> None:
    """Values, whose, of what text; the scale always, and what lies beyond it as a share."""
    assert told(values(*heads), **style) == caption


def test_full_detail() -> None:
    """Of several panels it is the scale of all values; no word of weights."""
    caption = told(values(0.3, 0.1), detail="full")

    assert caption.endswith(
        " Diverging colour scale of all values from $-0.3$ to $0.3$. "
        "Rows are queries, columns keys."
    )
    assert "eight" not in caption


def test_the_mask_where_it_is_known() -> None:
    """Which keys have no value; of κ there is nothing to say."""
    caption = told(values(0.3), shown=Setting(mask=MaskRule()))

    assert caption.endswith(" Causal mask. Diverging colour scale from $-0.3$ to $0.3$.")


@pytest.mark.parametrize(
    ("value", "tex"),
    [
        (0.25, "0.25"),
        (1234567.891, "1234567.891"),
        (-1e-30, "\\ensuremath{-10^{-30}}"),
        (0.000012345678, "\\ensuremath{1.2345678 \\times 10^{-5}}"),
        (-1.23456789e-30, "\\ensuremath{-1.23456789 \\times 10^{-30}}"),
        (1.2345678e22, "\\ensuremath{1.2345678 \\times 10^{22}}"),
        (1e16, "\\ensuremath{10^{16}}"),
        (3, "3"),
    ],
)
def test_limits_have_all_their_digits(value: float, tex: str) -> None:
    """As mathematics, and never as Python writes powers of ten."""
    assert exact(value) == tex
