"""The one way in: paths, digests, families, and the files that enter a digest."""

import hashlib
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from messages import message_of
from small_models import IDS, write_json

from paperfig.errors import CheckpointError, PaperfigError
from paperfig.models.checkpoint import families, load_checkpoint
from paperfig.models.files.listing import checkpoint_files
from paperfig.specs.schema import CheckpointSpec

CPU = torch.device("cpu")


def message(root: Path, **keys: object) -> str:
    """What loading the checkpoint says, on one line."""
    return message_of(
        CheckpointError, load_checkpoint, CheckpointSpec(**keys), root=root, device=CPU
    )


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    """The path as the spec has it, and where paths start."""
    assert message(tmp_path, path="runs/a.pt") == (
        f"runs/a.pt: no such checkpoint; paths start at the project root {tmp_path}"
    )
    assert message(tmp_path) == "checkpoint: it has no `path`; give the file or the folder"


def test_what_is_not_built_yet(tmp_path: Path) -> None:
    """Models of the Hub are refused by name."""
    assert message(tmp_path, hub="x") == "checkpoint: `hub` is not built yet; give a `path`"


def test_sha256(gpt_file: Path) -> None:
    """The right digest loads; a wrong one is refused with both digests, unread."""
    digest = hashlib.sha256(gpt_file.read_bytes()).hexdigest()
    spec = CheckpointSpec(path="ckpt.pt", sha256=digest)
    assert load_checkpoint(spec, root=gpt_file.parent, device=CPU).facts.family == "gpt"
    wrong = "0" * 64
    assert message(gpt_file.parent, path="ckpt.pt", sha256=wrong) == (
        f"ckpt.pt: its sha256 is {digest}; the spec wants {wrong}"
    )
    gpt_file.write_bytes(b"x")
    assert "sha256" in message(gpt_file.parent, path="ckpt.pt", sha256=wrong)


def test_a_folder_has_no_sha256(tmp_path: Path) -> None:
    """A digest for a folder is refused, with what to do instead."""
    (tmp_path / "model").mkdir()
    assert message(tmp_path, path="model", sha256="0" * 64) == (
        "model: a folder has no single sha256; leave `sha256` out: the record holds the "
        "digest of each of its files"
    )


def test_unknown_families(tmp_path: Path) -> None:
    """A file of no known family, and a family that does not exist, list what is known."""
    torch.save({"encoder.w": torch.ones(1), "encoder.b": torch.ones(1)}, tmp_path / "m.pt")
    names = ", ".join(family.name for family in families())
    assert message(tmp_path, path="m.pt") == (
        "m.pt: of no known family (its first tensors are encoder.w, encoder.b); "
        f"{names}, or a Hugging Face folder, is right"
    )
    assert message(tmp_path, path="m.pt", family="rnn") == (
        f"m.pt: `family: rnn` is not known; {names} are"
    )


def test_a_forced_family_says_what_it_lacks(tmp_path: Path) -> None:
    """``family:`` forces one, which then names the tensor that it misses."""
    torch.save({"encoder.w": torch.ones(1)}, tmp_path / "m.pt")
    assert message(tmp_path, path="m.pt", family="gpt") == (
        "m.pt: lacks transformer.wte.weight; save the whole state dict"
    )


def test_v1_files_are_told_apart(tmp_path: Path) -> None:
    """A V1 file by its learned step sizes, whatever else is missing."""
    state = {
        "token_embed.mu_embed.weight": torch.ones(2, 2),
        "transformer.blocks.0.ffn.raw_lr": torch.tensor(0.0),
    }
    torch.save(state, tmp_path / "m.pt")
    assert message(tmp_path, path="m.pt") == (
        "m.pt: lacks generators; save the whole state dict"
    )


def test_files_that_enter_the_digest(tmp_path: Path, gpt_file: Path) -> None:
    """The checkpoint, the configuration beside it, and the one that the spec names."""
    spec = CheckpointSpec(path="ckpt.pt", config="c.json")
    assert checkpoint_files(spec, root=tmp_path) == (gpt_file, tmp_path / "c.json")
    beside = write_json(tmp_path / "experiment_config.json", {})
    assert checkpoint_files(spec, root=tmp_path) == (gpt_file, beside, tmp_path / "c.json")
    absent = CheckpointSpec(path="gone.pt")
    assert checkpoint_files(absent, root=tmp_path / "x") == (tmp_path / "x" / "gone.pt",)


def test_files_of_a_folder(tmp_path: Path) -> None:
    """A folder's one file of weights, or the shards of its index, with config.json."""
    spec, folder = CheckpointSpec(path="m"), tmp_path / "m"
    folder.mkdir()
    with pytest.raises(CheckpointError) as caught:
        checkpoint_files(spec, root=tmp_path)
    assert str(caught.value) == (
        "m: a folder without model.safetensors; save_pretrained() writes one"
    )
    config = write_json(folder / "config.json", {})
    first, second = folder / "1.safetensors", folder / "2.safetensors"
    index = write_json(
        folder / "model.safetensors.index.json",
        {"weight_map": {"a": second.name, "b": first.name, "c": second.name}},
    )
    assert checkpoint_files(spec, root=tmp_path) == (first, second, config, index)


@pytest.mark.parametrize(
    "shards",
    [
        {"a": "../x.safetensors"},
        {"a": "1.safetensors", "b": ".."},
        {"a": ""},
        {"a": "config.json"},
        {"a": "\0.safetensors"},
        {"a": "\ud800.safetensors"},
        {"a": ["1.safetensors"]},
        {"a": 1},
        {},
        [],
    ],
    ids=str,
)
def test_an_index_of_no_files_beside_it(tmp_path: Path, shards: object) -> None:
    """Whatever an index names is a safetensors file of its folder."""
    folder = tmp_path / "m"
    folder.mkdir()
    write_json(folder / "model.safetensors.index.json", {"weight_map": shards})
    with pytest.raises(CheckpointError) as caught:
        checkpoint_files(CheckpointSpec(path="m"), root=tmp_path)
    assert str(caught.value) == (
        "m/model.safetensors.index.json: names no files beside it; a `weight_map` is right"
    )


def test_listing_the_files_imports_no_torch() -> None:
    """The digest is made without torch."""
    code = "import sys, paperfig.models.files.listing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_damaged_files_never_end_in_another_error(gpt_file: Path) -> None:
    """Of 70 files with flipped or cut bytes, each is computed from or refused in a line."""
    whole, chance = gpt_file.read_bytes(), random.Random(3)
    with zipfile.ZipFile(gpt_file) as archive:
        member = next(m for m in archive.infolist() if m.filename.endswith("data.pkl"))
    pickle = (member.header_offset, member.header_offset + member.file_size)
    refused = 0
    for case in range(70):
        content = bytearray(whole)
        for _ in range(1 + case % 5):
            content[chance.randrange(*(pickle if case % 2 else (0, len(whole))))] ^= (
                1 << chance.randrange(8)
            )
        gpt_file.write_bytes(
            content[: chance.randrange(len(whole))] if case % 7 == 0 else content
        )
        try:
            source = load_checkpoint(
                CheckpointSpec(path="ckpt.pt"), root=gpt_file.parent, device=CPU
            )
            source.layer_inputs(np.zeros_like(IDS), {source.facts.n_layer - 1: [0]})
        except PaperfigError:
            refused += 1
    assert refused > 15
