"""Titles of heads that are irreps tell ℓ, where there is room for it above all panels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from artists import texts_of
from values_of import layer_value, random_figure

from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.statistics.tables import with_table
from paperfig.values.figure import FigureData
from paperfig.values.model import Setting


def of_irreps(*irreps: int, layers: int = 1, mean: bool = False) -> FigureData:
    """Heads with KL, of a model in which each layer has irreps of these ℓ."""
    data = random_figure(12, heads=1 if mean else len(irreps), layers=layers, mean=mean)
    kappa = (1.0,) * len(data.maps[0].heads)
    setting = replace(data.maps[0].shown, kappa=kappa)
    scores = np.where(data.maps[0].mask, -data.maps[0].weights, np.nan).astype(np.float32)
    maps = [replace(one, scores=scores, shown=setting, trained=setting) for one in data.maps]
    layer = layer_value(*(2 * spin + 1 for spin in irreps), trained=Setting(mask=setting.mask))
    model = replace(data.model, layers=(replace(layer, irreps=irreps),) * layers)
    variant = replace(data.variants[0], model=model)
    return replace(data, maps=tuple(maps), variants=(variant,))


def panels_of(data: FigureData, kind: str = "map", **style: Any) -> tuple[str, ...]:
    """What the panels are called, and the figure draws as well, but for references."""
    whole = with_table(replace(data, kind=kind), KINDS[kind], {})
    with settings():
        figure, facts = KINDS[kind].draw(whole, page_of(StyleSpec(**style)))
    assert set(facts.panels) <= set(texts_of(figure)) or style.get("titles") is False
    return facts.panels


@pytest.mark.parametrize(
    ("data", "style", "panels"),
    [
        (of_irreps(0, 1, 5), {}, ("head 0 (ℓ = 0)", "head 1 (ℓ = 1)", "head 2 (ℓ = 5)")),
        (of_irreps(2), {"titles": True}, ("head 0 (ℓ = 2)",)),
        (of_irreps(1, 2), {"titles": ["a", "b"]}, ("a", "b")),
        (of_irreps(1, 2), {"titles": False}, ("L0H0", "L0H1")),
        (of_irreps(1, 2, mean=True), {"titles": True}, ("mean of 2 heads",)),
        (of_irreps(3, layers=2), {"width": "page"}, ("L0H0 (ℓ = 3)", "L1H0 (ℓ = 3)")),
    ],
)
def test_titles_of_a_map(data, style, panels):
    """After the head's name; own titles are as they are."""
    assert panels_of(data, **style) == panels


def test_narrow_panels_have_short_titles():
    """All of them, though some would fit: they are of one form."""
    data = of_irreps(1, 10, 1, 1)

    assert panels_of(data, height="300pt")[1] == "head 1 (ℓ = 10)"
    assert panels_of(data, height="70pt") == ("head 0", "head 1", "head 2", "head 3")


def test_titles_of_scores():
    """Of each head's KL and weights; what a single head's panels show needs no head."""
    data = of_irreps(1, 4)

    assert panels_of(data, "scores") == (
        "head 0 (ℓ = 1): KL",
        "head 0 (ℓ = 1): weights",
        "head 1 (ℓ = 4): KL",
        "head 1 (ℓ = 4): weights",
    )
    assert panels_of(data, "scores", width="150pt")[2:] == ("head 1: KL", "head 1: weights")
    assert panels_of(of_irreps(1), "scores") == ("KL", "weights")


def test_titles_of_a_context():
    """Every head has its ℓ; their mean and the sum of KL have none."""
    rows = ("mean of 3 heads", "KL, sum of 3 heads")

    assert panels_of(of_irreps(0, 1, 2), "context", width="page") == (
        "head 0 (ℓ = 0)", "head 1 (ℓ = 1)", "head 2 (ℓ = 2)", *rows,
    )  # fmt: skip
    assert panels_of(of_irreps(0, 1, 2, 2, 2, 2), "context", width="260pt")[:2] == (
        "head 0", "head 1",
    )  # fmt: skip
    assert panels_of(of_irreps(4), "context", width="page") == ("head 0 (ℓ = 4)", "KL")
