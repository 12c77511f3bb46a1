"""From what a layer's attention is made from to the weights that are drawn."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from paperfig.errors import AttentionError
from paperfig.maps.own_weights import check_agreement, without_clamp
from paperfig.models.inputs import LayerInputs
from paperfig.values.attention import AttentionMap
from paperfig.values.model import Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens


def attention_map(
    inputs: LayerInputs,
    *,
    site: Site,
    queries: Tokens,
    keys: Tokens,
    heads: tuple[int, ...],
    n_head: int | None,
    shown: Setting,
    trained: Setting,
    mean: bool = False,
    keep_scores: bool = False,
) -> AttentionMap:
    """Softmax over the allowed keys of scores / τ + bias, exactly 0 elsewhere.

    What a model reports itself is shown as it is, as long as nothing is changed.

    Args:
        inputs: of the heads shown, in their order.
        site: which attention of the model.
        queries: the tokens of the rows.
        keys: the tokens of the columns.
        heads: counted from 0.
        n_head: how many heads the layer has; None where nothing says which these are.
        shown: mask, κ and transport to compute with, κ one for each of ``heads``.
        trained: the same, as trained.
        mean: whether the heads' weights are averaged into one map.
        keep_scores: whether the scores are kept: NaN where masked; averaged as well.

    Raises:
        AttentionError: a score is not finite; or the model gives weights only, and no
            scores to keep or to change them by.
    """
    inputs = inputs.at(shown.score_at)
    mask = shown.mask.allowed(len(queries), len(keys))
    scores = inputs.scores(shown.transport)
    weights = _weights(inputs, scores, mask, layer=site.layer, shown=shown, trained=trained)
    if scores is not None:
        _check_finite(scores, mask, heads, inputs.broken_score)
    if keep_scores and scores is None:
        raise AttentionError(
            f"layer {site.layer}",
            inputs.no_scores,
            "`figure: map` shows weights",
        )
    if mean:
        weights = weights.mean(0, keepdim=True)
    return AttentionMap(
        weights=_array(weights),
        scores=_kept(scores, mask, mean=mean) if keep_scores else None,
        mask=mask,
        learned_sink=_left_over(weights, mask) if inputs.has_sink else None,
        site=site,
        queries=queries,
        keys=keys,
        heads=heads,
        n_head=n_head,
        mean=mean,
        shown=shown,
        trained=trained,
    )


def masked_softmax(
    logits: Float[Tensor, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    *,
    sink: Float[Tensor, " head"] | None = None,
) -> Float[Tensor, "head query key"]:
    """The softmax over allowed keys; a row without any key is all 0, not NaN.

    Args:
        logits: what is exponentiated.
        mask: True where the query may attend to the key.
        sink: a logit of each head that shares in every row and is left out of the answer,
            whose rows then sum to less than 1.
    """
    allowed = torch.from_numpy(mask).to(logits.device)
    left = logits.masked_fill(~allowed, -torch.inf)
    if sink is None:
        weights = left.softmax(-1)
    else:
        column = sink.to(left)[:, None, None].expand(-1, len(mask), 1)
        weights = torch.cat([left, column], -1).softmax(-1)[..., :-1]
    return weights.masked_fill(~allowed.any(-1, keepdim=True), 0)


def _weights(
    inputs: LayerInputs,
    scores: Float[Tensor, "head query key"] | None,
    mask: Bool[np.ndarray, "query key"],
    *,
    layer: int,
    shown: Setting,
    trained: Setting,
) -> Float[Tensor, "head query key"]:
    """The weights as shown; where the model reports its own, these or what agrees with them.

    Its own are shown as long as nothing is changed. Where they are made anew, what is made
    as trained has to be the model's own.

    Raises:
        AttentionError: the model's own weights are no softmax over the keys that the trained
            mask allows, or are not what the scores give.
    """
    own = inputs.own_weights()
    if own is not None:
        before = trained.mask.allowed(*mask.shape)
        own = without_clamp(
            own, before, layer, has_sink=inputs.has_sink, remedy=inputs.mask_remedy
        )
        is_changed = (shown.mask, shown.kappa) != (trained.mask, trained.kappa)
        if not (inputs.is_recomputed or is_changed):
            return torch.from_numpy(own)

        if inputs.unchangeable:
            what = f"mask and κ cannot be changed: {inputs.unchangeable}"
            raise AttentionError(f"layer {layer}", what, "leave both out")

        def made(transport: str | None) -> Float32[np.ndarray, "head query key"]:
            again = inputs.scores(transport)
            assert again is not None, "a model without scores changes nothing"
            return _array(_made(inputs, again, before, trained))

        if not inputs.is_agreed:
            check_agreement(own, made, layer=layer, trained=trained)
    assert scores is not None, "a model without scores reports its weights"
    return _made(inputs, scores, mask, shown)


def _made(
    inputs: LayerInputs,
    scores: Float[Tensor, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    setting: Setting,
) -> Float[Tensor, "head query key"]:
    """The weights that scores give in a setting."""
    logits = scores
    if setting.temperature is not None:
        logits = logits / scores.new_tensor(setting.temperature)[:, None, None]
    bias = inputs.logit_bias()
    if bias is not None:
        logits = logits + bias
    allowed = torch.from_numpy(mask).to(scores.device)
    if (allowed & scores.isfinite() & ~logits.isfinite()).any():
        raise AttentionError("kappa", "scores divided by it overflow", "a larger one is right")
    return masked_softmax(logits, mask, sink=inputs.learned_sink())


def _left_over(
    weights: Float[Tensor, "map query key"], mask: Bool[np.ndarray, "query key"]
) -> Float32[np.ndarray, "map query"]:
    """What a row's keys leave of 1; nothing where a query has no key at all."""
    return np.where(mask.any(axis=1), _array((1 - weights.sum(-1)).clamp(min=0)), np.float32(0))


def _kept(
    scores: Float[Tensor, "head query key"] | None,
    mask: Bool[np.ndarray, "query key"],
    *,
    mean: bool,
) -> Float32[np.ndarray, "map query key"]:
    """The scores, or the mean of the heads' scores, NaN where masked."""
    assert scores is not None, "the caller looked"
    kept = scores.mean(0, keepdim=True) if mean else scores
    return np.where(mask, _array(kept), np.float32(np.nan))


def _check_finite(
    scores: Float[Tensor, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    heads: tuple[int, ...],
    broken_score: tuple[str, str],
) -> None:
    """Nothing where every score of an allowed key is a number."""
    broken = ~torch.isfinite(scores).cpu().numpy() & mask
    if broken.any():
        head, query, key = (int(index) for index in np.argwhere(broken)[0])
        what, right = broken_score
        raise AttentionError(
            f"head {heads[head]}", f"the score of query {query} and key {key} {what}", right
        )


def _array(values: Float[Tensor, "map query *key"]) -> Float32[np.ndarray, "map query *key"]:
    return values.float().cpu().numpy()
