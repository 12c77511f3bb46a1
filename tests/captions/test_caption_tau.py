"""τ = κ√d, Rényi orders and score points: what captions of V1 and V3 figures add."""

from dataclasses import replace
from typing import Any

import pytest
from caption_figures import attention, caption_of, figure, sentences

from paperfig.values.attention import AttentionMap
from paperfig.values.figure import from_npz, to_npz

HEADS: dict[str, Any] = {"heads": (0, 1), "n_head": 2}
SLOPES = (-0.5, -0.25, -0.125, -0.0625, -0.03125)


def scaled(one: AttentionMap, *factor: float, **changes: Any) -> AttentionMap:
    """The map of a model whose κ is multiplied by a factor for each head."""
    return replace(
        one,
        shown=replace(one.shown, tau_factor=factor, **changes),
        trained=replace(one.trained, tau_factor=factor, **changes),
    )


def said(*maps: AttentionMap) -> str:
    """The default caption's text."""
    return sentences(*maps)


def test_one_kappa_two_temperatures() -> None:
    """κ = 1 is τ = 1 in VFE-Sim, and τ = 4 with heads of dimension 16 in V1 and V3."""
    assert "$\\kappa = 1.0$. " in said(attention())
    assert "\\tau" not in said(attention())
    assert "$\\kappa = 1.0$ ($\\tau = \\kappa\\sqrt{d} = 4.0$). " in said(
        scaled(attention(), 4.0)
    )


def test_kappa_of_the_head_that_is_shown() -> None:
    """Of a list, the shown head's; of several heads, each one's."""
    one = scaled(attention(kappa=(0.25,)), 4.0)
    assert "$\\kappa = 0.25$ ($\\tau = \\kappa\\sqrt{d} = 1.0$)." in said(one)
    both = scaled(attention(kappa=(1.0, 0.25), **HEADS), 4.0, 4.0)
    assert (
        "$\\kappa$ is 1.0 (head 0) and 0.25 (head 1) "
        "($\\tau = \\kappa\\sqrt{d}$ is 4.0 (head 0) and 1.0 (head 1))."
    ) in said(both)


def test_heads_of_different_dimensions() -> None:
    """One κ, and a τ for each, or their range."""
    two = scaled(attention(kappa=(1.0, 1.0), **HEADS), 2.0, 3.0)
    assert (
        "$\\kappa = 1.0$ ($\\tau = \\kappa\\sqrt{d}$ is 2.0 (head 0) and 3.0 (head 1))."
    ) in said(two)
    many = attention(kappa=(1.0,) * 5, heads=(0, 1, 2, 3, 4), n_head=5)
    assert "($\\tau = \\kappa\\sqrt{d}$ runs from 1.0 to 5.0)." in said(
        scaled(many, 1.0, 2.0, 3.0, 4.0, 5.0)
    )


def test_a_changed_kappa() -> None:
    """τ goes with the κ that is shown."""
    one = scaled(attention(kappa=(0.5,), trained_kappa=(1.0,)), 4.0)
    assert (
        "$\\kappa = 0.5$ ($\\tau = \\kappa\\sqrt{d} = 2.0$) instead of the trained 1.0."
    ) in said(one)


def test_a_sweep() -> None:
    """What κ is multiplied by is said once."""
    maps = [scaled(attention(kappa=(k,), trained_kappa=(1.0,)), 4.0) for k in (0.3, 1.0)]
    assert (
        "; scores are divided by $\\tau = \\kappa\\sqrt{d}$, with $d$ the head's dimension."
    ) in said(*maps)


def biased(one: AttentionMap, **changes: Any) -> AttentionMap:
    """The map of a model that adds something to its logits."""
    return replace(
        one, shown=replace(one.shown, **changes), trained=replace(one.trained, **changes)
    )


def test_what_is_added_to_the_logits() -> None:
    """ALiBi with the slope of each head, and T5's bias; nothing where there is none."""
    assert "to the logits" not in said(attention())
    assert (
        "$\\kappa = 1.0$. ALiBi adds $-0.1$ to the logits for each token of distance."
        in said(biased(attention(), alibi=(-0.1,)))
    )
    two = biased(attention(kappa=(1.0, 1.0), **HEADS), alibi=(-0.0625, -0.00390625))
    assert (
        "ALiBi adds $-0.0625$ (head 0) and $-0.00390625$ (head 1) to the logits for each token "
        "of distance." in said(two)
    )
    many = biased(attention(kappa=(1.0,) * 5, heads=(0, 1, 2, 3, 4), n_head=5), alibi=SLOPES)
    assert "ALiBi adds between $-0.5$ and $-0.03125$ to the logits" in said(many)
    learned = biased(attention(), distance_bias="learned")
    assert "A learned bias by distance, in T5's buckets, is added to the logits." in said(
        learned
    )
    fixed = biased(attention(), distance_bias="fixed")
    assert "A bias by distance, in T5's buckets, is added to the logits." in said(fixed)


def test_a_transport_that_is_not_the_usual_one() -> None:
    """Told where something says another way, and once; not where it is as ever."""
    exact = biased(attention(), transport="exact")
    usual = {"usual_transport": "taylor4"}

    def caption(one: AttentionMap, **model: Any) -> str:
        return caption_of(figure(one, **model)).text

    assert "Transport" not in caption(biased(attention(), transport="taylor4"), **usual)
    assert "Transport" not in caption(exact)
    assert "Transport by the exact exponential." in caption(exact, **usual)
    told = caption(exact, **usual, declared=("transport = exact",))
    assert "Transport by the exact exponential, as declared by the authors." in told
    assert told.count("declared") == 1


def test_the_training_step_is_told() -> None:
    """Two steps of one model have two captions; a file without one says none."""
    told = [caption_of(figure(attention(), step=step)).text for step in (500, 1000)]
    assert "\\emph{gauge-demo} at step 500 on" in told[0]
    assert told[1] == told[0].replace("500", "1000")
    assert "at step" not in caption_of(figure(attention())).text


def test_orders_and_score_points() -> None:
    """Said where they are not KL, and where a model has several points."""
    assert "Scores are R\\'enyi divergences of order 0.3." in said(
        scaled(attention(), 4.0, order=0.3)
    )
    assert "Scored at the beliefs that enter the layer." in said(
        scaled(attention(), 4.0, score_at="entry")
    )
    assert "Scored at the beliefs that the layer converges to." in said(
        scaled(attention(), 4.0, score_at="converged")
    )
    assert "nyi" not in said(scaled(attention(), 4.0))
    assert "Scored" not in said(scaled(attention(), 4.0))


@pytest.mark.parametrize(
    "changes",
    [{}, {"order": 0.3}, {"score_at": "entry"}, {"alibi": (-0.5,)}, {"distance_bias": "fixed"}],
)
def test_they_survive_the_file(changes: dict[str, Any]) -> None:
    """A figure redrawn from NAME.npz says the same."""
    data = figure(scaled(attention(kappa=(0.7,)), 4.0, **changes))
    again = from_npz(to_npz(data))
    assert again.maps[0].shown == data.maps[0].shown
    assert again.maps[0].trained == data.maps[0].trained
    assert caption_of(again).text == caption_of(data).text
