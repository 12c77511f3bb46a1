"""Files of attention that was computed elsewhere: .npz and .safetensors.

They hold ``weights`` (layer × head × query × key, or fewer axes), or ``scores``, or both; and
where they are known ``kappa``, ``tau``, ``mask``, ``learned_sink``, ``layer`` (one, or that of
each) and ``heads`` as arrays, and ``tokens``, ``key_tokens``, ``tokens_as``, ``text``, ``name``
and ``source`` as texts: of a .safetensors file in its metadata, lists as JSON. In what is
written here ``query`` and ``key`` tell the tokens of the axes. Nothing is unpickled.
"""

import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from paperfig.errors import CheckpointError
from paperfig.models.recorded.source import RecordedSource
from paperfig.values.figure import npz_bytes
from paperfig.values.tokens import Tokens

_ARRAYS = ("weights", "scores", "kappa", "tau", "mask", "learned_sink", "layer", "heads")
_LISTS = ("tokens", "key_tokens")
_TEXTS = ("tokens_as", "text", "name", "source")
KEYS = (*_ARRAYS, *_LISTS, *_TEXTS)
_AXES = ("query", "key")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, LookupError, ValueError)


def read_recorded(path: Path, *, where: str) -> dict[str, Any]:
    """What a file holds, by its keys.

    Args:
        path: of a .npz or .safetensors file.
        where: what messages call it.

    Raises:
        CheckpointError: there is no such file, it is of another kind or broken, it holds
            keys that are not known, or what only unpickling reads.
    """
    readers: Mapping[str, Callable[[Path, str], dict[str, Any]]] = {
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
    }
    if path.suffix not in readers:
        right = ".npz or .safetensors is right"
        raise CheckpointError(where, f"of the suffix {path.suffix or 'none'}", right)
    if not path.is_file():
        raise CheckpointError(where, "no such file")
    found = readers[path.suffix](path, where)
    known = {*KEYS, *_AXES}
    strange = [key for key in found if key not in known]
    if strange:
        what = f"it holds {', '.join(strange)}, which is not known"
        raise CheckpointError(where, what, f"{', '.join(KEYS)} are right")
    if not {"weights", "scores"} & found.keys():
        right = "weights (head, query, key) are right"
        raise CheckpointError(where, "it holds neither weights nor scores", right)
    return found


def _read_npz(path: Path, where: str) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: _plain(archive[key]) for key in archive.files}
    except _BROKEN as error:
        if "allow_pickle" in str(error):
            what = "one of its arrays is of Python objects, which only unpickling reads"
            right = "tokens as np.array(tokens, dtype=str), and arrays of numbers, are right"
            raise CheckpointError(where, what, right) from error
        raise CheckpointError(where, "no .npz file that can be read") from error


def _plain(array: np.ndarray) -> Any:
    """The array; a text, or the texts, where it holds these."""
    return array.astype(str).tolist() if array.dtype.kind in "US" else array


def _read_safetensors(path: Path, where: str) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            found: dict[str, Any] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(where, "no .safetensors file that can be read") from error
    metadata.pop("format", None)
    try:
        lists = {key: json.loads(metadata.pop(key)) for key in _LISTS if key in metadata}
    except json.JSONDecodeError as error:
        right = '["The", "Ġcat"] is right'
        raise CheckpointError(where, "its tokens are no JSON", right) from error
    return found | metadata | lists


def recorded_bytes(source: RecordedSource, suffix: str) -> bytes:
    """A file of what was given, the same bytes for the same values.

    Args:
        source: what was given, checked.
        suffix: ``.npz`` or ``.safetensors``.
    """
    arrays, texts = dict(_arrays(source)), dict(_texts(source))
    if suffix == ".safetensors":
        from safetensors.numpy import save

        return bytes(save(arrays, texts))
    return npz_bytes(arrays | {key: np.array(text, dtype=str) for key, text in texts.items()})


def _arrays(source: RecordedSource) -> Iterator[tuple[str, np.ndarray]]:
    """All but the tokens; the mask where it was said, else zeros or −inf show it again."""
    layers = {layer: source.facts.layers[layer] for layer in source.facts.there}
    inputs = [source.inputs[layer] for layer in layers]
    shape = len(source.excerpt.tokens), len(source.excerpt.keys)
    masks = [layer.trained.mask.allowed(*shape) for layer in layers.values()]
    scores = [
        None if it.given_scores is None else np.where(mask, it.given_scores, -np.inf)
        for it, mask in zip(inputs, masks, strict=True)
    ]
    for key, values in (
        ("weights", [it.weights for it in inputs]),
        ("scores", scores),
        ("learned_sink", [it.sink for it in inputs]),
    ):
        known = [value for value in values if value is not None]
        if known:
            yield key, np.stack(known)
    first = next(iter(layers.values()))
    setting = first.trained.of_heads(tuple(source.heads))
    if setting.kappa is not None:
        yield "kappa", np.array(setting.kappa)
    if setting.tau_factor is not None:
        yield "tau", np.array(setting.temperature)
    if not setting.mask.is_inferred and scores[0] is None:
        yield "mask", masks[0]
    if first.is_numbered:
        yield "layer", np.array(list(layers))
    if first.knows_heads:
        yield "heads", np.array(source.heads)


def _texts(source: RecordedSource) -> Iterator[tuple[str, str]]:
    """The tokens of each axis as JSON, and what is said of the model."""
    excerpt, facts = source.excerpt, source.facts
    for axis, tokens in zip(_AXES, (excerpt.tokens, excerpt.key_tokens), strict=True):
        if tokens is not None:
            arrays = {"ids": tokens.ids, "offsets": tokens.offsets}
            written = {key: None if it is None else it.tolist() for key, it in arrays.items()}
            plain = {"labels": tokens.labels, "text": tokens.text, "given": tokens.given}
            yield axis, json.dumps(plain | written)
    if facts.is_named:
        yield "name", facts.name
    if facts.weights_source is not None:
        yield "source", facts.weights_source


def tokens_of(found: Mapping[str, Any], axis: str, *, where: str) -> Tokens | None:
    """The tokens of an axis, ``query`` or ``key``, as `recorded_bytes` writes them, if it did.

    Raises:
        CheckpointError: they are written otherwise.
    """
    if axis not in found:
        return None
    try:
        written = json.loads(found[axis])
        given, ids, offsets = (written[key] for key in ("given", "ids", "offsets"))
        return Tokens(
            labels=tuple(written["labels"]),
            text=written["text"],
            given=None if given is None else tuple(given),
            ids=None if ids is None else np.array(ids),
            offsets=None if offsets is None else np.array(offsets),
        )
    except (ValueError, TypeError, LookupError) as error:
        raise CheckpointError(where, f"its tokens under {axis} cannot be read") from error
