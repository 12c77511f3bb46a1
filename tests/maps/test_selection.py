"""Which layers and heads a spec asks for."""

from typing import Any

import pytest
from values_of import layer_value, model_value

from paperfig.errors import AttentionError
from paperfig.maps.select import Panel, select_heads
from paperfig.specs.schema import FigureSpec
from paperfig.values.model import ModelFacts


def model(n_layer: int = 4, n_head: int = 12) -> ModelFacts:
    """The facts of a model of so many layers and heads."""
    return model_value(*[layer_value(*(8,) * n_head)] * n_layer)


def spec(**keys: Any) -> FigureSpec:
    """A spec of these keys."""
    needed = {"figspec": 1, "checkpoint": "m.pt", "excerpt": {"text": "x"}}
    return FigureSpec.model_validate(needed | keys)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({"layer": 1, "head": 11}, [(1, (11,))]),
        ({"layer": 1, "head": [5, 0]}, [(1, (5, 0))]),
        ({"head": "L3H11"}, [(3, (11,))]),
        ({"layer": 3, "head": "L3H11"}, [(3, (11,))]),
        ({"head": ["L3H1", "L0H1", "L3H0"]}, [(3, (1,)), (0, (1,)), (3, (0,))]),
        ({"head": ["L3H1", "L3H0", "L0H1"]}, [(3, (1, 0)), (0, (1,))]),
        ({"layer": 2, "head": [4, "L2H1"]}, [(2, (4, 1))]),
        ({"layer": 0, "head": "all"}, [(0, tuple(range(12)))]),
    ],
)
def test_the_forms_of_head(keys: dict[str, Any], wanted: list[tuple[int, Any]]) -> None:
    """A number, a list, a reference, a list of them in the order given, all."""
    panels = tuple(Panel(layer=layer, heads=heads) for layer, heads in wanted)
    assert select_heads(spec(**keys), model()) == panels


def test_the_mean_of_all_heads() -> None:
    """One panel that names every head it averages."""
    panel = Panel(layer=2, heads=(0, 1, 2), mean=True)
    assert select_heads(spec(layer=2, head="mean"), model(n_head=3)) == (panel,)


def test_the_only_layer_needs_no_name() -> None:
    """In a one-layer model ``layer`` may be left out."""
    panels = select_heads(spec(head=[2, 1]), model(n_layer=1))
    assert panels == (Panel(layer=0, heads=(2, 1)),)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"layer": 0, "head": 12}, "head: 12 does not exist; heads are 0 to 11"),
        ({"layer": 4, "head": 0}, "layer: 4 does not exist; layers are 0 to 3"),
        ({"head": "L0H12"}, "head: L0H12 does not exist; heads are 0 to 11"),
        ({"head": "L4H0"}, "head: L4H0 does not exist; layers are 0 to 3"),
        ({"layer": 0, "head": [3, 40]}, "head: 40 does not exist; heads are 0 to 11"),
        ({"head": 3}, "layer: nothing is said; layers are 0 to 3"),
        ({"head": "mean"}, "layer: nothing is said; layers are 0 to 3"),
        ({"layer": 1, "head": "L2H0"}, "head: L2H0 is not in layer 1; leave `layer` out"),
        ({"layer": 1, "head": [3, 3]}, "head: L1H3 is named twice; name it once"),
        ({"layer": 1, "head": [3, "L1H3"]}, "head: L1H3 is named twice; name it once"),
        ({"layer": 1}, "head: nothing is said; name one, several, `all` or `mean`"),
    ],
)
def test_what_does_not_exist(keys: dict[str, Any], message: str) -> None:
    """Each fault says what there is."""
    with pytest.raises(AttentionError) as fault:
        select_heads(spec(**keys), model())
    assert str(fault.value) == message


def test_the_only_head() -> None:
    """A range of one is said as one."""
    with pytest.raises(AttentionError) as fault:
        select_heads(spec(layer=0, head=1), model(n_layer=1, n_head=1))
    assert str(fault.value) == "head: 1 does not exist; the only head is 0"
