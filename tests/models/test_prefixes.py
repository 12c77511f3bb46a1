"""What wraps a model leaves its mark on the names of its tensors, and on no number."""

from pathlib import Path

import pytest
import torch
from loading import load, message
from safetensors.torch import load_file, save_file
from small_folders import saved
from small_models import IDS, gpt_checkpoint

from paperfig.models.files.tensors import read_stored

State = dict[str, torch.Tensor]


def inside(name: str, wrapper: str) -> str:
    """A wrapper round each block's attention or MLP."""
    parts = name.split(".")
    return ".".join((*parts[:3], wrapper, *parts[3:])) if ".h." in name else name


WRAPPERS = {
    "compiled": (lambda n: f"_orig_mod.{n}", "_orig_mod."),
    "parallel": (lambda n: f"module.{n}", "module."),
    "compiled blocks": (lambda n: inside(n, "_orig_mod"), "_orig_mod."),
    "sharded blocks": (lambda n: inside(n, "_fsdp_wrapped_module"), "_fsdp_wrapped_module."),
    "checkpointed blocks": (
        lambda n: inside(n, "_checkpoint_wrapped_module"), "_checkpoint_wrapped_module.",
    ),
    "all": (
        lambda n: f"module._fsdp_wrapped_module._orig_mod.{inside(n, '_orig_mod')}",
        "_orig_mod., _fsdp_wrapped_module., module.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRAPPERS)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_wrapped_file(tmp_path: Path, gpt_state: State, kind: str, suffix: str) -> None:
    """At any depth, in either format; the record names what was taken off."""
    rename, removed = WRAPPERS[kind]
    path = tmp_path / f"m{suffix}"
    named = {rename(name): tensor.clone() for name, tensor in gpt_state.items()}
    if suffix == ".pt":
        torch.save(gpt_checkpoint(named), path)
    else:
        save_file(named, path)
    stored = read_stored(path)
    assert stored.notes == (f"prefix {removed} taken off the tensors' names",)
    assert dict.fromkeys(gpt_state, True) == {
        name: torch.equal(tensor, gpt_state[name]) for name, tensor in stored.tensors.items()
    }


def test_a_model_that_a_trainer_holds(tmp_path: Path, gpt_state: State) -> None:
    """Lightning's ``model.`` before every name."""
    path = tmp_path / "m.pt"
    torch.save(gpt_checkpoint({f"model.{n}": t for n, t in gpt_state.items()}), path)
    assert load(path).facts.notes == ("prefix model. taken off the tensors' names",)


@pytest.mark.parametrize("kind", ["compiled", "parallel", "all"])
def test_a_wrapped_folder(tmp_path: Path, kind: str) -> None:
    """A Hugging Face folder is read alike: same numbers as the plain one."""
    import transformers

    sizes = {"vocab_size": 64, "n_positions": 32, "n_embd": 12, "n_layer": 2, "n_head": 3}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, bos_token_id=None))
    folder = saved(model, tmp_path / "m")
    plain = load(folder).layer_inputs(IDS, {1: (0, 2)})[1].queries
    rename, removed = WRAPPERS[kind]
    tensors = load_file(folder / "model.safetensors")
    save_file({rename(n): t for n, t in tensors.items()}, folder / "model.safetensors")
    source = load(folder)
    assert torch.equal(source.layer_inputs(IDS, {1: (0, 2)})[1].queries, plain)
    assert source.facts.notes == (f"prefix {removed} taken off the tensors' names",)


def test_a_head_that_holds_the_model_as_another_part(tmp_path: Path) -> None:
    """LlamaForQuestionAnswering: ``transformer.`` where others have ``model.``."""
    import transformers

    config = transformers.LlamaConfig(
        vocab_size=64, max_position_embeddings=32, hidden_size=12, intermediate_size=24,
        num_hidden_layers=2, num_attention_heads=2, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForQuestionAnswering(config)
    folder = saved(model, tmp_path / "m")
    queries = load(folder).layer_inputs(IDS, {1: (0, 1)})[1].queries
    saved_bare = tmp_path / "bare"
    model.transformer.save_pretrained(saved_bare)
    bare = load(saved_bare).layer_inputs(IDS, {1: (0, 1)})[1].queries
    assert torch.equal(queries, bare)


def test_two_names_that_differ_in_a_wrapper(tmp_path: Path) -> None:
    """Neither is taken for the other."""
    path = tmp_path / "m.safetensors"
    save_file({"a.w": torch.ones(2), "a._orig_mod.w": torch.zeros(2)}, path)
    assert message(path) == "m.safetensors: two of its tensors differ only in a prefix"
