"""The file of attention that was given, to be read the same."""

import json
from collections.abc import Iterator, Mapping
from math import inf, nextafter

import numpy as np
from jaxtyping import Float64

from paperfig.models.recorded.source import RecordedSource
from paperfig.models.recorded.tokens import AXES, written
from paperfig.values.figure import npz_bytes
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting


def recorded_bytes(source: RecordedSource, suffix: str) -> bytes:
    """A file of what was given, the same bytes for the same values.

    Args:
        source: what was given, checked.
        suffix: ``.npz`` or ``.safetensors``.
    """
    arrays, texts = dict(_arrays(source)), dict(_texts(source))
    for axis, tokens in zip(
        AXES, (source.excerpt.tokens, source.excerpt.key_tokens), strict=True
    ):
        if tokens is not None:
            own_texts, own_arrays = written(tokens, axis)
            texts |= own_texts
            arrays |= own_arrays
    if suffix == ".safetensors":
        return _safetensors(arrays, texts)
    return npz_bytes(arrays | {key: np.array(text, dtype=str) for key, text in texts.items()})


def _safetensors(arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> bytes:
    """A .safetensors file whose metadata stand in order: the library's own stand in any."""
    from safetensors.numpy import save

    content = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length]) | {"__metadata__": dict(sorted(texts.items()))}
    written_header = json.dumps(header).encode("ascii")
    padded = written_header.ljust(-(-len(written_header) // 8) * 8)
    return len(padded).to_bytes(8, "little") + padded + content[8 + length :]


def _arrays(source: RecordedSource) -> Iterator[tuple[str, np.ndarray]]:
    """What was given and is said of it, but the tokens."""
    layers = [source.facts.layers[number] for number in source.facts.there]
    inputs = [source.inputs[number] for number in source.facts.there]
    settings = [layer.trained.of_heads(tuple(source.heads)) for layer in layers]
    shape = len(source.excerpt.tokens), len(source.excerpt.keys)
    masks = [setting.mask.allowed(*shape) for setting in settings]
    scores = [
        None if one.given_scores is None else _with_mask(one.given_scores, setting.mask)
        for one, setting in zip(inputs, settings, strict=True)
    ]
    for key, values in (
        ("weights", [one.weights for one in inputs]),
        ("scores", scores),
        ("learned_sink", [one.sink for one in inputs]),
    ):
        known = [value for value in values if value is not None]
        if known:
            yield key, _of_layers(known)
    yield from _temperature(settings[0])
    if not any(setting.mask.is_inferred for setting in settings):
        yield "mask", _of_layers(masks)
    if layers[0].is_numbered:
        yield "layer", np.array(list(source.facts.there))
    if layers[0].knows_heads:
        yield "heads", np.array(list(source.heads))


def _of_layers(values: list[np.ndarray]) -> np.ndarray:
    """Those of several layers along a first axis."""
    return np.stack(values) if len(values) > 1 else values[0]


def _with_mask(
    scores: Float64[np.ndarray, "head query key"], rule: MaskRule
) -> Float64[np.ndarray, "head query key"]:
    """The scores; one that is not known is −inf, or NaN where only zero weights hide it."""
    return np.where(np.isnan(scores), np.nan if rule.is_inferred else -np.inf, scores)


def _temperature(setting: Setting) -> Iterator[tuple[str, np.ndarray]]:
    """κ of each head, and τ where that is another."""
    if setting.kappa is None:
        return
    yield "kappa", np.array(setting.kappa)
    if setting.tau_factor is not None:
        pairs = zip(setting.kappa, setting.tau_factor, strict=True)
        yield "tau", np.array([_tau(kappa, factor) for kappa, factor in pairs])


def _tau(kappa: float, factor: float) -> float:
    """The τ that, divided by κ, is the factor again: rounding makes it a neighbour's."""
    tau = kappa * factor
    near = (tau, nextafter(tau, inf), nextafter(tau, 0.0))
    return next((one for one in near if one / kappa == factor), tau)


def _texts(source: RecordedSource) -> Iterator[tuple[str, str]]:
    """What is said of the model."""
    if source.facts.is_named:
        yield "name", source.facts.name
    if source.facts.weights_source is not None:
        yield "source", source.facts.weights_source
