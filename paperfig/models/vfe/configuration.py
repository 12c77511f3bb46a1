"""The configuration of a VFE model: which keys it has, and which file it is in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from paperfig.errors import CheckpointError
from paperfig.models.configuration import (
    OF_THIS_MODEL,
    ConfigKey,
    ModelConfiguration,
    is_positive,
)
from paperfig.models.files.listing import EXPERIMENT_CONFIG, pure_fep_config, read_json
from paperfig.models.files.tensors import Stored
from paperfig.specs.schema import CheckpointSpec

SIZE = "embed_dim"
"""The key that a model's configuration has and a trainer's has not."""

_ANY_VOCABULARY = 2_000_000
"""What VFE-Sim's trainer asks for where all words of the data are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigValue:
    """A value, and the key of the configuration that says so."""

    key: str
    value: Any


def _is_kappa(value: Any) -> bool:
    listed = isinstance(value, list | tuple) and bool(value)
    return value is None or (all(map(is_positive, value)) if listed else is_positive(value))


KAPPA = ConfigKey(
    default=None, right="a number above 0, or one for each head,", valid=_is_kappa
)
"""The temperature κ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration(ModelConfiguration):
    """A VFE model's configuration; without values where there is none.

    Its class also says which keys only the beliefs depend on, and not what is made of them:
    where the project's own code runs, the beliefs are its own.
    """

    ALWAYS_READ: ClassVar[tuple[str, ...]] = ()
    OF_BELIEFS: ClassVar[frozenset[str]] = frozenset()

    @property
    def uncomputed(self) -> frozenset[str]:
        """The keys that ask for what is not computed here, of the beliefs that are known."""
        asked = super(Configuration, self).uncomputed
        return asked - self.OF_BELIEFS if self.is_run else asked

    @property
    def is_computed(self) -> bool:
        """Whether weights are made here of beliefs that are known."""
        return not self.uncomputed

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on."""
        return self.ALWAYS_READ

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The keys that attention depends on and the file lacks, with what holds then."""
        return {key: self[key] for key in self.always_read if key not in self}

    @property
    def covariance_form(self) -> Literal["full", "diagonal", "diagonal-untransported"]:
        """What is kept of a covariance."""
        return "diagonal"

    def kappa(self, width: int) -> ConfigValue | None:
        """κ of every head, or a list of them."""
        raise NotImplementedError

    def kappa_contradiction(self, width: int) -> str:  # noqa: ARG002 - most say it once
        """How two keys contradict each other on κ, which is then not known; or nothing."""
        return ""

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
            OF_THIS_MODEL,
        )
    return where, values


def vocabulary(configuration: ModelConfiguration, rows: int) -> tuple[int, ...]:
    """What ``vocab_size`` may be where the token tables have that many rows.

    The trainers write what they ask for before the data tell how many words there are: a
    placeholder, or in ``experiment_config.json`` any larger number.
    """
    said: Any = configuration.values.get("vocab_size")
    more = configuration.file == EXPERIMENT_CONFIG and type(said) is int and said > rows
    return (rows, said) if more or said == _ANY_VOCABULARY else (rows,)


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
