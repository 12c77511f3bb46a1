"""The facts on what turns scores into weights: mask, κ and transport, shown and trained."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from paperfig.values.attention import HeadMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.tokens import same_tokens

LISTED_KAPPAS = 4  # of more heads than these, the caption gives κ's range
_MASK_KEYS = ("causal", "self_attention", "window", "hide_keys")


def settings_by_layer(
    maps: Sequence[HeadMap], irreps_of: Callable[[HeadMap], tuple[int, ...] | None]
) -> list[dict[str, Any]]:
    """What turns scores into weights, once for all layers that share it.

    Nothing of layers of which it is not known.

    Args:
        maps: all that are shown.
        irreps_of: gives ℓ of each head of a map, or None.
    """
    groups: list[dict[str, Any]] = []
    known = [each for each in maps if each.shown is not None]
    for layer in dict.fromkeys(each.layer for each in known):
        of_layer = [each for each in known if each.layer == layer]
        spins = tuple(spin for each in of_layer for spin in irreps_of(each) or ())
        heads = tuple(head for each in of_layer for head in each.heads)
        facts = _setting_facts(of_layer) | {"irreps": _by_head(spins, heads) if spins else None}
        same = [group for group in groups if {**group, "layers": []} == facts]
        if not same:
            groups.append(facts)
        group = same[0] if same else facts
        group["layers"] = sorted({*group["layers"], layer})
    return groups


def changes(maps: Sequence[HeadMap]) -> list[str]:
    """What differs from training in any of the maps."""
    return sorted({key for each in maps for key in _setting_facts([each])["changed"]})


def _setting_facts(maps: Sequence[HeadMap]) -> dict[str, Any]:
    """The setting of a layer's heads, whichever of the maps they are in."""
    heads = tuple(head for attention in maps for head in attention.heads)
    shown = _rule_facts([each.shown for each in maps if each.shown], heads)
    trained = _rule_facts([each.trained or each.shown for each in maps if each.shown], heads)
    keys = maps[0].mask.sum(axis=1)
    return {
        "layers": [],
        **shown,
        "alone": _alone(maps[0]),
        "keyless": np.flatnonzero(keys == 0).tolist(),
        "changed": [key for key in shown if shown[key] != trained[key]],
        "trained": trained,
    }


def _alone(attention: HeadMap) -> list[int]:
    """The queries that have their own key only."""
    if not same_tokens(attention.queries, attention.keys):
        return []
    mask = attention.mask
    return np.flatnonzero((mask.sum(axis=1) == 1) & np.diagonal(mask)).tolist()


def _rule_facts(settings: Sequence[Setting], heads: tuple[int, ...]) -> dict[str, Any]:
    setting = settings[0]
    rule: MaskRule = setting.mask
    mask = {key: getattr(rule, key) for key in _MASK_KEYS} | {"hide_keys": list(rule.hide_keys)}
    return mask | {
        "pattern": rule.pattern is not None,
        "inferred": rule.is_inferred,
        "kappa": _kappa(settings, heads),
        "transport": setting.transport,
        "order": setting.order,
        "score_at": setting.score_at,
        "alibi": _alibi(settings, heads),
        "distance_bias": setting.distance_bias,
    }


def _alibi(settings: Sequence[Setting], heads: tuple[int, ...]) -> Mapping[str, Any] | None:
    slopes = tuple(slope for setting in settings for slope in setting.alibi or ())
    return _by_head(slopes, heads) if slopes else None


def _kappa(settings: Sequence[Setting], heads: tuple[int, ...]) -> Mapping[str, Any] | None:
    """κ, with τ where that is another; None for a plain dot product."""
    kappa = tuple(value for setting in settings for value in setting.kappa or ())
    if not kappa:
        return None
    scaled = (setting for setting in settings if setting.tau_factor is not None)
    tau = tuple(value for setting in scaled for value in setting.temperature or ())
    return _by_head(kappa, heads) | {"tau": _by_head(tau, heads) if tau else None}


def _by_head(values: Sequence[float | int], heads: tuple[int, ...]) -> dict[str, Any]:
    """The range of values and, where few heads differ, each head's."""
    few = len(set(values)) > 1 and len(values) <= LISTED_KAPPAS
    pairs = zip(heads, values, strict=True) if few else ()
    each = [{"head": head, "value": value} for head, value in pairs]
    return {"low": min(values), "high": max(values), "each": each}
