"""Where the parts of a torch file lie: a zip archive, checked before it is read.

A file of ``torch.save`` (since 1.6) is a zip archive of uncompressed members: one pickle
that says what there is, and one member for each storage. Nothing is unpacked here, so
no declared size can cost memory.
"""

import mmap
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paperfig.errors import CheckpointError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1
_MOST_DECLARED = 4
"""How many times the file's own size its members may claim together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where a member's bytes lie in the file."""

    start: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A torch file's pickle, and the extent of each storage by its key."""

    pickle: bytes
    storages: Mapping[str, Extent]


def read_archive(path: Path, where: str) -> Archive:
    """The pickle and the storages' places in a file of ``torch.save``.

    Raises:
        CheckpointError: it is truncated, claims more than it holds, or is another kind
            of archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise damaged(where, "its zip directory cannot be read") from error
    _check_sizes(members, path.stat().st_size, where)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        extents = {member.filename: _extent(member, data, where) for member in members}
        root = _root(extents, where)
        _check_byte_order(extents.get(f"{root}/byteorder"), data, where)
        pickle = _bytes(data, extents[f"{root}/data.pkl"])
    folder = f"{root}/data/"
    storages = {
        name.removeprefix(folder): extent
        for name, extent in extents.items()
        if name.startswith(folder)
    }
    return Archive(pickle=pickle, storages=storages)


def damaged(where: str, what: str) -> CheckpointError:
    """The error of a file that is not as it was written."""
    return CheckpointError(where, f"truncated or damaged: {what}", "copy or save it again")


def _check_sizes(members: list[zipfile.ZipInfo], size: int, where: str) -> None:
    declared = sum(member.file_size for member in members)
    if declared > _MOST_DECLARED * size:
        raise CheckpointError(
            where,
            f"refused unread: a file of {size} bytes that claims to hold {declared}",
            f"at most {_MOST_DECLARED} times its size is right",
        )
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise CheckpointError(
            where, "a compressed archive", "torch.save writes uncompressed ones"
        )


def _extent(member: zipfile.ZipInfo, data: mmap.mmap, where: str) -> Extent:
    header = data[member.header_offset : member.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size or member.flag_bits & _ENCRYPTED:
        raise damaged(where, f"{member.filename} cannot be read")
    magic, name, extra = _LOCAL_HEADER.unpack(header)
    start = member.header_offset + _LOCAL_HEADER.size + name + extra
    if magic != b"PK\x03\x04" or start + member.file_size > len(data):
        raise damaged(where, f"{member.filename} does not lie where the directory says")
    return Extent(start=start, size=member.file_size)


def _root(extents: Mapping[str, Extent], where: str) -> str:
    roots = [name.removesuffix("/data.pkl") for name in extents if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise CheckpointError(where, "a zip archive that torch.save did not write")
    if f"{roots[0]}/constants.pkl" in extents:
        raise CheckpointError(
            where, "a TorchScript program", "save the model's state_dict() with torch.save"
        )
    return roots[0]


def _check_byte_order(extent: Extent | None, data: mmap.mmap, where: str) -> None:
    if extent is not None and _bytes(data, extent) != b"little":
        raise CheckpointError(where, "not little-endian", "save it on a little-endian machine")


def _bytes(data: mmap.mmap, extent: Extent) -> bytes:
    return data[extent.start : extent.start + extent.size]
