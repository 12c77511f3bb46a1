"""The safetensors files of a Hugging Face folder, read no further than they are used."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open

from paperfig.errors import CheckpointError
from paperfig.models.files.prefixes import plain_names
from paperfig.models.files.tensors import float32
from paperfig.progress import tracked, working
from paperfig.project.files import LFS_POINTER, is_lfs_pointer
from paperfig.torchfile.archive import damaged

_LENGTH_BYTES = 8
"""A safetensors file begins with its JSON header's length, little-endian; the offsets in
the header count from the header's end (the format's specification)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shards:
    """What is stored in which file.

    Attributes:
        stored: every tensor's shape and type, as a tensor without content.
        files: the file that each of them lies in.
        names: what each of them is called there.
        notes: what the record should tell of these names.
    """

    stored: Mapping[str, torch.Tensor]
    files: Mapping[str, Path]
    names: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def below(self, prefix: str) -> "Shards":
        """The tensors whose names begin so, without that; all where none does."""
        below = [name for name in self.stored if name.startswith(prefix)]
        if not (below and prefix):
            return self
        plain = {name.removeprefix(prefix): name for name in below}
        return Shards(
            stored={short: self.stored[name] for short, name in plain.items()},
            files={short: self.files[name] for short, name in plain.items()},
            names={short: self.names[name] for short, name in plain.items()},
            notes=self.notes,
        )

    def read(self, names: Iterable[str], device: torch.device) -> dict[str, torch.Tensor]:
        """The tensors of these names on the device in float32.

        What is float32 already stays, on the CPU, in the mapped file. A file is mapped as
        long as a tensor lies in it, so that what is let go counts as memory no more.
        """
        by_file: dict[Path, list[str]] = {}
        for name in names:
            by_file.setdefault(self.files[name], []).append(name)
        found: dict[str, torch.Tensor] = {}
        wanted = sum(map(len, by_file.values()))
        with working("reading weights", wanted, "tensors") as advance:
            for path, inside in by_file.items():
                with safe_open(path, framework="pt") as file:
                    for name in inside:
                        found[name] = float32(file.get_tensor(self.names[name]), device)
                        advance(1)
        return found

    def rows(self, name: str, indices: Iterable[int]) -> Float[torch.Tensor, "row column"]:
        """Rows of a matrix, as they are stored.

        They are read and not mapped: around each page that is touched the system maps
        others, and of a table with a thousand rows wanted nearly all.
        """
        dtype, (count, columns) = self.stored[name].dtype, self.stored[name].shape
        size, content = columns * dtype.itemsize, bytearray()
        with self.files[name].open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            header = json.loads(file.read(length))
            first = file.tell() + header[self.names[name]]["data_offsets"][0]
            starts = range(first, first + count * size, size)
            for index in indices:
                file.seek(starts[index])
                content += file.read(size)
        return torch.frombuffer(content, dtype=dtype).view(-1, columns)


def read_shards(files: Sequence[Path], where: str) -> Shards:
    """What the files hold, by their headers.

    Raises:
        CheckpointError: one is missing or damaged, or two hold a tensor of one name.
    """
    stored: dict[str, torch.Tensor] = {}
    inside: dict[str, Path] = {}
    for path in tracked(files, f"reading what {where} holds", len(files), "files"):
        for name, tensor in _header(path, f"{where}/{path.name}").items():
            if name in stored:
                raise CheckpointError(
                    where,
                    f"{inside[name].name} and {path.name} both hold {name}",
                    "the files of one save are right",
                )
            stored[name], inside[name] = tensor, path
    names, notes = plain_names(stored, where)
    return Shards(
        stored={plain: stored[name] for plain, name in names.items()},
        files={plain: inside[name] for plain, name in names.items()},
        names=names,
        notes=notes,
    )


def _header(path: Path, where: str) -> dict[str, torch.Tensor]:
    """The tensors of a file, without content."""
    if path.is_file() and is_lfs_pointer(path):
        raise CheckpointError(where, *LFS_POINTER)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name).to("meta") for name in file.keys()}  # noqa: SIM118  (safe_open gives no iterator)
    except FileNotFoundError as error:
        raise CheckpointError(where, "no such file", "the index names it") from error
    except (SafetensorError, OSError) as error:
        raise damaged(where, "its header cannot be read") from error
