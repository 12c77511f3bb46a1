"""What is said of several variants, said once where it is true of all of them."""

from collections.abc import Iterable, Mapping
from typing import Any


def told_once(several: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What is said of each variant: once where all agree, else under the variant's name.

    Args:
        several: by label, what is said of each by key.

    >>> told_once({"a": {"head": 0, "kappa": 1}, "b": {"head": 0, "kappa": 3}})
    {'head': 0, 'variants.a.kappa': 1, 'variants.b.kappa': 3}
    >>> told_once({"": {"head": 0, "kappa": 1}})
    {'head': 0, 'kappa': 1}
    """
    first, *others = several.values()
    shared = {
        key: value
        for key, value in first.items()
        if all(key in other and other[key] == value for other in others)
    }
    apart = {
        f"{prefix(label)}{key}": value
        for label, own in several.items()
        for key, value in own.items()
        if key not in shared
    }
    return shared | apart


def told_apart(once: Mapping[str, Any], labels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What `told_once` says, by label again.

    >>> told_apart({"head": 0, "variants.a.kappa": 1}, ["a", "b"])
    {'a': {'head': 0, 'kappa': 1}, 'b': {'head': 0}}
    """
    prefixes = [prefix(label) for label in labels]
    shared = {key: value for key, value in once.items() if not _starts(key, prefixes)}
    return {
        label: shared
        | {
            key.removeprefix(own): value
            for key, value in once.items()
            if own and key.startswith(own)
        }
        for label, own in zip(labels, prefixes, strict=True)
    }


def prefix(label: str) -> str:
    """What stands before the keys of a variant; nothing where it is the only one."""
    return f"variants.{label}." if label else ""


def _starts(key: str, prefixes: Iterable[str]) -> bool:
    return any(one and key.startswith(one) for one in prefixes)
