"""Arrays of attention as users give them, checked, as an attention source."""

from collections.abc import Mapping, Sequence
from math import inf
from numbers import Integral
from operator import truediv
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float64

from paperfig.errors import AttentionError
from paperfig.models.recorded.arrays import Layers, layers_of, numbers_of
from paperfig.models.recorded.masks import rule_for
from paperfig.models.recorded.rows import exact_rows
from paperfig.models.recorded.scores import check_agreement, exact_scores
from paperfig.models.recorded.source import RecordedInputs, RecordedSource
from paperfig.values.excerpt import Excerpt
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

Numbers = tuple[float, ...] | None
"""One for each head shown, or nothing."""

Given = Literal["weights", "scores", "values"]
"""What was computed elsewhere; values are of either sign."""


class Shape(NamedTuple):
    """How many queries and keys there are."""

    n_query: int
    n_key: int


class GivenArrays:
    """Weights, scores or both of some layers, of which shape and heads are known.

    Args:
        weights: in any form that `paperfig.draw` takes.
        scores: likewise, before the softmax and the division by κ.
        layer: which layer of several, or the number of the only one.
        head: which heads; where the arrays hold as many as are named, what these are.
        axes: the names of an array's axes.
        batch: which sequence of a batch.

    Raises:
        AttentionError: their shapes are other than these say.
    """

    def __init__(
        self,
        weights: Any = None,
        scores: Any = None,
        *,
        layer: int | None = None,
        head: int | Sequence[int] | None = None,
        axes: str | None = None,
        batch: int | None = None,
    ) -> None:
        if weights is None and scores is None:
            raise AttentionError("weights", "nothing is given", "weights or scores are right")
        given = {"weights": weights, "scores": scores}
        each = {
            where: layers_of(value, where=where, layer=layer, axes=axes, batch=batch)
            for where, value in given.items()
            if value is not None
        }
        _check_same_shape(each)
        first = next(iter(each.values()))
        self.tolerance = max(one.tolerance for one in each.values())
        self.is_numbered = first.numbers is not None
        self.layers = first.numbers or (0,)
        self.count, *shape = first.values[0].shape
        self.shape = Shape(*shape)
        self.chosen, self.heads = _heads(self.count, head)
        self.knows_heads = first.knows_heads or head is not None
        self._given = {
            where: [values[self.chosen] for values in one.values] for where, one in each.items()
        }

    def of_layer(self, where: str, at: int) -> Float64[np.ndarray, "head query key"] | None:
        """The weights or the scores of a layer as they were given; None where they were not."""
        values = self._given.get(where)
        return None if values is None else values[at]

    def source(
        self,
        excerpt: Excerpt,
        *,
        kappa: Any = None,
        tau: Any = None,
        mask: Any = None,
        causal: bool | None = None,
        learned_sink: Any = None,
        name: str | None = None,
        origin: str | None = None,
    ) -> RecordedSource:
        """The arrays, held against all else that is said of them.

        Args:
            excerpt: the tokens of queries and keys.
            kappa: the temperature of each head, or of all: scores are then −KL.
            tau: what divides the scores, where that is not κ.
            mask: as in `masks.rule_for`.
            causal: whether no key comes after its query.
            learned_sink: whether what a row lacks goes to a sink, or what goes there.
            name: the model's.
            origin: where the attention was computed.

        Raises:
            AttentionError: they contradict each other.
        """
        kappas, factor = self._temperatures(kappa, tau)
        rules, inputs = {}, {}
        for at, number in enumerate(self.layers):
            rules[number], inputs[number] = self._layer(at, mask, causal, learned_sink, kappas)
            setting = Setting(mask=rules[number], kappa=kappas, tau_factor=factor)
            check_agreement(inputs[number], setting, self.shape, self.tolerance)
        what: Given = "weights" if "weights" in self._given else "scores"
        facts = self.facts(what, rules, kappas, factor, name=name, origin=origin)
        return RecordedSource(facts=facts, inputs=inputs, heads=self.heads, excerpt=excerpt)

    def facts(
        self,
        what: Given,
        rules: Mapping[int, MaskRule],
        kappas: Numbers = None,
        factor: Numbers = None,
        *,
        name: str | None,
        origin: str | None,
    ) -> ModelFacts:
        """What is known of the model.

        Args:
            what: of its attention was given.
            rules: the mask of each layer given.
            kappas: κ of each head shown.
            factor: what τ is of it.
            name: the model's.
            origin: where the attention was computed.
        """
        return ModelFacts(
            name=name or "given",
            is_named=name is not None,
            family="recorded",
            architecture=None,
            layers=tuple(
                self._layer_facts(rules.get(it, MaskRule()), kappas, factor)
                for it in range(self.layers[-1] + 1)
            ),
            shown=self.layers,
            vocab_size=0,
            context=None,
            computed_elsewhere=what,
            weights_source=origin,
        )

    def _layer_facts(self, rule: MaskRule, kappas: Numbers, factor: Numbers) -> LayerFacts:
        """What is known of a layer; its other heads are none of those shown."""
        count = max(self.heads) + 1

        def spread(values: Numbers) -> Numbers:
            known = dict(zip(self.heads, values or (), strict=bool(values)))
            return tuple(known.get(head, 1.0) for head in range(count)) if values else None

        return LayerFacts(
            head_dims=(0,) * count,
            trained=Setting(mask=rule, kappa=spread(kappas), tau_factor=spread(factor)),
            is_numbered=self.is_numbered,
            knows_heads=self.knows_heads,
            shown=self.heads,
        )

    def _layer(
        self, at: int, mask: Any, causal: bool | None, learned_sink: Any, kappas: Numbers
    ) -> tuple[MaskRule, RecordedInputs]:
        """The mask of a layer and what was given of it, exact."""
        weights, scores = self.of_layer("weights", at), self.of_layer("scores", at)
        sink = self._sink(learned_sink, at)
        if scores is not None and (weights is None or not np.isfinite(scores).all()):
            rule = rule_for(scores, mask=mask, causal=causal, hidden=-inf)
        else:
            assert weights is not None, "one of them was given"
            rule = rule_for(weights, mask=mask, causal=causal)
        allowed, rows = rule.allowed(*self.shape), None
        if weights is not None:
            rows = exact_rows(weights, allowed, tolerance=self.tolerance, sink=sink)
        return rule, RecordedInputs(
            weights=None if rows is None else rows.weights,
            sink=None if rows is None else rows.learned_sink,
            given_scores=None if scores is None else exact_scores(scores, allowed, kappas),
            is_divergence=kappas is not None,
        )

    def _sink(self, given: Any, at: int) -> Float64[np.ndarray, "head query"] | bool:
        """Whether what a row lacks goes to a sink, or what goes there.

        Raises:
            AttentionError: it is of another shape, or of scores.
        """
        if given is None or given is False:
            return False
        if "weights" not in self._given:
            raise AttentionError("learned_sink", "it goes with weights", "leave it out")
        if given is True:
            return True
        array, _ = numbers_of(given, "learned_sink")
        of_layers = array.reshape(-1, *(1, 1, *array.shape)[-2:])
        sink: np.ndarray = of_layers[at if len(of_layers) == len(self.layers) else 0]
        right = (self.count, self.shape.n_query)
        if sink.shape != right:
            what = f"its shape is {array.shape} for {right[0]} heads and {right[1]} queries"
            raise AttentionError("learned_sink", what, f"{right} is right")
        chosen: np.ndarray = sink[self.chosen]
        return chosen

    def _temperatures(self, kappa: Any, tau: Any) -> tuple[Numbers, Numbers]:
        """κ of each head, and what τ is of it where τ is another.

        Raises:
            AttentionError: they are not above 0, or not one for each head.
        """
        if kappa is None:
            if tau is not None:
                right = "give `kappa=` too; logits that are divided already need neither"
                raise AttentionError("tau", "it goes with a κ", right)
            return None, None
        kappas = self._of_heads("kappa", kappa)
        if tau is None:
            return kappas, None
        taus = self._of_heads("tau", tau)
        return kappas, tuple(map(truediv, taus, kappas))

    def _of_heads(self, where: str, given: Any) -> tuple[float, ...]:
        values = np.atleast_1d(numbers_of(given, where)[0]).ravel()
        if len(values) == self.count:
            values = values[self.chosen]
        elif len(values) == 1:
            values = values.repeat(len(self.heads))
        if len(values) != len(self.heads) or not ((values > 0) & (values < inf)).all():
            there = f"{self.count} head{'s' if self.count > 1 else ''}"
            what = f"it is {given}, and there {'are' if self.count > 1 else 'is'} {there}"
            right = "a number above 0, or one for each head, is right"
            raise AttentionError(where, what, right)
        return tuple(values.tolist())


def _check_same_shape(each: Mapping[str, Layers]) -> None:
    """Nothing where weights and scores are of the same layers, heads, queries and keys.

    Raises:
        AttentionError: they are not.
    """
    shapes = {where: (len(one.values), *one.values[0].shape) for where, one in each.items()}
    if len(set(shapes.values())) > 1:
        weights, scores = shapes["weights"], shapes["scores"]
        what = f"they are of shape {scores[1:]} in {scores[0]} layers"
        right = f"{weights[1:]} in {weights[0]}, as the weights are, is right"
        raise AttentionError("scores", what, right)


def _heads(count: int, head: int | Sequence[int] | None) -> tuple[list[int], tuple[int, ...]]:
    """Which of the heads given are shown, and their numbers.

    Numbers that are all among those given pick; others are the names of as many.

    Raises:
        AttentionError: they are neither.
    """
    if head is None:
        return list(range(count)), tuple(range(count))
    heads = list(head) if isinstance(head, Sequence) else [head]
    whole = all(isinstance(one, Integral) and one is not True and one >= 0 for one in heads)
    if not heads or not whole or len(set(heads)) < len(heads):
        right = "a number from 0, or a list of different ones, is right"
        raise AttentionError("head", f"it is {head!r}", right)
    if max(heads) < count:
        return heads, tuple(heads)
    if len(heads) == count:
        return list(range(count)), tuple(heads)
    there = f"heads are 0 to {count - 1}" if count > 1 else "there is one head"
    raise AttentionError("head", f"{max(heads)} does not exist", there)
