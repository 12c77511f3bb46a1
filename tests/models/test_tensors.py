"""Checkpoint files are read as they were saved, and nothing in them is run."""

import argparse
import os
import pathlib
import random
import zipfile
from collections import OrderedDict, defaultdict
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
import torch
from messages import message_of
from safetensors.torch import save_file
from small_models import Calls, pickled, tensor_program, torch_archive

from paperfig.errors import CheckpointError
from paperfig.models.files.tensors import read_stored, stored_dtype

UNREAD = "save tensors and plain values only, such as model.state_dict()"
DAMAGED = "copy or save it again"
TYPES = (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64,
)  # fmt: skip


def message(path: Path) -> str:
    """What reading the file says, on one line."""
    return message_of(CheckpointError, read_stored, path)


def test_every_type_and_view_is_what_torch_loads(tmp_path: Path) -> None:
    """Tensors of each type, transposed, sliced, empty, scalar and shared, come back equal."""
    path = tmp_path / "m.pt"
    state = {str(kind): torch.arange(6).reshape(2, 3).to(kind) for kind in TYPES}
    whole = torch.arange(35.0).reshape(5, 7)
    state |= {"t": whole.T, "slice": whole[1:3, ::2], "same": whole, "0d": torch.tensor(3.5)}
    state |= {"empty": torch.empty(0, 4), "parameter": torch.nn.Parameter(whole.clone())}
    torch.save(state, path)
    found = read_stored(path)
    assert found.state_key == ""
    assert list(found.tensors) == list(state)
    for name, tensor in torch.load(path, weights_only=True).items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor)


@pytest.mark.parametrize("key", ["model", "model_state", "model_state_dict", "state_dict"])
def test_state_dict_is_found_under_its_key(tmp_path: Path, key: str) -> None:
    """The state dict's key is told, and all beside it is in ``extra``."""
    path = tmp_path / "m.pt"
    torch.save({"step": 3, key: OrderedDict(w=torch.ones(2)), "config": {"a": (1, [2])}}, path)
    found = read_stored(path)
    assert (found.state_key, found.extra) == (key, {"step": 3, "config": {"a": (1, [2])}})
    assert found.tensors["w"].tolist() == [1, 1]


def test_plain_values_of_every_kind(tmp_path: Path) -> None:
    """Paths become strings, numpy scalars numbers, types and devices their names."""
    path = tmp_path / "m.pt"
    values = {
        "dir": pathlib.PurePosixPath("/runs/a"),
        "windows": pathlib.PureWindowsPath("runs/b"),
        "loss": np.float64(2.5),
        "half": np.float16(0.5),
        "step": np.int64(-7),
        "flag": np.bool_(True),
        "dtype": torch.bfloat16,
        "device": torch.device("cuda", 1),
        "size": torch.Size([2, 3]),
        "set": {1, 2},
        "none": None,
        "long": 2**70,
        "text": "κ = 1",
    }
    torch.save({"model": {"w": torch.ones(1)}, "values": values}, path)
    assert read_stored(path).extra["values"] == {
        "dir": "/runs/a",
        "windows": "runs/b",
        "loss": 2.5,
        "half": 0.5,
        "step": -7,
        "flag": True,
        "dtype": "torch.bfloat16",
        "device": "cuda:1",
        "size": (2, 3),
        "set": {1, 2},
        "none": None,
        "long": 2**70,
        "text": "κ = 1",
    }


def test_protocol_4_is_read(tmp_path: Path) -> None:
    """Files of a newer pickle protocol, which torch's own safe loader refuses."""
    path = tmp_path / "m.pt"
    torch.save({"model": {"w": torch.ones(2)}, "step": 5}, path, pickle_protocol=4)
    found = read_stored(path)
    assert found.extra == {"step": 5}
    assert found.tensors["w"].tolist() == [1, 1]


def test_safetensors(tmp_path: Path) -> None:
    """A safetensors file is its state dict, its metadata what is beside it."""
    path = tmp_path / "m.safetensors"
    save_file({"w": torch.ones(2, 3, dtype=torch.bfloat16)}, path, metadata={"step": "4"})
    found = read_stored(path)
    assert torch.equal(found.tensors["w"], torch.ones(2, 3, dtype=torch.bfloat16))
    assert (found.extra, stored_dtype(found.tensors)) == ({"step": "4"}, "bfloat16")


@pytest.mark.parametrize(
    ("prefix", "note"),
    [
        ("module.", "module."),
        ("_orig_mod.", "_orig_mod."),
        ("module._orig_mod.", "_orig_mod., module."),
        ("_orig_mod.module.", "_orig_mod., module."),
        ("module.module.", "module."),
    ],
)
def test_prefixes_are_taken_off_and_noted(tmp_path: Path, prefix: str, note: str) -> None:
    """Prefixes of DataParallel and torch.compile come off in any nesting."""
    path = tmp_path / "m.pt"
    torch.save({"model": {f"{prefix}h.0.w": torch.ones(1), f"{prefix}b": torch.ones(1)}}, path)
    found = read_stored(path)
    assert list(found.tensors) == ["h.0.w", "b"]
    assert found.notes == (f"prefix {note} taken off the tensors' names",)


def test_a_compiled_block_and_a_submodule_called_module(tmp_path: Path) -> None:
    """``_orig_mod`` comes off inside a name; ``module`` only where every name has it."""
    path = tmp_path / "m.pt"
    names = ("h.0._orig_mod.w", "module.w", "wte")
    torch.save({"model": dict.fromkeys(names, torch.ones(1))}, path)
    assert list(read_stored(path).tensors) == ["h.0.w", "module.w", "wte"]


def test_saved_on_a_gpu_loads_on_the_cpu(tmp_path: Path) -> None:
    """Storages tagged cuda:7 are read where there is no GPU."""
    program = tensor_program((2,), (1,), 2).replace(
        b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:7"
    )
    path = torch_archive(tmp_path / "m.pt", program, np.float32([1, 2]).tobytes())
    found = read_stored(path).tensors["w"]
    assert (found.tolist(), found.device.type) == ([1, 2], "cpu")


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    """No file, an empty one, text, and torch's old format are each named."""
    path = tmp_path / "m.pt"
    assert message(path) == f"{path}: no such checkpoint"
    path.write_bytes(b"")
    assert message(path) == f"{path}: truncated or damaged: the file is empty; {DAMAGED}"
    path.write_text("not a checkpoint")
    assert message(path) == (
        f"{path}: neither a file of torch.save nor a .safetensors file; "
        "convert it to one of them, or copy it again if it was one"
    )
    torch.save({"w": torch.ones(1)}, path, _use_new_zipfile_serialization=False)
    assert message(path) == (
        f"{path}: torch's format of before version 1.6 is not built yet; "
        "load it and save it again with torch.save"
    )


def test_truncated_files(tmp_path: Path, gpt_file: Path) -> None:
    """A file cut short says so, torch's and safetensors' alike."""
    content = gpt_file.read_bytes()
    gpt_file.write_bytes(content[: len(content) // 2])
    assert message(gpt_file) == (
        f"{gpt_file}: truncated or damaged: its zip directory cannot be read; {DAMAGED}"
    )
    path = tmp_path / "m.safetensors"
    save_file({"w": torch.ones(64)}, path)
    path.write_bytes(path.read_bytes()[:90])
    assert message(path) == (
        f"{path}: truncated or damaged: its safetensors header cannot be read; {DAMAGED}"
    )


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_a_pickle_that_would_run_code_is_refused_unread(tmp_path: Path, protocol: int) -> None:
    """The function is named, in every protocol, and is not called."""
    mark = tmp_path / "ran"
    hostile = {"model": Calls(os.mkdir, str(mark))}
    path = torch_archive(tmp_path / "m.pt", pickled(hostile, protocol))
    assert message(path) == (
        f"{path}: refused unread: its pickle asks for {os.name}.mkdir; {UNREAD}"
        if protocol
        else f"{path}: refused unread: its pickle asks for the instruction DICT; {UNREAD}"
    )
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        (Calls(bytearray, 10**11), "__builtin__.bytearray"),
        (Calls(eval, "1"), "__builtin__.eval"),
        (Calls(torch._utils._rebuild_qtensor), "torch._utils._rebuild_qtensor"),
        (b"x" * 1000, "_codecs.encode, of more than one number"),
        (np.arange(3), "numpy._core.multiarray._reconstruct"),
    ],
    ids=["bytearray", "eval", "qtensor", "bytes", "array"],
)
def test_builders_off_the_list_are_named(tmp_path: Path, content: object, asked: str) -> None:
    """What would allocate gigabytes or call anything is refused by its name."""
    path = torch_archive(tmp_path / "m.pt", pickled({"model": content}))
    assert message(path) == f"{path}: refused unread: its pickle asks for {asked}; {UNREAD}"


def test_bytes_instructions_are_refused(tmp_path: Path) -> None:
    """Bytes and bytearrays by their own instructions, of protocols 3 to 5."""
    for content, name in ((b"x", "SHORT_BINBYTES"), (bytearray(b"x"), "BYTEARRAY8")):
        path = torch_archive(tmp_path / "m.pt", pickled({"model": content}, 5))
        asked = f"the instruction {name}"
        assert message(path) == f"{path}: refused unread: its pickle asks for {asked}; {UNREAD}"


class Config:
    """A configuration object, as some projects pickle it."""

    width = 3


class Colour(Enum):
    """An enumeration, as some configurations hold it."""

    RED = 1


BESIDE = {
    "a configuration": Config(),
    "a name space": argparse.Namespace(n_head=3),
    "an array": np.arange(12.0).reshape(3, 4),
    "lists by name": defaultdict(list, a=[1]),
    "an array of objects": np.array(["a", None], dtype=object),
    "states of random numbers": (
        random.getstate(),
        np.random.get_state(),  # noqa: NPY002 - what training scripts keep
        torch.get_rng_state(),
    ),
    "a time": (datetime(2026, 5, 1, tzinfo=UTC), timedelta(1)),
    "a range": (range(3), slice(1)),
    "bytes": (b"x" * 1000, bytearray(b"ab")),
    "a value of an enumeration": {Colour.RED: Colour.RED},
    "functions of torch": torch.optim.AdamW,
    "a layout": torch.strided,
    "a float8 tensor": torch.ones(3).to(torch.float8_e4m3fn),
    "a buffer": torch.nn.Buffer(torch.ones(2)),
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_the_weights_is_not_made(
    tmp_path: Path, name: str, protocol: int
) -> None:
    """An object of any class is a placeholder there, and the weights are read."""
    path = tmp_path / "m.pt"
    content = {"model": {"w": torch.ones(2)}, "x": BESIDE[name], "step": 3}
    torch.save(content, path, pickle_protocol=protocol)
    found = read_stored(path)
    assert found.tensors["w"].tolist() == [1, 1]
    assert (found.extra["step"], list(found.extra)) == (3, ["x", "step"])


def test_values_that_torchs_own_safe_mode_reads(tmp_path: Path) -> None:
    """Schedulers' counters, sets that are fixed, complex numbers, tuples as keys."""
    path = tmp_path / "m.pt"
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    beside = {"set": frozenset({1}), "number": 1 + 2j, ("a", 1): 2}
    torch.save(
        {"model": {"w": torch.ones(1)}, "sched": scheduler.state_dict(), "more": beside}, path
    )
    extra = read_stored(path).extra
    assert extra["sched"]["milestones"] == {1: 1, 2: 1}
    assert extra["more"] == {"set": {1}, "number": 1 + 2j, ("a", 1): 2}


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16])
def test_types_without_a_storage_of_their_own(tmp_path: Path, kind: torch.dtype) -> None:
    """Views of them are what torch loads."""
    path = tmp_path / "m.pt"
    whole = torch.arange(6).reshape(2, 3).to(kind)
    torch.save({"w": whole, "row": whole[1], "turned": whole.T}, path)
    found = read_stored(path).tensors
    for name, tensor in torch.load(path, weights_only=True).items():
        assert found[name].dtype == kind
        assert torch.equal(found[name].float(), tensor.float())


def test_a_weight_that_is_no_plain_tensor_is_refused(tmp_path: Path) -> None:
    """It is named by what would make it; nothing is drawn without it."""
    path = tmp_path / "m.pt"
    quantised = Calls(torch._utils._rebuild_qtensor)
    torch.save({"model": {"w": torch.ones(1), "v": quantised}}, path)
    asked = "torch._utils._rebuild_qtensor"
    assert message(path) == f"{path}: refused unread: its pickle asks for {asked}; {UNREAD}"


@pytest.mark.parametrize(
    ("size", "stride"), [((100_000, 100_000), (0, 0)), ((3,), (1,)), ((2,), (5,))]
)
def test_a_tensor_larger_than_its_storage(
    tmp_path: Path, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    """A view that repeats two numbers, or reaches past them, is refused."""
    path = torch_archive(tmp_path / "m.pt", tensor_program(size, stride, 2), bytes(8))
    count = int(np.prod(size))
    assert message(path) == (
        f"{path}: refused unread: its pickle asks for a tensor of {count} numbers where "
        f"2 are stored; {UNREAD}"
    )


def test_a_storage_larger_than_its_member(tmp_path: Path) -> None:
    """A storage that claims more than the archive holds of it is damage."""
    path = torch_archive(tmp_path / "m.pt", tensor_program((9,), (1,), 9), bytes(8))
    assert message(path) == (
        f"{path}: truncated or damaged: w is larger than what the file holds of it; {DAMAGED}"
    )


def test_archives_that_claim_too_much(tmp_path: Path) -> None:
    """A zip bomb is refused by what it declares; other compressed archives by name."""
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10**6))
    size = path.stat().st_size
    assert message(path) == (
        f"{path}: refused unread: a file of {size} bytes that claims to hold 1000000; "
        "at most 4 times its size is right"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"x")
    assert message(path) == f"{path}: a compressed archive; torch.save writes uncompressed ones"


def test_other_archives(tmp_path: Path) -> None:
    """A zip of something else, TorchScript, and big-endian files are named."""
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert message(path) == f"{path}: a zip archive that torch.save did not write"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", pickled({}))
        archive.writestr("m/constants.pkl", pickled({}))
    assert message(path) == (
        f"{path}: a TorchScript program; save the model's state_dict() with torch.save"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", pickled({}))
        archive.writestr("m/byteorder", "big")
    assert message(path) == f"{path}: not little-endian; save it on a little-endian machine"


def test_files_without_a_state_dict(tmp_path: Path) -> None:
    """A file that holds no tensors, or no dict, is told what would be right."""
    path = tmp_path / "m.pt"
    torch.save({"model": {"a": 1}}, path)
    assert message(path) == (
        f"{path}: holds no state dict; one under model_state_dict, model_state, state_dict, "
        "model, or as the file itself, is right"
    )
    torch.save([torch.ones(1)], path)
    assert message(path) == f"{path}: holds a list; a dict with the state dict is right"


def test_a_pickle_cannot_make_itself_slow(tmp_path: Path) -> None:
    """Keys that take for ever to hash, and calls that copy one another, end at once."""
    nested = b"\x80\x02)q\x00" + b"h\x00h\x00\x86q\x00" * 60
    path = torch_archive(tmp_path / "m.pt", b"\x80\x02}" + nested[2:] + b"Ns.")
    wrong = f"{path}: truncated or damaged: its pickle makes no sense; {DAMAGED}"
    assert message(path) == wrong
    doubling = b"cpathlib\nPurePosixPath\nq\x01X\x02\x00\x00\x00abq\x00" + (
        b"h\x01h\x00h\x00\x86Rq\x00" * 40
    )
    torch_archive(path, b"\x80\x02" + doubling + b".")
    assert message(path) == wrong


def test_an_odd_name_is_shown_in_a_harmless_form(tmp_path: Path) -> None:
    """Control characters of a hostile name reach no terminal, and a long one is cut."""
    path = tmp_path / "m.pt"
    for name, asked in (("\x1b[2J", r"'\x1b[2J.f'"), ("m" * 200, "m" * 100)):
        program = b"\x80\x04\x8c" + bytes([len(name)]) + name.encode() + b"\x8c\x01f\x93."
        torch_archive(path, program)
        assert message(path) == f"{path}: refused unread: its pickle asks for {asked}; {UNREAD}"
