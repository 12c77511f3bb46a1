"""What the configuration of a VFE-Sim model says, and which file it is in."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from paperfig.errors import CheckpointError
from paperfig.models.files import EXPERIMENT_CONFIG, pure_fep_config, read_json
from paperfig.models.tensors import Stored
from paperfig.spec.schema import CheckpointSpec

SIZE = "embed_dim"
"""The key that a model's configuration has and a trainer's has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """The project's default for a key, and which values it takes."""

    default: Any
    right: str
    valid: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_kappa(value: Any) -> bool:
    listed = isinstance(value, list | tuple) and bool(value)
    return value is None or (all(map(_is_positive, value)) if listed else _is_positive(value))


def _flag(default: bool) -> _Key:
    return _Key(default=default, right="true or false", valid=lambda v: type(v) is bool)


def _positive(default: int | float) -> _Key:
    return _Key(default=default, right="a number above 0", valid=_is_positive)


_KAPPA = _Key(default=None, right="a number above 0, or one for each head,", valid=_is_kappa)

_KEYS = {
    SIZE: _Key(default=None, right="a whole number", valid=lambda v: type(v) is int),
    "mask_self_attention": _flag(False),
    "alibi_slope": _Key(
        default=None, right="a number or null", valid=lambda v: v is None or _is_number(v)
    ),
    "attention_pattern": _Key(
        default="full", right="`full` or `local`", valid=lambda v: isinstance(v, str)
    ),
    "attention_window": _Key(
        default=64, right="a whole number above 0", valid=lambda v: type(v) is int and v > 0
    ),
    "diagonal_covariance": _flag(False),
    "gauge_fixed_priors": _flag(False),
    "use_identity_transport": _flag(False),
    "mu_normalize": _flag(False),
    "mu_max_norm": _Key(
        default=None,
        right="a number above 0 or null",
        valid=lambda v: v is None or _is_positive(v),
    ),
    "kappa_beta": _KAPPA,
    "kappa": _KAPPA,
    "kappa_beta_auto_scale": _flag(False),
    "kappa_beta_base": _positive(1.0),
    "kappa_beta_k_ref": _positive(11),
    "use_positional_embedding": _flag(True),
    "pos_encoding_mode": _Key(
        default=None,
        right="`none`, `learned` or `sinusoidal`",
        valid=lambda v: v in ("none", "learned", "sinusoidal"),
    ),
}
"""Defaults of ``transformer/model.py`` and ``train_publication.py`` of VFE-Sim at 9eb5dec."""

_ALWAYS_READ = (
    "mask_self_attention", "alibi_slope", "attention_pattern", "diagonal_covariance",
    "use_identity_transport", "mu_normalize", "mu_max_norm",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value, and the key of the configuration that says so."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A model's configuration; without values where there is none.

    Attributes:
        where: what messages call its file.
        values: the keys and what they say.
    """

    where: str
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        for key, rule in _KEYS.items():
            if key in self.values and not rule.valid(self.values[key]):
                raise CheckpointError(
                    self.where, f"`{key}` is {self.values[key]!r}", f"{rule.right} is right"
                )
        if self["attention_pattern"] not in ("full", "local"):
            raise CheckpointError(
                self.where,
                f"`attention_pattern` is {self['attention_pattern']!r}, which is not built yet",
                "`full` and `local` are",
            )

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Any:
        """What the key says, or the project's default."""
        return self.values.get(key, _KEYS[key].default)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The keys that attention depends on and the file lacks, with what holds then."""
        keys: tuple[str, ...] = _ALWAYS_READ
        if self.is_local:
            keys += ("attention_window",)
        if self["kappa_beta_auto_scale"]:
            keys += ("kappa_beta_base", "kappa_beta_k_ref")
        return {key: self[key] for key in keys if key not in self}

    @property
    def file(self) -> str | None:
        """The name of the file that holds it, where there is one."""
        return Path(self.where).name if self.values else None

    @property
    def is_local(self) -> bool:
        """Whether attention has the pattern ``local``: a window, and rules of its own."""
        return bool(self["attention_pattern"] == "local")

    @property
    def spread(self) -> Literal["full", "diagonal", "diagonal-untransported"]:
        """What is kept of a covariance; a rotated prior (gauge-fixed) is always full."""
        if self["gauge_fixed_priors"] or not self["diagonal_covariance"]:
            return "full"
        return "diagonal-untransported" if self.is_local else "diagonal"

    @property
    def is_identity(self) -> bool:
        """Whether Ω = I: honoured with pattern ``full`` and full covariance only."""
        honoured = self.spread == "full" and not self.is_local
        return bool(self["use_identity_transport"] and honoured)

    @property
    def alibi_slope(self) -> float:
        """The slope added to the logits; ``local`` ignores it."""
        return 0.0 if self.is_local else float(self["alibi_slope"] or 0.0)

    def kappa(self, width: int) -> Said | None:
        """κ: base · K / k_ref where it is scaled, whatever ``kappa_beta`` says.

        The trainers write the configuration before they resolve ``kappa_beta``.
        """
        if self["kappa_beta_auto_scale"]:
            scaled = self["kappa_beta_base"] * width / self["kappa_beta_k_ref"]
            return Said(key="kappa_beta_auto_scale", value=scaled)
        for key in ("kappa_beta", "kappa", "kappa_beta_base"):
            if self.values.get(key) is not None:
                return Said(key=key, value=self.values[key])
        return None


def find_configuration(stored: Stored, spec: CheckpointSpec, width: int) -> Configuration:
    """The spec's file, else the first model configuration in or beside the checkpoint.

    Asked are the file's ``model_config``, ``experiment_config.json``, the file's
    ``config``, and the pure-FEP script's ``NAME_config.json``. One without ``embed_dim``
    is a trainer's and is passed over.

    Raises:
        CheckpointError: it cannot be read, is not of this model, or a value is wrong.
    """
    found = _named(spec.config) if spec.config is not None else _first(stored)
    if found is None:
        return Configuration(where=stored.where, values={})
    where, values = found
    configuration = Configuration(where=where, values=values)
    if configuration[SIZE] != width:
        raise CheckpointError(
            where,
            f"`{SIZE}` is {configuration[SIZE]} and the tensors have K = {width}",
            "the configuration of this model is right; `config` names it",
        )
    return configuration


def _named(config: str) -> tuple[str, Mapping[str, Any]]:
    values = _inner(read_json(Path(config), config))
    if values is None:
        raise CheckpointError(
            config, f"has no `{SIZE}`", "a model's configuration is right, not a trainer's"
        )
    return config, values


def _first(stored: Stored) -> tuple[str, Mapping[str, Any]] | None:
    for where, content in _candidates(stored):
        values = _inner(content)
        if values is not None:
            return where, values
    return None


def _candidates(stored: Stored) -> Iterator[tuple[str, Any]]:
    """Where a configuration may be, and what is there; files are read as they are asked."""
    yield stored.where, stored.extra.get("model_config")
    yield _beside(stored, stored.path.with_name(EXPERIMENT_CONFIG))
    yield stored.where, stored.extra.get("config")
    yield _beside(stored, pure_fep_config(stored.path))


def _beside(stored: Stored, path: Path) -> tuple[str, Any]:
    where = str(Path(stored.where).with_name(path.name))
    return where, read_json(path, where) if path.is_file() else None


def _inner(content: Any) -> Mapping[str, Any] | None:
    """The model's configuration in what was read; None where it holds none."""
    if isinstance(content, dict):
        for values in (content.get("config"), content):
            if isinstance(values, dict) and SIZE in values:
                return values
    return None
