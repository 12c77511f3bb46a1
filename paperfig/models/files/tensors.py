"""Tensors and plain values out of a checkpoint's file, with nothing unpickled.

Tensors are views of the mapped file: what is not used is never read from disk.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from paperfig.errors import CheckpointError
from paperfig.models.files.prefixes import plain_names
from paperfig.models.files.state import find_state
from paperfig.project.files import LFS_POINTER, is_lfs_pointer
from paperfig.torchfile.archive import Archive, Extent, damaged, read_archive
from paperfig.torchfile.names import TensorRecord
from paperfig.torchfile.opcodes import interpret

_REAL = (
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
)
"""What weights may be: an integer is a code for one, of which the key lies elsewhere."""

_HELD_AS = ("model.",)
"""What trainers that hold a model as an attribute (Lightning) put before its names."""

_LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stored:
    """A checkpoint's file as it was read.

    Attributes:
        path: the file.
        where: what messages call it.
        state_key: the key that the state dict lay under; empty where it is the file.
        tensors: the state dict, without the prefixes of DataParallel and torch.compile.
        extra: everything else, as plain values; a tensor there is a TensorRecord.
        notes: what the record should tell of the reading.
    """

    path: Path
    where: str
    state_key: str
    tensors: Mapping[str, torch.Tensor]
    extra: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def read_stored(path: Path, *, where: str | None = None, state: str | None = None) -> Stored:
    """The tensors and values of a safetensors file or of a file of ``torch.save``.

    Args:
        path: the file.
        where: what messages call it.
        state: the key of the weights, where there are several sets of them.

    Raises:
        CheckpointError: it is missing, damaged, of another format, or holds anything
            but tensors and plain values; nothing in it is run.
    """
    where = str(path) if where is None else where
    start = _first_bytes(path, where)
    if is_lfs_pointer(path):
        raise CheckpointError(where, *LFS_POINTER)
    if path.suffix == ".safetensors":
        if state is not None:
            raise CheckpointError(where, "a safetensors file has no `state`", "leave it out")
        return _read_safetensors(path, where)
    if start.startswith(b"PK"):
        return _read_torch(path, where, state)
    if start.startswith(_LEGACY_MAGIC):
        raise CheckpointError(
            where,
            "torch's format of before version 1.6 is not built yet",
            "load it and save it again with torch.save",
        )
    raise CheckpointError(
        where,
        "neither a file of torch.save nor a .safetensors file",
        "convert it to one of them, or copy it again if it was one",
    )


def float32(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The tensor on the device in float32, cast once; no copy where it is that already."""
    return tensor.detach().to(device=device, dtype=torch.float32)


def stored_dtype(tensors: Mapping[str, torch.Tensor]) -> str:
    """The type that most floating-point numbers of the checkpoint are stored in."""
    count: Counter[str] = Counter()
    for tensor in tensors.values():
        if tensor.is_floating_point():
            count[str(tensor.dtype).removeprefix("torch.")] += tensor.numel()
    return max(count, key=lambda name: (count[name], name), default="float32")


def check_tensors(
    stored: Stored, expected: Mapping[str, tuple[int, ...]], *, ignored: str = "(?!)"
) -> None:
    """`compare_shapes` for a checkpoint's file."""
    compare_shapes(stored.tensors, expected, where=stored.where, ignored=ignored)


def compare_shapes(
    tensors: Mapping[str, torch.Tensor],
    expected: Mapping[str, tuple[int, ...]],
    *,
    where: str,
    ignored: str,
) -> None:
    """Nothing where a state dict holds exactly the tensors expected.

    Args:
        tensors: the state dict.
        expected: the shape of each tensor by its name.
        where: what messages call the checkpoint.
        ignored: a pattern of names that may be there besides.

    Raises:
        CheckpointError: a tensor is missing, misshapen or unexpected; it names them.
    """
    missing = [name for name in expected if name not in tensors]
    if missing:
        raise CheckpointError(where, f"lacks {_named(missing)}", "save the whole state dict")
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            seen = tuple(tensors[name].shape)
            raise CheckpointError(where, f"{name} has shape {seen}", f"{shape} is right")
        if tensors[name].dtype not in _REAL:
            dtype = str(tensors[name].dtype).removeprefix("torch.")
            raise CheckpointError(where, f"{name} is {dtype}", "floating point is right")
    unexpected = [n for n in tensors if n not in expected and not re.fullmatch(ignored, n)]
    if unexpected:
        raise CheckpointError(
            where,
            f"holds {_named(unexpected)}, which such a model has no use for",
            "see which model saved it, and name its `family`",
        )


def _named(names: list[str], most: int = 3) -> str:
    rest = f" and {len(names) - most} more tensors" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _first_bytes(path: Path, where: str) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(len(_LEGACY_MAGIC))
    except FileNotFoundError as error:
        raise CheckpointError(where, "no such checkpoint") from error
    except OSError as error:
        raise CheckpointError(where, f"cannot be read ({error.strerror})") from error
    if not start:
        raise damaged(where, "the file is empty")
    return start


def _read_safetensors(path: Path, where: str) -> Stored:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            extra = dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise damaged(where, "its safetensors header cannot be read") from error
    tensors, notes = _without_prefixes(tensors, where)
    return Stored(
        path=path, where=where, state_key="", tensors=tensors, extra=extra, notes=notes
    )


def _read_torch(path: Path, where: str, wanted: str | None) -> Stored:
    archive = read_archive(path, where)
    content = interpret(archive.pickle, where)
    state_key, state, extra = find_state(content, wanted, where)
    tensors = _Mapped(path, archive, where).tensors(state)
    tensors, notes = _without_prefixes(tensors, where)
    others = [name for name, value in state.items() if not isinstance(value, TensorRecord)]
    if others and state_key:
        notes += (f"not tensors, left out of the state dict: {', '.join(map(str, others))}",)
    return Stored(
        path=path, where=where, state_key=state_key, tensors=tensors, extra=extra, notes=notes
    )


class _Mapped:
    """The storages of a torch file, mapped into memory."""

    def __init__(self, path: Path, archive: Archive, where: str) -> None:
        self.where, self.extents = where, archive.storages
        size = path.stat().st_size
        self.file = torch.UntypedStorage.from_file(str(path), shared=False, nbytes=size)

    def tensors(self, state: Mapping[Any, Any]) -> dict[str, torch.Tensor]:
        return {
            str(name): self.tensor(str(name), record)
            for name, record in state.items()
            if isinstance(record, TensorRecord)
        }

    def tensor(self, name: str, record: TensorRecord) -> torch.Tensor:
        dtype: torch.dtype = getattr(torch, record.storage.dtype)
        extent = self.extents.get(record.storage.key, Extent(start=0, size=-1))
        if record.storage.elements * dtype.itemsize > extent.size:
            raise damaged(self.where, f"{name} is larger than what the file holds of it")
        storage = self.file[extent.start : extent.start + extent.size]
        view = torch.empty(0, dtype=dtype)
        return view.set_(storage, record.offset, record.size, record.stride)


def _without_prefixes(
    tensors: Mapping[str, torch.Tensor], where: str
) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """The tensors under their plain names, and a note of what was taken off."""
    names, notes = plain_names(tensors, where)
    for prefix in _HELD_AS:
        if names and all(name.startswith(prefix) for name in names):
            names = {name.removeprefix(prefix): stored for name, stored in names.items()}
            notes += (f"prefix {prefix} taken off the tensors' names",)
    return {name: tensors[stored] for name, stored in names.items()}, notes
