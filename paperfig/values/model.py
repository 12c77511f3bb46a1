"""What a checkpoint says of its model, and the setting of one attention layer.

>>> setting = Setting(mask=MaskRule(), kappa=(1.0, 0.5), tau_factor=(2.0, 2.0))
>>> setting.temperature, setting.of_heads((1,)).temperature
((2.0, 1.0), (1.0,))
"""

from dataclasses import dataclass, field, replace
from operator import mul
from typing import Literal

from paperfig.values.mask import MaskRule
from paperfig.values.site import Site, Stack


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
        alibi: what is added to the logits of each head, after the division, for each token
            between query and key (ALiBi); None where nothing is.
        distance_bias: whether a bias by T5's buckets of distances is added, ``fixed`` or
            ``learned``; None where none is.
    """

    mask: MaskRule
    kappa: tuple[float, ...] | None = None
    transport: str | None = None
    tau_factor: tuple[float, ...] | None = None
    order: float | None = None
    score_at: str | None = None
    alibi: tuple[float, ...] | None = None
    distance_bias: Literal["fixed", "learned"] | None = None

    @property
    def temperature(self) -> tuple[float, ...] | None:
        """τ, what divides the scores of each head; None where nothing does."""
        if self.kappa is None or self.tau_factor is None:
            return self.kappa
        return tuple(map(mul, self.kappa, self.tau_factor))

    def of_heads(self, heads: tuple[int, ...]) -> "Setting":
        """The same setting, with what is each head's own of the given heads only."""
        kappa, factor, alibi = (
            None if values is None else tuple(values[head] for head in heads)
            for values in (self.kappa, self.tau_factor, self.alibi)
        )
        return replace(self, kappa=kappa, tau_factor=factor, alibi=alibi)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One attention layer: how many heads it has and how it was trained.

    Attributes:
        head_dims: the dimension of each head's slice; 0 where it is not known.
        trained: mask, κ and transport as trained.
        is_numbered: whether its place is its number in the model.
        shown: the heads of which there is attention; None for all.
        knows_heads: whether its heads are those of the model; else it has one map, of which
            nothing says what head it is of.
        irreps: ℓ of each head where they are irreps of SO(3), of dimension 2ℓ + 1; else None.
        stack: whose attention it is.
    """

    head_dims: tuple[int, ...]
    trained: Setting
    is_numbered: bool = True
    knows_heads: bool = True
    shown: tuple[int, ...] | None = None
    irreps: tuple[int, ...] | None = None
    stack: Stack = "decoder"

    @property
    def there(self) -> tuple[int, ...]:
        """The heads of which there is attention."""
        return tuple(range(self.n_head)) if self.shown is None else self.shown

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
        shown: the layers of which there is attention; None for all.
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
        architecture: what the field calls models of that family (``GPT``, ``Llama`` …); None
            where nothing is known of it.
        is_named: whether ``name`` is what the authors call the model; else it is its file's.
        name_latex: the authors' name as LaTeX, where plain characters do not say it.
        usual_transport: how models of the family compute Ω unless something says another
            way, which captions then tell; None where there is one way only.
        computed_elsewhere: what of its attention was not computed here, but given.
        weights_source: where it is from, in the authors' words, where they say it.
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
    architecture: str | None = "transformer"
    is_named: bool = False
    name_latex: str | None = None
    usual_transport: str | None = None
    shown: tuple[int, ...] | None = None
    computed_elsewhere: Literal["weights", "scores", "values"] | None = None
    weights_source: str | None = None

    @property
    def n_layer(self) -> int:
        """How many attention layers the model has."""
        return len(self.layers)

    @property
    def there(self) -> tuple[int, ...]:
        """The layers of which there is attention."""
        return tuple(range(self.n_layer)) if self.shown is None else self.shown

    def site(self, layer: int) -> Site:
        """The attention of one of the layers."""
        facts = self.layers[layer]
        return Site(layer, facts.stack, is_known=facts.is_numbered)
