"""In full detail a caption tells ℓ of heads that are irreps of SO(3)."""

import pytest
from caption_figures import attention, layer_of_irreps, sentences

ONE = (layer_of_irreps(1, 0, 1, 2, 6),)


@pytest.mark.parametrize(
    ("heads", "sentence"),
    [
        ((3,), "The head is an irreducible representation of SO(3), $\\ell = 2$."),
        ((2, 0), "The heads are irreducible representations of SO(3), $\\ell = 1$."),
        (
            (0, 1, 3, 4),
            "The heads are irreducible representations of SO(3); $\\ell$ is 1 (head 0), "
            "0 (head 1), 2 (head 3) and 6 (head 4).",
        ),
        (
            (0, 1, 2, 3, 4),
            "The heads are irreducible representations of SO(3); $\\ell$ runs from 0 to 6.",
        ),
    ],
)
def test_l_of_heads(heads: tuple[int, ...], sentence: str) -> None:
    """Of one, of several alike, of few, of many; after all that makes the weights."""
    told = sentences(attention(heads=heads, n_head=5, kappa=None), layers=ONE)

    assert f"Causal mask. {sentence} Colour scale" in told


def test_layers_of_other_irreps_stand_apart() -> None:
    """Those of the same are told of together."""
    maps = [attention(layer=layer, heads=(0, 1), kappa=None) for layer in (0, 1, 2)]
    layers = [layer_of_irreps(*spins) for spins in ((1, 2), (3, 3), (1, 2))]
    said = "The heads are irreducible representations of SO(3)"

    assert (
        f" Layers 0 and 2: Causal mask. {said}; $\\ell$ is 1 (head 0) and 2 (head 1). "
        f"Layer 1: Causal mask. {said}, $\\ell = 3$. Colour"
    ) in sentences(*maps, layers=tuple(layers))


def test_a_brief_caption_leaves_it_to_the_titles() -> None:
    """And nothing is said of heads that are no irreps."""
    shown = attention(kappa=None)

    assert "representation" not in sentences(shown, layers=ONE, caption={"detail": "brief"})
    assert "representation" not in sentences(shown)
