"""GPT files: their attention, their sizes, and what is wrong with a broken one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from loading import load, message
from small_gpt import random_gpt
from small_models import (
    CONTEXT,
    HEAD_DIM,
    HEADS,
    HIDDEN,
    IDS,
    LAYERS,
    VOCAB,
    WIDTH,
    gpt_checkpoint,
    weights_of,
    write_json,
)
from torch import nn

from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

State = dict[str, torch.Tensor]
WHOLE = "save the whole state dict"


def transformers_weights(
    state: State, ids: np.ndarray = IDS, gelu: str = "gelu"
) -> list[np.ndarray]:
    """Every layer's weights from transformers' eager GPT-2 with the same numbers."""
    import transformers

    vocab, width = state["transformer.wte.weight"].shape
    config = transformers.GPT2Config(
        vocab_size=vocab,
        n_positions=len(state["transformer.wpe.weight"]),
        n_embd=width,
        n_layer=sum(name.endswith("ln_1.weight") for name in state),
        n_head=HEADS if width == WIDTH else 4,
        n_inner=len(state["transformer.h.0.mlp.c_fc.weight"]),
        activation_function=gelu,
        attn_implementation="eager",
        bos_token_id=None,
        eos_token_id=None,
    )
    model = transformers.GPT2Model(config).eval()
    turned = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    own = {
        name.removeprefix("transformer."): tensor.T if name.endswith(turned) else tensor
        for name, tensor in state.items()
        if name != "lm_head.weight"
    }
    zeros = {n: torch.zeros_like(t) for n, t in model.state_dict().items() if n not in own}
    model.load_state_dict(zeros | own)
    with torch.no_grad():
        maps = model(torch.from_numpy(ids)[None], output_attentions=True).attentions
    return [one[0].numpy() for one in maps]


@pytest.fixture
def reference(gpt_state: State) -> list[np.ndarray]:
    """The weights that an independent implementation gives."""
    return transformers_weights(gpt_state)


def test_weights_of_every_layer_and_head(
    gpt_file: Path, reference: list[np.ndarray], device: str
) -> None:
    """Every layer equals transformers' GPT-2, asked alone or with the others."""
    source = load(gpt_file, device)
    together = source.layer_inputs(IDS, {layer: range(HEADS) for layer in range(LAYERS)})
    for layer in range(LAYERS):
        alone = source.layer_inputs(IDS, {layer: [1, 0]})
        assert list(alone) == [layer]
        np.testing.assert_allclose(weights_of(together[layer]), reference[layer], atol=2e-6)
        swapped = reference[layer][[1, 0]]
        np.testing.assert_allclose(weights_of(alone[layer]), swapped, atol=2e-6)
        assert alone[layer].queries.device.type == device


def test_facts(gpt_file: Path) -> None:
    """Sizes come from the tensors, heads and step from the file, the name from its stem."""
    facts = load(gpt_file).facts
    assert (facts.name, facts.family, facts.step, facts.dtype) == (
        "ckpt", "gpt", 1700, "float32",
    )  # fmt: skip
    assert (facts.n_layer, facts.vocab_size, facts.context) == (LAYERS, VOCAB, CONTEXT)
    assert facts.layers[2].head_dims == (HEAD_DIM,) * HEADS
    assert facts.layers[2].trained == Setting(mask=MaskRule(causal=True))
    assert (facts.defaults, facts.declared, facts.notes) == (("gelu = exact",), (), ())
    assert load(gpt_file, name="Tiny").facts.name == "Tiny"


def test_nothing_above_the_last_layer_wanted_is_computed(
    gpt_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layer 1 alone costs one fused attention, and layer 0 costs none."""
    calls = []
    fused = nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        nn.functional,
        "scaled_dot_product_attention",
        lambda *args, **keys: calls.append(args) or fused(*args, **keys),
    )
    source = load(gpt_file)
    source.layer_inputs(IDS, {0: [1]})
    assert calls == []
    source.layer_inputs(IDS, {1: [1]})
    assert len(calls) == 1
    assert source.layer_inputs(IDS, {}) == {}


def without_biases(state: State) -> State:
    """The state dict of a model with ``bias=False``."""
    return {name: tensor for name, tensor in state.items() if not name.endswith("bias")}


def test_a_model_without_biases(tmp_path: Path, gpt_state: State) -> None:
    """A file without biases computes what one with zero biases does."""
    zeros = {n: t * 0 if n.endswith("bias") else t for n, t in gpt_state.items()}
    weights = []
    for name, state in (("none.pt", without_biases(gpt_state)), ("zero.pt", zeros)):
        torch.save(gpt_checkpoint(state), tmp_path / name)
        weights.append(weights_of(load(tmp_path / name).layer_inputs(IDS, {2: [0, 1]})[2]))
    np.testing.assert_allclose(weights[0], weights[1], atol=1e-7)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_change_no_number(
    tmp_path: Path, gpt_file: Path, gpt_state: State, prefix: str
) -> None:
    """A compiled or data-parallel model's file gives the same inputs, bit for bit."""
    path = tmp_path / "prefixed.pt"
    torch.save(gpt_checkpoint({prefix + n: t for n, t in gpt_state.items()}), path)
    plain, prefixed = load(gpt_file), load(path)
    pair = [source.layer_inputs(IDS, {2: [1]})[2] for source in (plain, prefixed)]
    assert torch.equal(pair[0].queries, pair[1].queries)
    assert torch.equal(pair[0].keys, pair[1].keys)
    assert prefixed.facts.notes[0].startswith("prefix ")


def test_causal_buffers_of_old_files_are_ignored(tmp_path: Path, gpt_state: State) -> None:
    """``attn.bias`` and ``attn.masked_bias`` are masks, not weights."""
    for layer in range(LAYERS):
        gpt_state[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, CONTEXT, CONTEXT)
        gpt_state[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    path = tmp_path / "old.pt"
    torch.save(gpt_checkpoint(gpt_state), path)
    assert load(path).facts.n_layer == LAYERS


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_half_precision_is_cast_once_to_float32(
    tmp_path: Path, gpt_state: State, kind: torch.dtype
) -> None:
    """Stored halves are computed with in float32; the stored type is in the facts."""
    halves = {name: tensor.to(kind) for name, tensor in gpt_state.items()}
    torch.save(gpt_checkpoint(halves), tmp_path / "half.pt")
    cast = {name: tensor.float() for name, tensor in halves.items()}
    torch.save(gpt_checkpoint(cast), tmp_path / "cast.pt")
    half, whole = load(tmp_path / "half.pt"), load(tmp_path / "cast.pt")
    pair = [source.layer_inputs(IDS, {2: [0]})[2].queries for source in (half, whole)]
    assert pair[0].dtype == torch.float32
    assert torch.equal(*pair)
    assert half.facts.dtype == str(kind).removeprefix("torch.")


Break = Callable[[State], object]


@pytest.mark.parametrize(
    ("break_", "said"),
    [
        (
            lambda s: s.pop("transformer.h.1.ln_2.weight"),
            f"lacks transformer.h.1.ln_2.weight; {WHOLE}",
        ),
        (
            lambda s: [s.pop(n) for n in list(s) if n.startswith("transformer.h.0.attn")],
            "lacks transformer.h.0.attn.c_attn.weight, transformer.h.0.attn.c_proj.weight; "
            + WHOLE,
        ),
        (
            lambda s: [s.pop(n) for n in list(s) if n.startswith("transformer.h.1.")],
            "lacks transformer.h.1.ln_1.weight, transformer.h.1.ln_1.bias, "
            f"transformer.h.1.attn.c_attn.weight and 9 more tensors; {WHOLE}",
        ),
        (lambda s: s.pop("transformer.wpe.weight"), f"lacks transformer.wpe.weight; {WHOLE}"),
        (
            lambda s: s.update({"transformer.wpe.weight": torch.ones(CONTEXT)}),
            f"transformer.wpe.weight has shape ({CONTEXT},); a matrix is right",
        ),
        (
            lambda s: s.update(
                {"transformer.h.2.attn.c_attn.weight": torch.ones(WIDTH, 3 * WIDTH)}
            ),
            f"transformer.h.2.attn.c_attn.weight has shape ({WIDTH}, {3 * WIDTH}); "
            f"({3 * WIDTH}, {WIDTH}) is right",
        ),
        (
            lambda s: s.update({"transformer.h.0.attn.rope": torch.ones(2)}),
            "holds transformer.h.0.attn.rope, which such a model has no use for; "
            "see which model saved it, and name its `family`",
        ),
    ],
    ids=["missing", "no attention", "no layer", "no positions", "vector", "turned", "more"],
)
def test_broken_state_dicts(tmp_path: Path, gpt_state: State, break_: Break, said: str) -> None:
    """Missing, misshapen and unexpected tensors are named."""
    break_(gpt_state)
    # Without biases in layer 0's attention the file is one of a model that has none.
    if said.startswith("lacks transformer.h.0.attn.c_attn.weight"):
        gpt_state = without_biases(gpt_state)
    path = tmp_path / "broken.pt"
    torch.save(gpt_checkpoint(gpt_state), path)
    assert message(path) == f"broken.pt: {said}"


@pytest.mark.parametrize("n_head", [3, 0, -2, "2", True, 2.0])
def test_heads_that_do_not_divide_the_width(
    tmp_path: Path, gpt_state: State, n_head: object
) -> None:
    """The number of heads is a whole number that divides the width."""
    content = gpt_checkpoint(gpt_state)
    content["model_args"]["n_head"] = n_head
    torch.save(content, tmp_path / "m.pt")
    assert message(tmp_path / "m.pt") == (
        f"m.pt: `n_head` is {n_head!r}; a divisor of {WIDTH} is right"
    )


def test_heads_from_a_config_file(tmp_path: Path, gpt_state: State) -> None:
    """A file that does not say its heads takes them from the spec's ``config``."""
    path = tmp_path / "m.pt"
    torch.save({"model": gpt_state}, path)
    assert message(path) == (
        "m.pt: does not say how many heads it has; `n_head` in its `model_args`, or in a "
        "file named by `config`, is right"
    )
    write_json(tmp_path / "flat.json", {"n_head": 5})
    write_json(tmp_path / "nested.json", {"model_args": {"n_head": 1}})
    assert load(path, config="flat.json").facts.layers[0].n_head == 5
    assert load(path, config="nested.json").facts.layers[0].n_head == 1
    missing = tmp_path / "none.json"
    assert message(path, config="none.json") == (
        f"{missing}: cannot be read (No such file or directory)"
    )


def twelve_layers(path: Path) -> Path:
    """A nanoGPT file of 12 layers, 64 wide, sharp enough that a GELU shows."""
    random_gpt(path, 3, n_layer=12, n_head=4, n_embd=64)
    content = torch.load(path)
    for name, tensor in content["model"].items():
        content["model"][name] = tensor if "ln_" in name else 0.15 * tensor
    torch.save(content, path)
    return path


def test_the_gelu_of_files_of_before_june_2023(tmp_path: Path) -> None:
    """Tanh under the same names: exact is assumed and recorded, and the spec says the other."""
    path = twelve_layers(tmp_path / "m.pt")
    state, ids = torch.load(path)["model"], np.arange(53, dtype=np.int64) * 4
    for gelu, name in (("tanh", "gelu_pytorch_tanh"), ("exact", "gelu")):
        source = load(path, trained=TrainedSpec(gelu=gelu))
        shown = weights_of(source.layer_inputs(ids, {11: range(4)})[11])
        own = transformers_weights(state, ids, name)[11]
        np.testing.assert_allclose(shown, own, atol=2e-6)
        assert (source.facts.defaults, source.facts.declared) == ((), (f"gelu = {gelu}",))
    assumed = load(path)
    assert assumed.facts.defaults == ("gelu = exact",)
    undeclared = weights_of(assumed.layer_inputs(ids, {11: range(4)})[11])
    np.testing.assert_array_equal(undeclared, shown)
    assert np.abs(undeclared - transformers_weights(state, ids, "gelu_new")[11]).max() > 1e-4


def test_a_gelu_that_the_file_names(tmp_path: Path, gpt_state: State) -> None:
    """A fork's ``activation`` leaves nothing to assume or to declare."""
    content = gpt_checkpoint(gpt_state)
    content["model_args"]["activation"] = "gelu_new"
    torch.save(content, tmp_path / "m.pt")
    assert load(tmp_path / "m.pt").facts.defaults == ()
    assert message(tmp_path / "m.pt", trained=TrainedSpec(gelu="exact")) == (
        "m.pt: `trained` declares what this format says already; leave it out"
    )


def test_a_declaration_is_refused(gpt_file: Path) -> None:
    """``trained:`` has nothing to declare in a format that is always causal."""
    trained = TrainedSpec(mask=MaskSpec(causal=False))
    assert message(gpt_file, trained=trained) == (
        "ckpt.pt: `trained` declares what this format says already; leave it out"
    )


class Baseline(nn.Module):
    """The baseline with torch's own attention: an independent forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", batch_first=True,
                norm_first=True,
            )
            for _ in range(LAYERS)
        )  # fmt: skip
        self.last = nn.LayerNorm(WIDTH)

    def state(self) -> State:
        """The same weights under the baseline's names, with the buffer of its mask."""
        own = {
            "token_embed.weight": self.tokens.weight,
            "pos_embed.weight": self.positions.weight,
        }
        for index, layer in enumerate(self.layers):
            nn.init.zeros_(layer.self_attn.in_proj_bias)
            nn.init.zeros_(layer.self_attn.out_proj.bias)
            thirds = layer.self_attn.in_proj_weight.chunk(3)
            for name, third in zip("QKV", thirds, strict=True):
                own[f"blocks.{index}.attn.W_{name}.weight"] = third.clone()
            own[f"blocks.{index}.attn.W_O.weight"] = layer.self_attn.out_proj.weight
            for name, module in (
                ("ln1", layer.norm1),
                ("ln2", layer.norm2),
                ("ffn.fc1", layer.linear1),
                ("ffn.fc2", layer.linear2),
            ):
                own[f"blocks.{index}.{name}.weight"] = module.weight
                own[f"blocks.{index}.{name}.bias"] = module.bias
        own |= {"ln_final.weight": self.last.weight, "ln_final.bias": self.last.bias}
        own["causal_mask"] = torch.ones(CONTEXT, CONTEXT).tril()[None]
        return {name: tensor.detach() for name, tensor in own.items()}

    def weights(self) -> list[np.ndarray]:
        """Every layer's weights, by `nn.MultiheadAttention`."""
        x = (self.tokens(torch.from_numpy(IDS)) + self.positions.weight[: len(IDS)])[None]
        future = torch.ones(len(IDS), len(IDS), dtype=torch.bool).triu(1)
        maps = []
        for layer in self.layers:
            normed = layer.norm1(x)
            _, weights = layer.self_attn(
                normed, normed, normed, attn_mask=future, average_attn_weights=False
            )
            maps.append(weights[0].detach().numpy())
            x = layer(x, src_mask=future)
        return maps


def baseline_file(path: Path, config: dict[str, object]) -> tuple[Baseline, Path]:
    """A file as train_standard_baseline.py saves it."""
    torch.manual_seed(5)
    model = Baseline()
    content = {
        "step": 40,
        "model_state_dict": model.state(),
        "optimizer_state_dict": {},
        "val_loss": 5.5,
        "val_ppl": np.exp(5.5),
        "config": config,
    }
    torch.save(content, path)
    return model, path


def test_the_vfe_baseline(tmp_path: Path, device: str) -> None:
    """Every layer of the VFE projects' dot-product baseline, against torch's attention."""
    config = {"vocab_size": VOCAB, "embed_dim": WIDTH, "n_heads": HEADS, "dropout": 0.1}
    model, path = baseline_file(tmp_path / "best_model.pt", config)
    source = load(path, device)
    inputs = source.layer_inputs(IDS, {layer: range(HEADS) for layer in range(LAYERS)})
    for layer, expected in enumerate(model.weights()):
        np.testing.assert_allclose(weights_of(inputs[layer]), expected, atol=2e-6)
    facts = source.facts
    assert (facts.family, facts.step, facts.defaults) == ("vfe-baseline", 40, ())


def test_the_vfe_baseline_takes_one_head_by_default(tmp_path: Path) -> None:
    """A configuration without ``n_heads`` means one head there, which is recorded."""
    _, path = baseline_file(tmp_path / "best_model.pt", {"embed_dim": WIDTH})
    facts = load(path).facts
    assert (facts.layers[0].n_head, facts.defaults) == (1, ("n_heads = 1",))
