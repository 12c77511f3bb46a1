"""What a checkpoint says of its model, and the setting of one attention layer.

>>> setting = Setting(mask=MaskRule(), kappa=(1.0, 0.5), tau_factor=(2.0, 2.0))
>>> setting.temperature, setting.of_heads((1,)).temperature
((2.0, 1.0), (1.0,))
"""

from dataclasses import dataclass, field, replace
from operator import mul

from paperfig.values.mask import MaskRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What turns scores into weights in one layer: as trained, or as shown.

    Attributes:
        mask: which keys a query may attend to.
        kappa: the temperature of each head (all heads of the layer, or those shown);
            None for a dot-product model, whose κ is 1 and goes unmentioned.
        transport: how Ω is computed (``taylor4``, ``exact``, ``identity``); None where
            there is no transport.
        tau_factor: what κ of each head is multiplied by before it divides the scores
            (√d_head in V1 and V3); None where it divides them as it is.
        order: Rényi's α where scores are divergences of another order than KL's 1.
        score_at: the beliefs that are scored (``entry``, ``converged``), in a model that has
            several (V3).
        alibi: ALiBi's slope of each head: so much is taken off a key's logit for each token
            that it lies back, after the division by τ; None where nothing is.
        t5_bias: whether T5's bias of relative positions is added there.
    """

    mask: MaskRule
    kappa: tuple[float, ...] | None = None
    transport: str | None = None
    tau_factor: tuple[float, ...] | None = None
    order: float | None = None
    score_at: str | None = None
    alibi: tuple[float, ...] | None = None
    t5_bias: bool = False

    @property
    def temperature(self) -> tuple[float, ...] | None:
        """τ, what divides the scores of each head; None where nothing does."""
        if self.kappa is None or self.tau_factor is None:
            return self.kappa
        return tuple(map(mul, self.kappa, self.tau_factor))

    def of_heads(self, heads: tuple[int, ...]) -> "Setting":
        """The same setting, with the numbers of the given heads of the layer only."""
        kappa, factor, alibi = (
            None if values is None else tuple(values[head] for head in heads)
            for values in (self.kappa, self.tau_factor, self.alibi)
        )
        return replace(self, kappa=kappa, tau_factor=factor, alibi=alibi)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One attention layer: how many heads it has and how it was trained.

    Attributes:
        head_dims: the dimension of each head's slice.
        trained: mask, κ and transport as trained.
    """

    head_dims: tuple[int, ...]
    trained: Setting

    @property
    def n_head(self) -> int:
        """How many heads the layer has."""
        return len(self.head_dims)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What figures and captions may say of a model.

    Attributes:
        name: what records and lists call the model.
        family: the registered family's name (``vfe-sim``, ``gpt``, ``llama`` …).
        layers: one entry a layer.
        vocab_size: rows of the token table.
        context: the longest excerpt in tokens, or None where nothing limits it.
        dtype: the stored tensors' type (``float32``, ``bfloat16`` …).
        step: the training step the file names, if it does.
        defaults: settings that the file lacks and its project's defaults supply,
            as ``key = value``.
        declared: settings that only the spec's ``trained:`` declares.
        ignored: keys of the model's own configuration whose meaning is not known and that
            the spec declares not to touch attention, as ``key = value``.
        trained_on_clean: whether its training text was cleaned up as the VFE projects clean
            WikiText, which an excerpt then is by default.
        notes: what else the record should tell (a prefix removed, a plain path used).
        architecture: what the field calls models of that family (``GPT``, ``Llama`` …).
        is_named: whether ``name`` is what the authors call the model; else it is its file's.
        name_latex: the authors' name as LaTeX, where plain characters do not say it.
    """

    name: str
    family: str
    layers: tuple[LayerFacts, ...]
    vocab_size: int
    context: int | None
    dtype: str = "float32"
    step: int | None = None
    defaults: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    trained_on_clean: bool = False
    notes: tuple[str, ...] = field(default=())
    architecture: str = "transformer"
    is_named: bool = False
    name_latex: str | None = None

    @property
    def n_layer(self) -> int:
        """How many attention layers the model has."""
        return len(self.layers)
