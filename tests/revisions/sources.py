"""The cases of models: one of every family, opened as a build opens it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from maps_of import layer_of
from models.small_blocks import write_blocks
from revisions import checkpoints as made
from revisions import modules
from revisions.weights import IDS, of_map

from paperfig.models.checkpoint import families, load_checkpoint
from paperfig.models.external.in_memory import reported_model
from paperfig.models.source import AttentionSource
from paperfig.specs.mask import TrainedSpec
from paperfig.specs.schema import CheckpointSpec

FAMILIES = tuple(family.name for family in families())


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A small model of a family.

    Attributes:
        family: as the registry or the model's facts name it.
        open: loads it, from what it writes into a folder.
        layers: those that are looked at.
        changed: what of the trained setting is changed.
    """

    family: str
    open: Callable[[Path], AttentionSource]
    layers: Sequence[int] = (0,)
    changed: Mapping[str, Any] | None = None

    def numbers(self, folder: Path) -> list[Any]:
        """The numbers of each layer."""
        source = self.open(folder)
        assert source.facts.family == self.family
        return [_of_layer(source, layer, self.changed or {}) for layer in self.layers]


def _of_layer(source: AttentionSource, layer: int, changed: Mapping[str, Any]) -> Any:
    asked = {layer: range(source.facts.layers[layer].n_head)}
    has_scores = source.layer_inputs(IDS, asked)[layer].has_scores
    shown = layer_of(source, IDS, layer, keep_scores=has_scores, **changed)
    facts = source.facts.layers[layer]
    return {"trained": facts.trained, "irreps": facts.irreps} | of_map(shown)


def _load(
    folder: Path, name: str, *, trained: Mapping[str, Any] | None = None, **keys: Any
) -> AttentionSource:
    spec = CheckpointSpec(path=name, trained=TrainedSpec(**trained or {}), **keys)
    cpu = torch.device("cpu")
    return load_checkpoint(spec, root=folder, device=cpu, allow_adapters=True)


def _file(
    write: Callable[..., Path], trained: Mapping[str, Any] | None = None, **how: Any
) -> Callable[[Path], AttentionSource]:
    def load(folder: Path) -> AttentionSource:
        return _load(folder, write(folder / "ckpt.pt", **how).name, trained=trained)

    return load


def _folder(model_type: str, **config: Any) -> Callable[[Path], AttentionSource]:
    def load(folder: Path) -> AttentionSource:
        return _load(folder, made.huggingface(folder / "m", model_type, **config).name)

    return load


def _adapter(built: str) -> Callable[[Path], AttentionSource]:
    def load(folder: Path) -> AttentionSource:
        code = f"from revisions import modules\ndef build(path, device):\n    return {built}\n"
        (folder / "built.py").write_text(code, encoding="utf-8")
        return _open_adapter(folder, adapter="built:build")

    return load


def _blocks(folder: Path) -> AttentionSource:
    np.savez(folder / "beliefs.npz", **modules.block_beliefs())
    write_blocks(folder, kappa=0.7)
    return _open_adapter(folder, adapter="blocks:build", path="beliefs.npz")


def _open_adapter(folder: Path, **keys: Any) -> AttentionSource:
    spec = CheckpointSpec(**keys)
    cpu = torch.device("cpu")
    return load_checkpoint(spec, root=folder, device=cpu, allow_adapters=True)


def _in_memory(kind: type, **options: Any) -> Callable[[Path], AttentionSource]:
    return lambda _: reported_model(kind(), IDS, **options)


_SIM = {"kappa_beta": 0.7, "mask_self_attention": True}
_MIXED = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 3}
_CAPPED = {"attn_logit_softcapping": 1.5, "query_pre_attn_scalar": 3, "head_dim": 6}

MODELS: dict[str, Model] = {
    "gpt": Model(family="gpt", open=_file(made.gpt), layers=(0, 1)),
    "vfe-baseline": Model(family="vfe-baseline", open=_file(made.baseline), layers=(0, 1)),
    "vfe-sim": Model(
        family="vfe-sim", open=_file(made.vfe_sim, size=3, dims=(3, 1, 3), **_SIM)
    ),
    "vfe-sim, diagonal": Model(
        family="vfe-sim",
        open=_file(
            made.vfe_sim,
            size=3,
            dims=(3, 3),
            diagonal_covariance=True,
            alibi_slope=-0.1,
            mu_max_norm=1.6,
            kappa_beta_auto_scale=True,
            kappa_beta_base=0.9,
            kappa_beta_k_ref=5,
            mask_self_attention=False,
        ),
    ),
    "vfe-sim, local": Model(
        family="vfe-sim",
        open=_file(
            made.vfe_sim,
            size=3,
            dims=(3, 1),
            diagonal_covariance=True,
            attention_pattern="local",
            attention_window=3,
            alibi_slope=-0.5,
            **_SIM,
        ),
    ),
    "vfe-sim, gauge-fixed": Model(
        family="vfe-sim",
        open=_file(
            made.vfe_sim,
            size=3,
            dims=(3, 3),
            state=made.gauge_fixed(6),
            gauge_fixed_priors=True,
            pos_encoding_mode="none",
            **_SIM,
        ),
    ),
    "vfe-sim, SO(4)": Model(
        family="vfe-sim",
        open=_file(
            made.vfe_sim,
            {"transport": "exact"},
            size=4,
            dims=(4, 4),
            state=made.normed(8),
            mu_normalize=True,
            kappa_beta=6.0,
            mask_self_attention=True,
        ),
    ),
    "vfe-sim, identity": Model(
        family="vfe-sim",
        open=_file(made.vfe_sim, size=3, dims=(3,), use_identity_transport=True, **_SIM),
    ),
    "vfe-v1": Model(family="vfe-v1", open=_file(made.vfe_v1, use_rope=True)),
    "vfe-v1, coupled": Model(
        family="vfe-v1",
        open=_file(
            made.vfe_v1,
            coupled=(0, 2),
            use_rope=True,
            alpha_divergence=0.3,
            mask_self_attention=True,
        ),
    ),
    "vfe-v1, learned": Model(
        family="vfe-v1",
        open=_file(made.vfe_v1, kappas=(0.8, 5.0, 0.1), use_rope=False, mu_max_norm=0.8),
    ),
    "vfe-v3": Model(
        family="vfe-v3",
        open=_file(made.vfe_v3, kappa_beta=[0.8, 0.4], kl_max=4.0, eps=0.5),
    ),
    "vfe-v3, ALiBi": Model(
        family="vfe-v3",
        open=_file(made.vfe_v3, beta_attention_prior="causal_alibi_noself", alibi_slope=0.6),
    ),
    "vfe-v3, full": Model(
        family="vfe-v3",
        open=_file(
            made.vfe_v3,
            family="gaussian_full",
            turned=True,
            kappas=(0.6, 1.1),
            buckets=4,
            beta_attention_prior="t5_relative_bias",
            t5_num_buckets=4,
            t5_max_distance=5,
        ),
    ),
    "vfe-v3, T5 of no table": Model(
        family="vfe-v3",
        open=_file(
            made.vfe_v3,
            beta_attention_prior="t5_relative_bias",
            t5_num_buckets=4,
            t5_max_distance=5,
        ),
    ),
    "vfe-v3, window": Model(
        family="vfe-v3",
        open=_file(made.vfe_v3, beta_attention_prior="windowed", attention_window=2),
    ),
    "gpt2": Model(family="gpt2", open=_folder("gpt2", n_inner=7), layers=(0, 1)),
    "mistral": Model(
        family="mistral",
        open=_folder("mistral", num_key_value_heads=1, sliding_window=3, head_dim=6),
        layers=(1,),
    ),
    "gemma2": Model(
        family="gemma2",
        open=_folder("gemma2", scale=0.5, num_key_value_heads=1, **_MIXED, **_CAPPED),
        layers=(0, 1),
    ),
    "adapter": Model(
        family="adapter",
        open=_adapter("modules.Reporting()"),
        layers=(0, 1),
        changed={"kappa": (0.9, 2.0)},
    ),
    "adapter, as trained": Model(
        family="adapter", open=_adapter("modules.Reporting()"), layers=(1,)
    ),
    "adapter, V3's": Model(
        family="adapter",
        open=_adapter("modules.ScoredTwice()"),
        changed={"score_at": "converged"},
    ),
    "adapter, names": Model(
        family="adapter", open=_adapter('(modules.Named(), "parts.*")'), layers=(0, 1)
    ),
    "adapter, blocks": Model(family="adapter", open=_blocks, layers=(0, 1)),
    "in memory": Model(family="in memory", open=_in_memory(modules.Reporting), layers=(0, 1)),
    "in memory, V3's": Model(family="in memory", open=_in_memory(modules.ScoredTwice)),
    "in memory, names": Model(
        family="in memory", open=_in_memory(modules.Named, attention="parts.*"), layers=(1,)
    ),
}
"""A model of every family, and of each way in which the family's reader makes its inputs."""

DOORS = ("gpt2", "adapter", "in memory")
"""The families of models that no registered family of files reads."""

REFUSED: dict[str, Callable[[Path], Path]] = {"vfe-pure-fep": made.pure_fep}
"""The registered families that are known in order to be refused."""

CASES: dict[str, Callable[[Path], Any]] = {
    name: model.numbers for name, model in MODELS.items()
}
