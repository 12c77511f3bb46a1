"""Files of token ids that the VFE projects keep: a split, tokenised once.

V1_Transformer saves one tensor, ``{dataset}_{split}_{tokenizer}_tokens.pt``
(``transformer/data/datasets.py``). V3_Transformer reads that file, or whole numbers in a
``.bin`` whose count is ``n_tokens`` of ``.bin.meta.json`` (``vfe3/data/datasets.py``). Both
hold the ids of the whole tokenizer, after the clean-up, before a vocabulary is restricted.
Nothing in them is unpickled or run.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer

from paperfig.errors import CheckpointError, ExcerptError
from paperfig.excerpts.sources.format import TokenFormat
from paperfig.torchfile.archive import read_archive
from paperfig.torchfile.names import TensorRecord
from paperfig.torchfile.opcodes import interpret

TokenIds = Integer[np.ndarray, " token"]

_ONE_TENSOR = "torch.save of one row of ids is right"
_META = 'n_tokens, and dtype where it is not int32: {"n_tokens": 1000}'


def _meta_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.meta.json")


def _whole_file(path: Path, where: str) -> TokenIds:
    count, dtype = _meta(_meta_file(path), f"{where}.meta.json")
    size = path.stat().st_size
    if size < count * dtype.itemsize:
        raise ExcerptError(
            where,
            f"{count} tokens of {dtype} are more than its {size} bytes hold",
            "copy it again",
        )
    return _mapped(path, dtype, offset=0, count=count)


def _meta(file: Path, where: str) -> tuple[int, np.dtype[Any]]:
    try:
        content: Any = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ExcerptError(where, f"it is not JSON ({error})", _META) from error
    match content:
        case {"n_tokens": int(count)} if count > 0:
            return count, _whole_numbers(content.get("dtype", "int32"), where)
    raise ExcerptError(where, "n_tokens is missing or not a number above 0", _META)


def _whole_numbers(name: Any, where: str) -> np.dtype[Any]:
    """The element type of that name."""
    if name not in ("uint8", "uint16", "int16", "uint32", "int32", "int64"):
        raise ExcerptError(where, f"its ids are of type {name}", "int32 or int64 is right")
    dtype: np.dtype[Any] = np.dtype(name)
    return dtype.newbyteorder("<")


def _tensor(path: Path, where: str) -> TokenIds:
    try:
        archive = read_archive(path, where)
        content = interpret(archive.pickle, where)
    except CheckpointError as error:
        raise ExcerptError(error.where, error.what, _ONE_TENSOR) from error
    if not isinstance(content, TensorRecord):
        raise ExcerptError(where, f"it holds a {type(content).__name__}", _ONE_TENSOR)
    if len(content.size) != 1 or content.stride != (1,) or not content.size[0]:
        raise ExcerptError(where, f"it holds a tensor of shape {content.size}", _ONE_TENSOR)
    dtype = _whole_numbers(content.storage.dtype, where)
    extent = archive.storages.get(content.storage.key)
    if extent is None or content.storage.elements * dtype.itemsize > extent.size:
        raise ExcerptError(where, "its tensor is larger than what it holds", "copy it again")
    offset = extent.start + content.offset * dtype.itemsize
    return _mapped(path, dtype, offset=offset, count=content.size[0])


def _mapped(path: Path, dtype: np.dtype[Any], *, offset: int, count: int) -> TokenIds:
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=(count,))


PT = TokenFormat(read=_tensor)
BIN = TokenFormat(read=_whole_file, beside=lambda path: (_meta_file(path),))
