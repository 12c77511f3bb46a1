"""How a VFE model was trained: what its configuration says and the spec declares."""

import math
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.models.vfe.configuration import Configuration, ConfigValue
from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

_LINE = {"κ": "kappa: 1.0", "mask": "mask: {causal: true, self: keep}"}
"""What a spec says where the file does not, with the values most models have."""


class Trained:
    """The setting of attention in training.

    Args:
        configuration: the model's.
        spec: what the spec declares; it may repeat what the file says, never deny it.
        where: what messages call the checkpoint.
        width: K, the dimension of a belief.
        needs_kappa: whether κ has to be known.

    Attributes:
        declared: each setting that only the spec declares, as ``key = value``.
        defaults: each that only the project's default supplies, likewise.

    Raises:
        CheckpointError: neither says κ or the mask, or they contradict each other.
    """

    def __init__(
        self,
        configuration: Configuration,
        spec: TrainedSpec,
        *,
        where: str,
        width: int,
        needs_kappa: bool = True,
    ) -> None:
        self._configuration, self._where = configuration, where
        self._needs_kappa, self._width = needs_kappa, width
        self.declared: tuple[str, ...] = ()
        stated_kappa = configuration.kappa(width)
        self._check_stated(spec, stated_kappa)
        if spec.gelu is not None:
            raise CheckpointError(
                where,
                "`trained.gelu` is declared, and no GELU of it is computed",
                "leave it out",
            )
        self._kappa = self._settle("kappa", spec.kappa, stated_kappa)
        self._mask = self._read_mask(spec)
        transport = self._settle("transport", spec.transport, configuration.transport())
        self._transport: str = transport or "taylor4"
        self.defaults = tuple(
            f"{key} = {value}"
            for key, value in configuration.defaults.items()
            if not (key == "mask_self_attention" and self._declares("mask.self"))
        )

    def setting(self, n_head: int) -> Setting:
        """Mask, transport and κ of each head of a layer.

        Raises:
            CheckpointError: κ is a list of another length.
        """
        kappa = self._kappa
        if kappa is None:
            return Setting(mask=self._mask, transport=self._transport)
        if not isinstance(kappa, list | tuple):
            kappa = (kappa,) * n_head
        if len(kappa) != n_head:
            heads = f"{n_head} head{'s' if n_head > 1 else ''}"
            raise CheckpointError(
                self._where,
                f"κ is a list of {len(kappa)} and the layer has {heads}",
                "one number, or one for each head, is right",
            )
        return Setting(
            mask=self._mask, kappa=tuple(map(float, kappa)), transport=self._transport
        )

    def _declares(self, name: str) -> bool:
        return any(setting.startswith(f"{name} = ") for setting in self.declared)

    def _check_stated(self, spec: TrainedSpec, kappa: ConfigValue | None) -> None:
        contradiction = self._configuration.kappa_contradiction(self._width)
        if contradiction and spec.kappa is None:
            raise CheckpointError(
                self._configuration.where,
                contradiction,
                "declare the one that it was trained with: `trained: {kappa: …}`",
            )
        missing = []
        if self._needs_kappa and kappa is None and spec.kappa is None:
            missing.append("κ")
        if not self._configuration.values and (
            spec.mask is None or spec.mask.self_attention is None
        ):
            missing.append("mask")
        if missing:
            line = ", ".join(_LINE[name] for name in missing)
            raise CheckpointError(
                self._where,
                f"nothing in it or beside it says with which {' and '.join(missing)} it was "
                "trained",
                f"declare it under `checkpoint`: `trained: {{{line}}}`, with its own values",
            )

    def _read_mask(self, spec: TrainedSpec) -> MaskRule:
        """The mask: causal and whole, unless the configuration or the spec says else."""
        configuration, declared = self._configuration, spec.mask or MaskSpec()
        hidden = declared.hide_keys and tuple(sorted(set(declared.hide_keys)))
        causal = self._settle("mask.causal", declared.causal, configuration.causal())
        return MaskRule(
            causal=True if causal is None else causal,
            self_attention=self._settle(
                "mask.self", declared.self_attention, configuration.self_attention()
            )
            or "keep",
            window=self._settle("mask.window", declared.window, configuration.window()),
            hide_keys=self._settle("mask.hide_keys", hidden, None) or (),
        )

    def _settle(self, name: str, declared: Any, stated: ConfigValue | None) -> Any:
        """What the file says, or else the spec; None where neither does."""
        if stated is None:
            if declared is not None:
                self.declared += (f"{name} = {_shown(declared)}",)
            return declared
        if declared is not None and not _same(declared, stated.value):
            raise CheckpointError(
                self._where,
                f"`trained.{name}` is {_shown(declared)}, and `{stated.key}` in "
                f"{self._configuration.where} means {_shown(stated.value)}",
                f"leave `trained.{name}` out, or set `{name.partition('.')[0]}` to change it",
            )
        return stated.value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-6)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
