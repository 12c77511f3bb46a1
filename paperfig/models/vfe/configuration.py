"""The configuration of a VFE model: which keys it has, and which file it is in."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from paperfig.errors import CheckpointError
from paperfig.models.files.listing import EXPERIMENT_CONFIG, pure_fep_config, read_json
from paperfig.models.files.tensors import Stored
from paperfig.specs.schema import CheckpointSpec

SIZE = "embed_dim"
"""The key that a model's configuration has and a trainer's has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    """The project's default for a key, and which values it takes.

    Attributes:
        default: what holds where the key is missing.
        right: what messages call the values that it takes.
        valid: whether a value is one of them.
        computed: those of them whose attention is computed here; None for all.
        means: what another value means, for messages.
    """

    default: Any
    right: str = ""
    valid: Callable[[Any], bool] = lambda _: True
    computed: tuple[Any, ...] | None = None
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigValue:
    """A value, and the key of the configuration that says so."""

    key: str
    value: Any


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and no boolean."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_positive(value: Any) -> bool:
    """Whether it is a finite number above 0."""
    return is_number(value) and value > 0


def _is_kappa(value: Any) -> bool:
    listed = isinstance(value, list | tuple) and bool(value)
    return value is None or (all(map(is_positive, value)) if listed else is_positive(value))


def flag(default: bool) -> ConfigKey:
    """A key that is true or false."""
    return ConfigKey(default=default, right="true or false", valid=lambda v: type(v) is bool)


def positive(default: int | float) -> ConfigKey:
    """A key that is a number above 0."""
    return ConfigKey(default=default, right="a number above 0", valid=is_positive)


def count(default: int | None) -> ConfigKey:
    """A key that is a whole number above 0."""
    return ConfigKey(
        default=default,
        right="a whole number above 0",
        valid=lambda v: type(v) is int and v > 0,
    )


def supported(*computed: Any) -> ConfigKey:
    """A key of which these values are computed here, the first of them its default."""
    return ConfigKey(default=computed[0], computed=computed)


KAPPA = ConfigKey(
    default=None, right="a number above 0, or one for each head,", valid=_is_kappa
)
"""The temperature κ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A model's configuration; without values where there is none.

    A family's own class lists its keys, and says what they mean for attention.

    Attributes:
        where: what messages call its file.
        values: the keys and what they say.
    """

    KEYS: ClassVar[Mapping[str, ConfigKey]] = {}
    ALWAYS_READ: ClassVar[tuple[str, ...]] = ()

    where: str
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        for key, rule in self.KEYS.items():
            value = self[key]
            if key in self.values and not rule.valid(value):
                raise CheckpointError(
                    self.where, f"`{key}` is {value!r}", f"{rule.right} is right"
                )
            if rule.computed is not None and not any(_is(value, one) for one in rule.computed):
                by_default = "" if key in self.values else " by default"
                means = f" ({rule.means})" if rule.means else ""
                raise CheckpointError(
                    self.where,
                    f"`{key}` is {_shown(value)}{by_default}{means}, which is not built yet",
                    f"{' and '.join(f'`{_bare(one)}`' for one in rule.computed)} "
                    f"{'is' if len(rule.computed) == 1 else 'are'}",
                )

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Any:
        """What the key says, or the project's default."""
        return self.values.get(key, self.KEYS[key].default)

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on."""
        return self.ALWAYS_READ

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The keys that attention depends on and the file lacks, with what holds then."""
        return {key: self[key] for key in self.always_read if key not in self}

    @property
    def file(self) -> str | None:
        """The name of the file that holds it, where there is one."""
        return Path(self.where).name if self.values else None

    @property
    def covariance_form(self) -> Literal["full", "diagonal", "diagonal-untransported"]:
        """What is kept of a covariance."""
        return "diagonal"

    def kappa(self, width: int) -> ConfigValue | None:
        """κ of every head, or a list of them."""
        raise NotImplementedError

    def causal(self) -> ConfigValue | None:
        """Whether the mask is causal; None where the project leaves no choice: it is."""
        return None

    def self_attention(self) -> ConfigValue | None:
        """The rule for a query's own key, in the words of a spec."""
        return None

    def window(self) -> ConfigValue | None:
        """How many keys a query sees, itself counted."""
        return None

    def transport(self) -> ConfigValue | None:
        """How Ω is computed, where the configuration settles it."""
        return None


def find_configuration(
    stored: Stored, spec: CheckpointSpec, width: int
) -> tuple[str, Mapping[str, Any]]:
    """Where the model's configuration is, and its keys; none where there is none.

    It is the spec's file, else the first in or beside the checkpoint. Asked are the file's
    ``model_config``, ``experiment_config.json``, the file's ``config``, and the pure-FEP
    script's ``NAME_config.json``. One without ``embed_dim`` is a trainer's and is passed
    over.

    Raises:
        CheckpointError: it cannot be read, or is not of this model.
    """
    found = _named(spec.config) if spec.config is not None else _first(stored)
    if found is None:
        return stored.where, {}
    where, values = found
    size = values[SIZE]
    if type(size) is not int:
        raise CheckpointError(where, f"`{SIZE}` is {size!r}", "a whole number is right")
    if size != width:
        raise CheckpointError(
            where,
            f"`{SIZE}` is {size} and the tensors have K = {width}",
            "the configuration of this model is right; `config` names it",
        )
    return where, values


def _is(value: Any, other: Any) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _bare(value)


def _bare(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


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
