"""Torch modules without an interface, by the name of their attention submodules."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from small_modules import HEADS, LAYERS, VOCAB, Block, D, Encoder, Nano, encoder_weights
from torch import nn

from paperfig.errors import AttentionError
from paperfig.models.external.named_attention import NamedAttention
from paperfig.models.external.report import report_of

IDS = np.array([4, 17, 4, 0, 22, 9, 9], dtype=np.int64)
ENCODER = "encoder.layers.*.self_attn"


def weights_of(model: nn.Module, attention: str, ids: np.ndarray = IDS) -> list[np.ndarray]:
    """The weights by layer."""
    return list(report_of(NamedAttention(model, attention), ids).weights)


def fault(model: nn.Module, attention: str, ids: np.ndarray = IDS) -> str:
    """What is said of the model, of which nothing is changed."""
    with pytest.raises(AttentionError) as caught:
        weights_of(model, attention, ids)
    assert hooks(model) == 0
    assert torch.backends.mha.get_fastpath_enabled()
    return str(caught.value)


def hooks(model: nn.Module) -> int:
    """How many hooks there are."""
    return sum(
        len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules()
    )


@pytest.mark.parametrize("options", [{}, {"batch_first": False}, {"padded": True}])
@pytest.mark.parametrize("training", [True, False])
def test_torchs_encoder(options: dict[str, Any], training: bool) -> None:
    """Each head of each layer as its definition says, though the layer may be fused."""
    model = Encoder(**options).train(training)
    found = weights_of(model, ENCODER)

    assert [layer.shape for layer in found] == [(HEADS, len(IDS), len(IDS))] * LAYERS
    for ours, wanted in zip(found, encoder_weights(model, IDS), strict=True):
        np.testing.assert_allclose(ours, wanted, atol=1e-6)
    assert hooks(model) == 0
    assert torch.backends.mha.get_fastpath_enabled()
    assert model.encoder.layers[0].self_attn.training == training


def test_the_model_sees_what_it_asked_for() -> None:
    """No weights where it asked for none, their mean where it asked for that."""
    seen = []

    class Asking(nn.Module):
        """Calls torch's attention in two ways."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(VOCAB, D)
            self.parts = nn.ModuleList(
                nn.MultiheadAttention(D, HEADS, batch_first=True) for _ in range(2)
            )

        def forward(self, ids: torch.Tensor) -> None:
            x = self.table(ids)
            seen.append(self.parts[0](x, x, x, need_weights=False))
            seen.append(self.parts[1](x, x, value=x))

    model = Asking()
    found = weights_of(model, "parts.*")
    model.eval()(torch.as_tensor(IDS)[None])

    assert seen[0][1] is None
    assert torch.equal(seen[0][0], seen[2][0])
    assert torch.equal(seen[1][1], seen[3][1])
    np.testing.assert_allclose(seen[1][1][0].detach(), found[1].mean(0), atol=1e-6)


def test_dropout_on_the_weights() -> None:
    """What goes through attention's dropout: nanoGPT's name for it."""
    model = Nano()
    found = weights_of(model, "transformer.h.*.attn.attn_dropout")

    with torch.no_grad():
        x = model.transformer["wte"](torch.as_tensor(IDS)).double()
        for layer in range(3):
            block: Block = model.transformer["h"][str(layer)]["attn"].double()
            q, k, v = (part.view(7, HEADS, -1) for part in block.c_attn(x).split(D, 1))
            logits = torch.einsum("qhd,khd->hqk", q, k) / (D // HEADS) ** 0.5
            raw = logits.exp().tril()
            weights = raw / raw.sum(-1, keepdim=True)
            np.testing.assert_allclose(found[layer], weights, atol=1e-6)
            x = x + torch.einsum("hqk,khd->qhd", weights, v).reshape(7, D)


def test_as_many_tokens_as_coordinates() -> None:
    """What a submodule hands on is not taken for weights of the same shape."""
    ids = np.arange(D, dtype=np.int64)
    model = Encoder()
    np.testing.assert_allclose(
        weights_of(model, ENCODER, ids)[1], encoder_weights(model, ids)[1], atol=1e-6
    )
    assert fault(Nano(), "transformer.h.*.attn", ids) == (
        "transformer.h.0.attn: it returned (1, 12, 12), of which none is weights; "
        "one tensor (1, head, 12, 12) whose rows sum to 1 is right"
    )


def returning(form: Callable[[torch.Tensor], Any], calls: int = 1) -> nn.Module:
    """A model whose `layer` returns uniform causal weights of two heads in some form."""

    class Layer(nn.Module):
        """Returns what the form makes of its weights."""

        def forward(self, length: int) -> Any:
            raw = torch.ones(1, HEADS, length, length).tril()
            return form(raw / raw.sum(-1, keepdim=True))

    class Model(nn.Module):
        """Calls it some times."""

        def __init__(self) -> None:
            super().__init__()
            self.layer, self.other = Layer(), nn.Identity()

        def forward(self, ids: torch.Tensor) -> None:
            for _ in range(calls):
                self.layer(ids.shape[1])

    return Model()


@pytest.mark.parametrize(
    "form",
    [
        lambda w: w,
        lambda w: w[0],
        lambda w: w[None],
        lambda w: (torch.ones(1, 7, D), w, None),
        lambda w: [{"hidden": torch.ones(1, 7, D), "attentions": (w,)}],
        lambda w: (w, w.clone()),
        lambda w: w.bfloat16().float(),
    ],
)
def test_forms_of_what_is_returned(form: Callable[[torch.Tensor], Any]) -> None:
    """The one tensor of weights, wherever it is."""
    found = weights_of(returning(form), "layer")
    expected = np.tril(np.ones((7, 7))) / np.arange(1, 8)[:, None]

    assert len(found) == 1
    np.testing.assert_allclose(found[0], np.stack([expected] * HEADS), atol=2e-3)


def test_a_query_without_a_key() -> None:
    """Its row is zeros."""

    def form(weights: torch.Tensor) -> torch.Tensor:
        weights[:, :, 0] = 0
        return weights

    assert weights_of(returning(form), "layer")[0][:, 0].max() == 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (lambda w: w * 2, "(1, 2, 7, 7), of which none is weights"),
        (lambda w: w.mT, "(1, 2, 7, 7), of which none is weights"),
        (lambda w: w - 1e-3, "(1, 2, 7, 7), of which none is weights"),
        (lambda w: w * 0, "(1, 2, 7, 7), of which none is weights"),
        (lambda w: w / 0, "(1, 2, 7, 7), of which none is weights"),
        (lambda w: w.repeat(2, 1, 1, 1), "(2, 2, 7, 7), of which none is weights"),
        (lambda w: (w.mean(1), w), "(1, 7, 7) and (1, 2, 7, 7), of which 2 are weights"),
        (lambda w: (w, w.roll(1, 2)), "(1, 2, 7, 7) and (1, 2, 7, 7), of which 2 are weights"),
        (lambda _: None, "no tensor, of which none is weights"),
    ],
)
def test_what_is_no_weights(form: Callable[[torch.Tensor], Any], said: str) -> None:
    """Told by its shape, with what would be right."""
    assert fault(returning(form), "layer") == (
        f"layer: it returned {said}; one tensor (1, head, 7, 7) whose rows sum to 1 is right"
    )


@pytest.mark.parametrize(
    ("model", "attention", "message"),
    [
        (
            Encoder(),
            "encoder.layer.*.self_attention",
            "Encoder: it has no submodule encoder.layer.*.self_attention; "
            "encoder.layers.*.self_attn, encoder.layers.*.self_attn.out_proj are near",
        ),
        (
            Encoder(),
            "encoder.layers.7.self_attn",
            "Encoder: it has no submodule encoder.layers.7.self_attn; "
            "encoder.layers.*.self_attn, encoder.layers.*.self_attn.out_proj are near",
        ),
        (
            Encoder(),
            "x",
            "Encoder: it has no submodule x; a name that `named_modules()` lists is right, "
            "with `*` for the layer's number",
        ),
        (
            Encoder(),
            "encoder.layers.1.self_attn",
            "encoder.layers.1.self_attn: it is one of 2 layers; "
            "encoder.layers.*.self_attn is right: a figure's `layer` chooses",
        ),
        (
            Encoder(),
            "encoder.layers.*",
            "encoder.layers.0: it holds the attention and is none, or returns the mean of its "
            "heads; encoder.layers.0.self_attn is right",
        ),
        (
            Nano(first=1),
            "transformer.h.*.attn.attn_dropout",
            "transformer.h.*.attn.attn_dropout: `*` stands for 1, 2, 3; "
            "layers that count from 0 are right, each number once",
        ),
        (
            returning(lambda w: w, calls=2),
            "layer",
            "layer: the model calls it more than once; "
            "a submodule of its own for each layer is right",
        ),
        (
            returning(lambda w: w),
            "other",
            "other: the model does not call it; "
            "a submodule that it calls is right, and no fused attention",
        ),
    ],
)
def test_names(model: nn.Module, attention: str, message: str) -> None:
    """A wrong name, or one of what is no attention, with the right one."""
    assert fault(model, attention) == message


def test_a_false_hint() -> None:
    """torch lets `is_causal` take the mask's place where it makes no weights."""

    class Hinted(nn.Module):
        """Says that a mask which hides nothing is causal."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(VOCAB, D)
            self.attn = nn.MultiheadAttention(D, HEADS)

        def forward(self, ids: torch.Tensor) -> None:
            x, mask = self.table(ids[0]), torch.zeros(ids.shape[1], ids.shape[1])
            self.attn(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)

    assert fault(Hinted(), "attn") == (
        "attn: with the mask that it is called with, it does not give what the model got; "
        "`is_causal` only beside a causal mask is right"
    )


def test_hooks_of_the_users_own() -> None:
    """What they make of an output does not hide the weights, and reaches the model."""
    model = Encoder()
    first, second = (layer.self_attn for layer in model.encoder.layers)
    handle = first.register_forward_hook(lambda _, __, output: (3 * output[0], output[1]))
    tripled = weights_of(model, ENCODER)
    assert list(first._forward_hooks) == [handle.id]
    handle.remove()
    plain = weights_of(model, ENCODER)
    np.testing.assert_array_equal(tripled[0], plain[0])
    assert np.abs(tripled[1] - plain[1]).max() > 1e-3

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    second.register_forward_hook(failing)
    with pytest.raises(ZeroDivisionError):
        weights_of(model, ENCODER)
    assert hooks(model) == 1


def test_weights_that_a_hook_replaces() -> None:
    """Those are shown that the model goes on with."""
    model = Nano()
    first = np.zeros((HEADS, len(IDS), len(IDS)), np.float32)
    first[:, :, 0] = 1
    model.transformer["h"]["1"]["attn"].attn_dropout.register_forward_hook(
        lambda *_: torch.from_numpy(first)[None]
    )
    found = weights_of(model, "transformer.h.*.attn.attn_dropout")
    np.testing.assert_array_equal(found[1], first)


def test_a_compiled_model() -> None:
    """It runs as it was written meanwhile, and is compiled as before afterwards."""
    ids, graphs = torch.as_tensor(IDS)[None], []
    model = Nano().eval()

    def backend(graph: torch.fx.GraphModule, _: object) -> Any:
        graphs.append(graph)
        return graph.forward

    compiled: Any = torch.compile(model, backend=backend, fullgraph=True)
    with torch.no_grad():
        compiled(ids)
        found = weights_of(compiled, "_orig_mod.transformer.h.*.attn.attn_dropout")
        compiled(ids)
    expected = weights_of(model, "transformer.h.*.attn.attn_dropout")
    np.testing.assert_array_equal(found, expected)
    assert len(graphs) == 1


def test_a_class_of_its_own() -> None:
    """A subclass of torch's attention that has another signature and returns weights."""

    class Own(nn.MultiheadAttention):
        """Attends to its one argument."""

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return super().forward(x, x, x, average_attn_weights=False)

    model = nn.Sequential(nn.Embedding(VOCAB, D), Own(D, HEADS, batch_first=True))
    assert weights_of(model, "1")[0].shape == (HEADS, 7, 7)


def test_a_family_of_transformers() -> None:
    """Any model that returns its weights when it is not fused, by its own numbers."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(7)
    config = transformers.GPTNeoXConfig(
        vocab_size=VOCAB, hidden_size=12, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=20, max_position_embeddings=16, attn_implementation="eager",
    )  # fmt: skip
    model = transformers.GPTNeoXForCausalLM(config).eval()
    shown = NamedAttention(model, "gpt_neox.layers.*.attention")
    found = report_of(shown, IDS).weights
    with torch.no_grad():
        wanted = model(torch.as_tensor(IDS)[None], output_attentions=True).attentions

    assert (shown.config["n_layers"], shown.config["vocab_size"]) == (3, VOCAB)
    for ours, its in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, its[0], atol=1e-6)
