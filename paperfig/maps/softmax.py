"""From what a layer's attention is made from to the weights that are drawn."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from paperfig.divergences.divergence import gaussian_divergence
from paperfig.errors import AttentionError
from paperfig.maps.given import AGREEMENT, DECLARE, as_given, given_attention
from paperfig.models.source import DotProductInputs, GaussianInputs, GivenInputs, LayerInputs
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
    n_head: int,
    shown: Setting,
    trained: Setting,
    mean: bool = False,
    keep_scores: bool = False,
) -> AttentionMap:
    """Softmax over the allowed keys of scores / τ + bias, exactly 0 elsewhere.

    What a model gives itself is shown as it is, as long as nothing is changed.

    Args:
        inputs: of the heads shown, in their order.
        site: which attention of the model.
        queries: the tokens of the rows.
        keys: the tokens of the columns.
        heads: counted from 0.
        n_head: how many heads the layer has.
        shown: mask, κ and transport to compute with, κ one for each of ``heads``.
        trained: the same, as trained; only carried along.
        mean: whether the heads' weights are averaged into one map.
        keep_scores: whether the scores are kept: NaN where masked; averaged as well.

    Raises:
        AttentionError: a score is not finite; or the model gives weights only, and no
            scores to keep or to change them by.
    """
    mask = shown.mask.allowed(len(queries), len(keys))
    if isinstance(inputs, GivenInputs):
        scores, weights = _given(
            inputs,
            len(queries),
            layer=site.layer,
            shown=shown,
            trained=trained,
            keep_scores=keep_scores,
        )
    else:
        scores = attention_scores(inputs, transport=shown.transport)
        weights = _weights(scores, inputs, mask, shown.temperature)
        if isinstance(inputs, GaussianInputs) and inputs.own is not None:
            _check_own(inputs, len(queries), site.layer, trained)
    _check_finite(scores, mask, heads)
    if mean:
        scores, weights = (array.mean(0, keepdim=True) for array in (scores, weights))
    kept = np.where(mask, _array(scores), np.float32(np.nan)) if keep_scores else None
    return AttentionMap(
        weights=_array(weights),
        scores=kept,
        mask=mask,
        site=site,
        queries=queries,
        keys=keys,
        heads=heads,
        n_head=n_head,
        mean=mean,
        shown=shown,
        trained=trained,
    )


def has_scores(inputs: LayerInputs) -> bool:
    """Whether there are scores: not where a model of the user's own gives weights only."""
    return not isinstance(inputs, GivenInputs) or inputs.divergence is not None


def attention_scores(
    inputs: GaussianInputs | DotProductInputs, *, transport: str | None
) -> Float[Tensor, "head query key"]:
    """The scores before mask and τ, in nats: −D(q_i ‖ Ω_ij q_j), or scaled dot products.

    Gaussian scores are float64, others float32.
    """
    if isinstance(inputs, GaussianInputs):
        return _divergences(inputs, transport or "exact").neg_()
    return _dot_products(inputs)


def _given(
    inputs: GivenInputs,
    length: int,
    *,
    layer: int,
    shown: Setting,
    trained: Setting,
    keep_scores: bool,
) -> tuple[Float[Tensor, "head query key"], Float[Tensor, "head query key"]]:
    """Scores, 0 where there are none and none are kept, and weights."""
    scores, weights = given_attention(inputs, length, layer=layer, shown=shown, trained=trained)
    if scores is None and keep_scores:
        raise AttentionError(
            f"layer {layer}",
            "the model gives its weights and no `kl`, so that there are no scores",
            "`figure: map` shows weights",
        )
    given = torch.from_numpy(weights)
    return torch.zeros_like(given) if scores is None else torch.from_numpy(scores), given


def _check_own(inputs: GaussianInputs, length: int, layer: int, trained: Setting) -> None:
    """Nothing where weights made as trained are the model's own.

    Raises:
        AttentionError: they are not, with what each transport would give.
    """
    assert inputs.own is not None, "the caller looked"
    mask = trained.mask.allowed(length, length)
    own = as_given(_array(inputs.own), mask, layer, remedy=DECLARE)
    off = {}
    for transport in dict.fromkeys((trained.transport, "taylor4", "exact")):
        scores = attention_scores(inputs, transport=transport)
        made = _weights(scores, inputs, mask, trained.temperature)
        off[transport] = float(np.abs(_array(made) - own).max())
        if transport == trained.transport and off[transport] <= AGREEMENT:
            return
    used = [str(name) for name, worst in off.items() if worst <= AGREEMENT]
    told = ", ".join(f"{worst:.2g} with {name}" for name, worst in off.items())
    raise AttentionError(
        f"layer {layer}",
        f"made from the beliefs that enter it, with transport {trained.transport}, the "
        f"weights are not the model's own, which used {used[0] if used else 'another'}: they "
        f"are off by {told}",
        f"declare `trained: {{transport: {used[0]}}}`" if used else "κ and mask may be others",
    )


def _divergences(inputs: GaussianInputs, transport: str) -> Float[Tensor, "head query key"]:
    divergences = torch.stack(
        [
            gaussian_divergence(
                head,
                spread=inputs.spread,
                transport=transport,
                order=inputs.order,
                ridge=inputs.ridge,
            )
            for head in inputs.heads
        ]
    )
    if inputs.caps is None:
        return divergences
    return divergences.minimum(divergences.new_tensor(inputs.caps)[:, None, None])


def _dot_products(inputs: DotProductInputs) -> Float[Tensor, "head query key"]:
    queries, keys = inputs.queries.float(), inputs.keys.float()
    scores = queries @ keys.mT * inputs.scale
    if inputs.soft_cap is not None:
        scores = inputs.soft_cap * torch.tanh(scores / inputs.soft_cap)
    return scores if inputs.bias is None else scores + inputs.bias.float()


def _weights(
    scores: Float[Tensor, "head query key"],
    inputs: GaussianInputs | DotProductInputs,
    mask: Bool[np.ndarray, "query key"],
    temperature: Sequence[float] | None,
) -> Float[Tensor, "head query key"]:
    """The softmax over allowed keys; a row without any key is all 0, not NaN."""
    logits = scores
    if temperature is not None:
        logits = logits / scores.new_tensor(temperature)[:, None, None]
    if isinstance(inputs, GaussianInputs) and inputs.alibi_slope:
        position = torch.arange(mask.shape[0], device=scores.device, dtype=scores.dtype)
        logits = logits + inputs.alibi_slope * (position[:, None] - position)
    if isinstance(inputs, GaussianInputs) and inputs.bias is not None:
        logits = logits + inputs.bias
    allowed = torch.from_numpy(mask).to(scores.device)
    if (allowed & scores.isfinite() & ~logits.isfinite()).any():
        raise AttentionError("kappa", "scores divided by it overflow", "a larger one is right")
    weights = logits.masked_fill(~allowed, -torch.inf).softmax(-1)
    return weights.masked_fill(~allowed.any(-1, keepdim=True), 0)


def _check_finite(
    scores: Float[Tensor, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    heads: tuple[int, ...],
) -> None:
    broken = ~torch.isfinite(scores).cpu().numpy() & mask
    if broken.any():
        head, query, key = (int(index) for index in np.argwhere(broken)[0])
        raise AttentionError(
            f"head {heads[head]}",
            f"the score of query {query} and key {key} is not finite",
            "the checkpoint's numbers overflow; look at its tensors",
        )


def _array(values: Float[Tensor, "map query key"]) -> Float[np.ndarray, "map query key"]:
    return values.float().cpu().numpy()
