"""Files of attention that was computed elsewhere: .npz and .safetensors.

They hold ``weights`` (layer × head × query × key, or fewer axes), or ``scores``, or both; and
where they are known ``kappa``, ``tau``, ``mask``, ``learned_sink``, ``layer`` (one, or that of
each) and ``heads`` as arrays, and ``tokens``, ``key_tokens``, ``tokens_as``, ``text``, ``name``
and ``source`` as texts: of a .safetensors file in its metadata, lists as JSON. What is written
here also tells all that is known of the tokens, under ``query`` and ``key``, and what lies in
arrays under their names with those in front. Nothing is unpickled.
"""

import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from paperfig.errors import AttentionError, CheckpointError
from paperfig.models.recorded.numbers import array_of, whole
from paperfig.models.recorded.tokens import AXES, tokens_of
from paperfig.project.files import LFS_POINTER, is_lfs_pointer

_ARRAYS = ("weights", "scores", "kappa", "tau", "mask", "learned_sink", "layer", "heads")
_LISTS = ("tokens", "key_tokens")
_TEXTS = ("tokens_as", "text", "name", "source")
KEYS = (*_ARRAYS, *_LISTS, *_TEXTS)
_MATRICES = {"weights": 3, "scores": 3, "learned_sink": 2}
"""Axes of the heads of one layer; with one more there are several layers."""

_OF_KEYS = 2
"""Axes of the mask of one layer."""

_MOST_DECLARED, _ALWAYS_ALLOWED = 4, 2**32
"""How many times the file's own size its arrays may take; as many bytes they always may."""

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, LookupError, ValueError),
    *(RuntimeError, SyntaxError, TokenError, MemoryError),
)
"""What zipfile and numpy raise where bytes are no such file, or one behind a password."""

Read = Mapping[str, Any]


def read_recorded(path: Path, *, where: str) -> dict[str, Any]:
    """What a file holds, by its keys; tokens that are wholly known under ``query`` and ``key``.

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
    if is_lfs_pointer(path):
        raise CheckpointError(where, *LFS_POINTER)
    read = readers[path.suffix](path, where)
    written = {axis: tokens_of(read, axis, where) for axis in AXES}
    found = {key: value for key, value in read.items() if key.partition(".")[0] not in AXES}
    _check_keys(found, where)
    known = {axis: tokens for axis, tokens in written.items() if tokens is not None}
    twice = [name for axis, name in AXES.items() if axis in known and name in found]
    if twice:
        raise CheckpointError(where, f"it holds {twice[0]} in two forms", "one is right")
    return found | known


def _check_keys(found: Read, where: str) -> None:
    strange = [key for key in found if key not in KEYS]
    if strange:
        what = f"it holds {', '.join(strange)}, which is not known"
        raise CheckpointError(where, what, f"{', '.join(KEYS)} are right")
    if not {"weights", "scores"} & found.keys():
        right = "weights (head, query, key) are right"
        raise CheckpointError(where, "it holds neither weights nor scores", right)
    texts = [key for key in _ARRAYS if isinstance(found.get(key), str | list)]
    if texts:
        right = "an array of numbers is right"
        raise CheckpointError(where, f"its {texts[0]} is a text", right)


def arrays_of(found: Read) -> dict[str, Any]:
    """Weights, scores, the learned sink and the number of the layer, of several by numbers.

    Raises:
        AttentionError: the numbers are none, or not as many as there are layers.
    """
    numbers = _layers(found)
    given: dict[str, Any] = {}
    is_single = True
    for key, axes in _MATRICES.items():
        array = found.get(key)
        if array is not None and array.ndim > axes:
            several = numbers or range(len(array))
            if len(several) != len(array):
                what = f"{len(several)} for {len(array)} layers of {key}"
                raise AttentionError("layer", what, "one for each is right")
            is_single = is_single and len(array) == 1
            array = dict(zip(several, array, strict=True)) if len(array) > 1 else array[0]
        given[key] = array
    if is_single and len(numbers) > 1:
        raise AttentionError("layer", f"{len(numbers)} for one layer", "one is right")
    return given | {"layer": numbers[0] if is_single and numbers else None}


def mask_of(found: Read) -> Any:
    """The mask, or that of each layer in the order of the layers' numbers; None without one."""
    mask, numbers = found.get("mask"), _layers(found)
    if mask is None or mask.ndim == 0 or len(mask) != len(numbers) or mask.ndim <= _OF_KEYS:
        return mask
    return mask[sorted(range(len(numbers)), key=numbers.__getitem__)]


def _layers(found: Read) -> list[int]:
    """The numbers of the layers, as far as the file tells them."""
    if "layer" not in found:
        return []
    given = np.ravel(array_of(found["layer"], "layer")[0]).tolist()
    numbers = [whole("layer", one) for one in given]
    if len(set(numbers)) < len(numbers):
        named = ", ".join(map(str, numbers))
        raise AttentionError("layer", f"they are {named}", "different ones are right")
    return numbers


def _read_npz(path: Path, where: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, path.stat().st_size, where)
            return dict(_members(archive))
    except UnicodeDecodeError as error:
        raise CheckpointError(where, "its texts are not in UTF-8", "str is right") from error
    except _BROKEN as error:
        if "Object arrays" in str(error):
            what = "one of its arrays is of Python objects, which only unpickling reads"
            right = "tokens as np.array(tokens, dtype=str), and arrays of numbers, are right"
            raise CheckpointError(where, what, right) from error
        raise CheckpointError(where, "no .npz file that can be read") from error


def _check_sizes(archive: zipfile.ZipFile, size: int, where: str) -> None:
    """Nothing where the arrays are no larger than a file of that size may hold."""
    declared = sum(member.file_size for member in archive.infolist())
    if declared > max(_MOST_DECLARED * size, _ALWAYS_ALLOWED):
        what = f"refused unread: a file of {size} bytes that claims to hold {declared}"
        raise CheckpointError(where, what, "np.savez, which does not compress, is right")


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Any]]:
    """Each array by its name; texts as such."""
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise ValueError("an array is there twice")
    for member in members:
        with archive.open(member) as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)
        yield member.filename.removesuffix(".npy"), _plain(array)


def _plain(array: np.ndarray) -> Any:
    """The array; a text, or the texts, where it holds these."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    return array.tolist() if array.dtype.kind == "U" else array


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
    except (json.JSONDecodeError, RecursionError) as error:
        right = '["The", "Ġcat"] is right'
        raise CheckpointError(where, "its tokens are no JSON", right) from error
    for key in found.keys() & (metadata | lists).keys():
        raise CheckpointError(where, f"it holds {key} twice", "once is right")
    return found | metadata | lists
