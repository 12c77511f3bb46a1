"""What is no checkpoint is said by what it is, with what would be one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from loading import load, message
from messages import message_of
from safetensors.torch import save_file
from small_gpt import random_gpt
from small_models import write_json

from paperfig.errors import CheckpointError, ExcerptError
from paperfig.excerpts.sources.source import open_source
from paperfig.models.files.listing import checkpoint_path
from paperfig.specs.schema import CheckpointSpec, ExcerptSpec

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n"
SAID = "a Git LFS pointer, not the file; `git lfs pull` fetches it"
ROTARY = "whose rotary positions and normalised queries are not built yet"
CONVERT = "convert it to a Hugging Face folder, or use an adapter"
MERGE = "merge it into the model: `merge_and_unload()`, then `save_pretrained(FOLDER)`"


def test_a_pointer_of_git_lfs(tmp_path: Path) -> None:
    """In the place of a torch file, a safetensors file, or one of a folder."""
    for name in ("ckpt.pt", "m.safetensors"):
        (tmp_path / name).write_text(POINTER)
        assert message(tmp_path / name) == f"{name}: {SAID}"
    folder = tmp_path / "m"
    folder.mkdir()
    write_json(folder / "config.json", {"model_type": "gpt2"})
    (folder / "model.safetensors").write_text(POINTER)
    assert message(folder) == f"m/model.safetensors: {SAID}"


@pytest.mark.parametrize("name", ["v.txt", "v.jsonl", "v.parquet"])
def test_a_pointer_is_no_text(tmp_path: Path, name: str) -> None:
    """Nothing of it is ever quoted."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / name
    path.write_text(POINTER)
    for given in (f"data/{name}", "data"):
        said = message_of(ExcerptError, open_source, ExcerptSpec(dataset=given), root=tmp_path)
        assert said == f"{given}: {SAID}"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            ("transformer.wte.weight", "transformer.h.0.norm_1.weight", "lm_head.weight"),
            "a litgpt checkpoint, whose rotary positions are not built yet; `litgpt "
            "convert_from_litgpt` makes a Hugging Face model of it; or use an adapter",
        ),
        (
            ("transformer.wte.weight", "transformer.h.0.attn.c_q.weight", "lm_head.weight"),
            f"a checkpoint of nanochat or modded-nanogpt, {ROTARY}; {CONVERT}",
        ),
        (
            ("embed.weight", "blocks.0.attn.qkv_w"),
            f"a modded-nanogpt checkpoint, {ROTARY}; {CONVERT}",
        ),
        (
            ("tok_embeddings.weight", "layers.0.attention.wq.weight"),
            "a checkpoint in Meta's own layout of Llama (as of llama2.c), whose rotary "
            f"positions are not built yet; {CONVERT}",
        ),
        (("base.h.0.q.lora_A.weight",), f"a PEFT adapter without its model; {MERGE}"),
    ],
)
def test_files_of_other_projects(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    """They have nanoGPT's names in part: what is missing is not the fault."""
    path = tmp_path / "m.pt"
    state = {f"_orig_mod.{name}": torch.ones(4, 4) for name in names}
    torch.save({"step": 1, "code": "…", "model": state, "optimizers": []}, path)
    assert message(path) == f"m.pt: {said}"
    write_json(tmp_path / "c.json", {"n_head": 2})
    assert message(path, config="c.json") == f"m.pt: {said}"


def test_folders_without_safetensors(tmp_path: Path) -> None:
    """Each by what it holds in their place."""
    old, peft, cache = (tmp_path / name for name in ("old", "peft", "models--x--y"))
    for folder in (old, peft, cache / "snapshots" / "ab12"):
        folder.mkdir(parents=True)
    for folder in (old, peft):
        write_json(folder / "config.json", {})
    (old / "pytorch_model-00001-of-00002.bin").write_bytes(b"PK")
    (peft / "adapter_model.safetensors").write_bytes(b"")
    assert message(old) == (
        "old: its weights are in pytorch_model.bin, which is not built yet; "
        "`model.save_pretrained(FOLDER)` writes model.safetensors today"
    )
    assert message(peft) == f"peft: a PEFT adapter without its model; {MERGE}"
    assert message(cache) == (
        "models--x--y: the Hub's cache of a model, with a folder for each revision; "
        "snapshots/ab12 in it is right"
    )


def test_an_adapter_beside_the_weights(tmp_path: Path) -> None:
    """The model that was trained is neither of the two."""
    for name in ("config.json", "adapter_config.json"):
        write_json(tmp_path / name, {})
    save_file({"a": torch.ones(2)}, tmp_path / "model.safetensors")
    assert message(tmp_path) == (
        f"{tmp_path.name}: an adapter that is not merged lies beside its weights "
        "(adapter_config.json); merge it, or take it away"
    )


def test_a_part_of_a_folder(tmp_path: Path) -> None:
    """The folder is to be named."""
    write_json(tmp_path / "config.json", {})
    write_json(tmp_path / "model.safetensors.index.json", {})
    save_file({"a": torch.ones(2)}, tmp_path / "model.safetensors")
    for name in ("model.safetensors", "model.safetensors.index.json"):
        assert message(tmp_path / name) == (
            f"{name}: a part of a Hugging Face folder; name the folder: ."
        )


def test_a_file_of_arrays(tmp_path: Path) -> None:
    """That it may hold attention is said, and how that is named."""
    np.savez(tmp_path / "w.npz", weights=np.eye(3))
    assert message(tmp_path / "w.npz") == (
        "w.npz: a file of arrays and no model; `checkpoint: {recorded: w.npz}` is right where "
        "it holds attention"
    )


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    """What its folder holds is listed."""
    random_gpt(tmp_path / "out" / "ckpt.pt")
    (tmp_path / "out" / ".hidden").touch()

    def said(path: str) -> str:
        return message_of(
            CheckpointError, checkpoint_path, CheckpointSpec(path=path), root=tmp_path
        )

    assert (
        said("out/ckpt.pth") == "out/ckpt.pth: no such checkpoint; the folder out holds ckpt.pt"
    )
    for index in range(6):
        (tmp_path / "out" / f"a{index}").touch()
    assert said("out/b") == (
        "out/b: no such checkpoint; the folder out holds a0, a1, a2, a3, a4 and 2 more"
    )
    start = f"no such checkpoint; paths start at the project root {tmp_path}"
    assert said("b.pt") == f"b.pt: {start}"
    hub = "a model of the Hugging Face Hub is the folder that it was downloaded to"
    for name in ("gpt2", "openai-community/gpt2"):
        assert said(name) == f"{name}: {start}; {hub}"


def test_a_folder_that_stands_for_its_ckpt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nanoGPT's ``out``; and ``~`` is the home folder."""
    random_gpt(tmp_path / "out" / "ckpt.pt")
    assert load(tmp_path / "out").facts.family == "gpt"
    monkeypatch.setenv("HOME", str(tmp_path))
    path = checkpoint_path(CheckpointSpec(path="~/out/ckpt.pt"), root=tmp_path / "project")
    assert path == tmp_path / "out" / "ckpt.pt"
