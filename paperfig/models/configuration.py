"""The configuration of a model whose tensors are read here: every key of it is accounted for.

A key is known and computed, known and held against the tensors, known and refused where it
asks for what is not computed, or harmless. Any other is refused by its name unless it is
switched off or the spec declares that it does not touch attention.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from paperfig.errors import CheckpointError

OF_THIS_MODEL = "the configuration of this model is right; `config` names it"

_OFF_MATTERS = re.compile(
    r"causal|autoregressive|unidirectional|scale|scaling|softmax|residual|layer_?norm"
    r"|pre_?norm|norm_first|pos(ition(al)?)?_?(emb|enc)|wpe"
)
"""Names of switches that plain attention has on: off is what changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    """The project's default for a key, and which values it takes.

    Attributes:
        default: what holds where the key is missing.
        right: what messages call the values that it takes.
        valid: whether a value is one of them.
        computed: those of them whose attention is computed here; None for all.
        means: what another value means, for messages.
        is_mask: whether it says which keys a query may attend to: another mask than the
            computed ones can neither be stated nor drawn, whoever computes.
    """

    default: Any
    right: str = ""
    valid: Callable[[Any], bool] = lambda _: True
    computed: tuple[Any, ...] | None = None
    means: str = ""
    is_mask: bool = False


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and no boolean."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_positive(value: Any) -> bool:
    """Whether it is a finite number above 0."""
    return is_number(value) and value > 0


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


def supported(*computed: Any, is_mask: bool = False) -> ConfigKey:
    """A key of which these values are computed here, the first of them its default."""
    return ConfigKey(default=computed[0], computed=computed, is_mask=is_mask)


def unsupported(means: str = "") -> ConfigKey:
    """A key that changes attention in a way that is not computed here, unless it is off."""
    off: tuple[Any, ...] = (None, False, 0, (), [])
    return ConfigKey(default=None, right="`false`", computed=off, means=means)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfiguration:
    """A model's configuration; without values where there is none.

    A family's own class lists its keys, and says what they mean for attention.

    Attributes:
        where: what messages call its file.
        values: the keys and what they say.
        remedy: how to have the code of the model's project compute what is not computed
            here, for messages; empty where there is no such way.
        is_run: whether that is what is done: nothing is refused then.
    """

    KEYS: ClassVar[Mapping[str, ConfigKey]] = {}
    HARMLESS: ClassVar[frozenset[str]] = frozenset()

    where: str
    values: Mapping[str, Any]
    remedy: str = ""
    is_run: bool = False

    def __post_init__(self) -> None:
        uncomputed = self.uncomputed
        for key, rule in self.KEYS.items():
            value = self[key]
            if key in self.values and not rule.valid(value):
                raise CheckpointError(
                    self.where, f"`{key}` is {value!r}", f"{rule.right} is right"
                )
            if key in uncomputed and (rule.is_mask or not self.is_run):
                by_default = "" if key in self.values else " by default"
                means = f" ({rule.means})" if rule.means else ""
                remedy = "" if rule.is_mask else self.remedy
                raise CheckpointError(
                    self.where,
                    f"`{key}` is {_shown(value)}{by_default}{means}, which is not built yet",
                    "; ".join(filter(None, (_computed(rule), remedy))),
                )

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Any:
        """What the key says, or the project's default."""
        return self.values.get(key, self.KEYS[key].default)

    @property
    def uncomputed(self) -> frozenset[str]:
        """The keys that ask for what is not computed here."""
        return frozenset(
            key
            for key, rule in self.KEYS.items()
            if rule.computed is not None and not any(_is(self[key], it) for it in rule.computed)
        )

    @property
    def file(self) -> str | None:
        """The name of the file that holds it, where there is one."""
        return Path(self.where).name if self.values else None

    @property
    def is_beside(self) -> bool:
        """Whether it is a JSON file, and not in the checkpoint's."""
        return Path(self.where).suffix == ".json"

    def check_keys(
        self, sizes: Mapping[str, Sequence[Any]], ignored: Sequence[str]
    ) -> tuple[str, ...]:
        """What the spec's ``ignore`` leaves out of account, as ``key = value``.

        Args:
            sizes: for each key that the tensors tell, the values that fit them.
            ignored: the keys that the spec declares not to touch attention.

        Raises:
            CheckpointError: a key contradicts the tensors, or its meaning is not known and
                it is neither off nor ignored, or an ignored one is known or not there.
        """
        known = {*self.KEYS, *sizes, *self.HARMLESS}
        for key in ignored:
            if key in known or key not in self:
                fault = "known here" if key in known else "none of its keys"
                raise CheckpointError(
                    self.where, f"`ignore` names `{key}`, which is {fault}", "leave it out"
                )
        for key, right in sizes.items():
            value = self.values.get(key)
            if value is not None and not any(_is(value, one) for one in right):
                raise CheckpointError(
                    self.where,
                    f"`{key}` is {_shown(value)} and the tensors have "
                    f"{' or '.join(map(_shown, right))}",
                    OF_THIS_MODEL,
                )
        for key, value in self.values.items():
            if key not in known and key not in ignored and not _is_harmless(key, value):
                raise CheckpointError(
                    self.where,
                    f"`{key}` is {_shown(value)}, and what that does to attention is not known",
                    f"{self.remedy or 'an adapter runs any model'}; `ignore: [{key}]` under "
                    "`checkpoint` declares that it does nothing",
                )
        return tuple(f"{key} = {_shown(self.values[key])}" for key in ignored)


def _is_harmless(key: str, value: Any) -> bool:
    """Whether a key of which nothing is known is off, and plain attention has it off."""
    if value is None:
        return True
    off = value is False or (is_number(value) and value == 0)
    return off and not _OFF_MATTERS.search(str(key).lower())


def _is(value: Any, other: Any) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _computed(rule: ConfigKey) -> str:
    """What is computed of a key, for messages."""
    assert rule.computed is not None, "the caller asks only where some values are"
    if rule.right:
        return f"{rule.right} is"
    named = " and ".join(f"`{_bare(one)}`" for one in rule.computed)
    return f"{named} {'is' if len(rule.computed) == 1 else 'are'}"


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _bare(value)


def _bare(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
