"""What any Hugging Face model that routes its attention calls it with.

Transformers lets a program register an attention function of its own. It is called with
queries and keys as attention uses them (after rotation and normalisation), so that one
function serves every family that calls it, and nothing of a model is rewritten here. What
is done with a call is the observer's; the model gets what its own attention would give.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from paperfig.errors import AttentionError
from paperfig.models.dot_product import DotProductInputs

IMPLEMENTATION = "paperfig"
"""The name that the attention function is registered under."""

OBSERVED = "paperfig-observed"
"""The same, for models of which nothing is known: each mask is made, plain causality too."""

_HARMLESS = (
    "position_ids",
    "sliding_window",
    "use_cache",
    "output_attentions",
    "output_hidden_states",
    "deterministic",
)
"""Options of an attention call that need no look: a window is in the mask, positions in
queries and keys. Any other (``indices``, say) may change weights."""


class LastLayerReached(Exception):  # noqa: N818
    """The last layer wanted was reached: the rest of the model has nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttentionCall:
    """One call of attention by a layer of a model.

    Attributes:
        module: the layer's attention.
        query: of each head.
        key: of each head, or of each group of heads.
        value: likewise.
        mask: what the model hands to attention: True where a query may attend to a key, or
            numbers that are added to scores; None where that goes without saying.
        is_causal: whether no mask means that no key comes after its query.
        scale: what dot products are multiplied by.
        soft_cap: scores become ``cap · tanh(scores / cap)``, or None.
        options: all else that may change weights: ``s_aux``, the logits of learned sinks,
            ``position_bias``, or what is not known here.
    """

    module: Any
    query: Float[torch.Tensor, "1 head query d"]
    key: Float[torch.Tensor, "1 key_head key d"]
    value: Float[torch.Tensor, "1 key_head key v"]
    mask: torch.Tensor | None
    is_causal: bool
    scale: float
    soft_cap: float | None
    options: Mapping[str, Any]

    @property
    def n_head(self) -> int:
        """How many heads the layer has."""
        return self.query.shape[1]

    @property
    def allowed(self) -> Bool[torch.Tensor, "1 _ query key"]:
        """True where a query may attend to a key, also where that goes without saying."""
        n_query, n_key = self.query.shape[2], self.key.shape[2]
        if self.mask is None:
            every = torch.ones(1, 1, n_query, n_key, dtype=torch.bool, device=self.query.device)
            return every.tril() if self.is_causal and n_query > 1 else every
        mask = self.mask[..., :n_key].expand(-1, -1, n_query, -1)
        return mask if mask.dtype == torch.bool else mask > _hidden(mask)

    @property
    def bias(self) -> Float[torch.Tensor, "1 _ query key"] | None:
        """What is added to scores: a bias by position, and what of the mask hides no key."""
        bias: torch.Tensor | None = self.options.get("position_bias")
        if self.mask is not None and self.mask.dtype != torch.bool:
            mask = self.mask[..., : self.key.shape[2]].float()
            added = mask.masked_fill(mask <= _hidden(self.mask), 0)
            bias = added if bias is None else bias + added
        return bias if bias is not None and bias.any() else None

    def inputs(self, heads: Sequence[int]) -> DotProductInputs:
        """The inputs of the heads; grouped queries share a key head, repeated here."""
        chosen, shared_by = list(heads), self.n_head // self.key.shape[1]
        bias, sinks = self.bias, self.options.get("s_aux")
        if bias is not None:
            shape = self.n_head, self.query.shape[2], self.key.shape[2]
            bias = bias[0].expand(shape)[chosen].float()
        return DotProductInputs(
            queries=self.query[0, chosen].float(),
            keys=self.key[0, [head // shared_by for head in chosen]].float(),
            scale=self.scale,
            bias=bias,
            soft_cap=self.soft_cap,
            sinks=None if sinks is None else sinks[chosen].float(),
        )

    def output(self) -> Float[torch.Tensor, "1 query head v"]:
        """What the model gets: fused, where the kernel knows all that is asked for."""
        if self.soft_cap is not None or self.options:
            return self._of_weights()
        made: torch.Tensor = ALL_ATTENTION_FUNCTIONS["sdpa"](
            self.module,
            self.query,
            self.key,
            self.value,
            self.mask,
            scaling=self.scale,
            is_causal=self.is_causal,
        )[0]
        return made

    def _of_weights(self) -> Float[torch.Tensor, "1 query head v"]:
        """The values under the softmax, in float32, of capped and biased scores and sinks."""
        inputs, allowed = self.inputs(range(self.n_head)), self.allowed[0]
        logits = inputs.scores(None).masked_fill(~allowed, -torch.inf)
        if inputs.sinks is not None:
            column = inputs.sinks[:, None, None].expand(-1, logits.shape[1], 1)
            logits = torch.cat([logits, column], -1)
        weights = logits.softmax(-1)[..., : allowed.shape[-1]]
        weights = weights.masked_fill(~allowed.any(-1, keepdim=True), 0).to(self.value.dtype)
        values = self.value.repeat_interleave(self.n_head // self.value.shape[1], dim=1)
        return (weights @ values).transpose(1, 2)


Observer = Callable[[AttentionCall], None]
"""Called with each call of attention, before the model goes on."""

_CURRENT: ContextVar[Observer] = ContextVar("observer")


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Shows an observer every call of the forward pass inside, which it may stop."""
    token = _CURRENT.set(observer)
    try:
        yield
    except LastLayerReached:
        pass
    finally:
        _CURRENT.reset(token)


def register() -> None:
    """Makes the attention function known to transformers, with the mask that it expects."""
    for name, mask in ((IMPLEMENTATION, _mask), (OBSERVED, _whole_mask)):
        ALL_ATTENTION_FUNCTIONS.register(name, _attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(name, mask)


@contextmanager
def routed(model: Any) -> Iterator[None]:
    """Sends the attention of a model, and of the models in it, to the function registered.

    Raises:
        AttentionError: it is computed by a function of which nothing is known.
    """
    register()
    owners: Iterator[Any] = (getattr(part, "config", None) for part in model.modules())
    configs = {id(it): it for it in owners if hasattr(it, "_attn_implementation_internal")}
    for config in list(configs.values()):
        nested = (getattr(config, name, None) for name in config.sub_configs)
        configs |= {id(it): it for it in nested if it is not None}
    before = {key: it._attn_implementation_internal for key, it in configs.items()}
    for implementation in before.values():
        _check_is_of_transformers(implementation, where=type(model).__name__)
    try:
        for config in configs.values():
            config._attn_implementation_internal = OBSERVED
        yield
    finally:
        for key, config in configs.items():
            config._attn_implementation_internal = before[key]


def _check_is_of_transformers(implementation: str | None, *, where: str) -> None:
    """Nothing where attention is computed as transformers does, or by a kernel for the same.

    Raises:
        AttentionError: it is by a function that somebody else has registered.
    """
    function = ALL_ATTENTION_FUNCTIONS.get(implementation)
    module = getattr(getattr(function, "func", function), "__module__", "")
    if function is None or module.startswith("transformers.") or "/" in str(implementation):
        return
    what = f"its attention is computed by {implementation!r}, of which nothing is known"
    raise AttentionError(where, what, 'a model with `attn_implementation="sdpa"` is right')


def _mask(*sizes: Any, **options: Any) -> Bool[torch.Tensor, "1 _ query key"] | None:
    """The keys that each query may attend to; None only where that is plain causality.

    The function of transformers that this asks says None of a mask that hides nothing, too.
    """
    options["allow_is_bidirectional_skip"] = False
    mask: torch.Tensor | None = ALL_MASK_ATTENTION_FUNCTIONS["sdpa"](*sizes, **options)
    return mask


def _whole_mask(*sizes: Any, **options: Any) -> Bool[torch.Tensor, "1 _ query key"] | None:
    """The same, also where that is plain causality."""
    return _mask(*sizes, **options | {"allow_is_causal_skip": False})


def _attention(
    module: Any,
    query: Float[torch.Tensor, "batch head query d"],
    key: Float[torch.Tensor, "batch key_head key d"],
    value: Float[torch.Tensor, "batch key_head key v"],
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,  # noqa: ARG001  (never applied: weights are those of eval mode)
    softcap: float | None = None,
    is_causal: bool | None = None,
    **options: Any,
) -> Any:
    """What a model calls in place of its own attention, layer by layer."""
    call = AttentionCall(
        module=module,
        query=query,
        key=key,
        value=value,
        mask=attention_mask,
        is_causal=getattr(module, "is_causal", True) if is_causal is None else is_causal,
        scale=query.shape[-1] ** -0.5 if scaling is None else float(scaling),
        soft_cap=softcap,
        options={
            name: value
            for name, value in options.items()
            if value is not None and name not in _HARMLESS
        },
    )
    _CURRENT.get()(call)
    return call.output(), None


def _hidden(mask: torch.Tensor) -> float:
    """The number that a mask of numbers has at most where it hides a key."""
    return torch.finfo(mask.dtype).min / 2
