"""Figures of a model in memory: its own weights, what the caption says, what is refused."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from documented import documented
from messages import A_KIND, message_of
from models.small_transformers import CONTEXT, HEADS, IDS, WINDOW, eager, small

import paperfig
from paperfig.errors import PaperfigError
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule

ONE_STACK = ("albert", "bert", "gemma2", "gpt2", "gpt_oss", "llama", "modernbert")
DECODED = [2, 7, 9, 11]
OWN = {
    "self": "decoder_attentions",
    "cross": "cross_attentions",
    "encoder": "encoder_attentions",
}


class Letters:
    """A tokenizer of letters."""

    def decode(self, ids: list[int]) -> str:
        """A letter for each id."""
        return "".join(chr(65 + index) for index in ids)


def shown(model: Any, ids: Any = IDS, **arguments: Any) -> AttentionMap:
    """The map that a figure shows."""
    (found,) = paperfig.draw_model(model, ids, **arguments)._data.maps
    return found


@pytest.mark.parametrize("model_type", ONE_STACK)
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_weights_are_those_of_eager_attention(model_type: str, layer: int) -> None:
    """Grouped queries, caps, windows, sinks, both directions; every head of every layer."""
    model = small(model_type)
    found = shown(model, layer=layer)

    own = eager(model, input_ids=IDS)[layer]
    np.testing.assert_allclose(found.weights, own, rtol=0, atol=1e-6)
    assert found.labels == tuple(f"L{layer}H{head}" for head in range(HEADS))


@pytest.mark.parametrize("model_type", ["t5", "bart"])
@pytest.mark.parametrize("attention", OWN)
def test_both_stacks_and_across(model_type: str, attention: str) -> None:
    """T5's bias by distance too, which its first layer makes for all."""
    model = small(model_type)
    rows = {"input_ids": IDS, "decoder_input_ids": DECODED}
    found = shown(model, rows, layer=1, attention=attention)

    own = eager(model, OWN[attention], **rows)[1]
    np.testing.assert_allclose(found.weights, own, rtol=0, atol=1e-6)
    encoder, decoder = [tuple(map(str, row)) for row in rows.values()]
    assert found.queries.labels == (encoder if attention == "encoder" else decoder)
    assert found.keys.labels == (decoder if attention == "self" else encoder)


def test_a_decoder_is_given_its_start() -> None:
    """Where nothing else is said; in both forms that a model has it in."""
    assert shown(small("t5"), layer=1, attention="cross").queries.labels == ("0",)
    assert shown(small("bart"), layer=1).weights.tolist() == [[[1.0]]] * HEADS


@pytest.mark.parametrize(
    ("model_type", "layer", "mask"),
    [
        ("gpt2", 1, MaskRule()),
        ("bert", 1, MaskRule(causal=False)),
        ("gemma2", 0, MaskRule(window=WINDOW)),
        ("gemma2", 1, MaskRule()),
        ("modernbert", 1, MaskRule(causal=False, window=4)),
    ],
)
def test_the_mask_is_the_one_that_the_layer_was_called_with(
    model_type: str, layer: int, mask: MaskRule
) -> None:
    """Whatever the type of the model is said to have."""
    assert shown(small(model_type), layer=layer).trained.mask == mask


def test_a_mask_that_no_rule_gives() -> None:
    """Chunks: a query sees the keys of its own chunk up to itself, and the caption tells it."""
    figure = paperfig.draw_model(small("llama4_text"), IDS, layer=0)

    place = np.arange(len(IDS))
    same = place[:, None] // WINDOW == place // WINDOW
    assert np.array_equal(figure._data.maps[0].mask, np.tril(same))
    assert "Causal mask; further keys hidden." in figure.caption


@pytest.mark.parametrize(
    ("model_type", "hidden", "rule"),
    [("gpt2", [0, 0, 1, 1], (0, 1)), ("bert", [1, 1, 1, 0], (3,))],
)
def test_padding_is_hidden_as_the_model_hides_it(
    model_type: str, hidden: list[int], rule: tuple[int, ...]
) -> None:
    """The tokenizer's own answer is handed on, `attention_mask` and all."""
    model, rows = small(model_type), {"input_ids": [1, 1, 7, 3], "attention_mask": hidden}
    found = shown(model, {name: torch.tensor([row]) for name, row in rows.items()}, layer=2)

    own, seen = eager(model, **rows)[2], found.mask.any(axis=1)
    assert found.trained.mask.hide_keys == rule
    np.testing.assert_allclose(found.weights[:, seen], own[:, seen], rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_of_half_precision_are_a_softmax_in_float32(dtype: torch.dtype) -> None:
    """Of the layer's own queries and keys, also inside autocast, which rounds products."""
    model, seen = small("bert").to(dtype), {}
    for name in ("query", "key"):
        part = model.encoder.layer[0].attention.self.get_submodule(name)
        part.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out[0]}))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = shown(model, layer=0)

    q, k = (seen[name].double().unflatten(-1, (HEADS, 8)).transpose(0, 1) for name in seen)
    own = (q @ k.mT / 8**0.5).softmax(-1)
    np.testing.assert_allclose(found.weights, own, rtol=0, atol=1e-6)


def test_scales_of_gpt2() -> None:
    """By the layer's number, which its eager attention does in float32 if it is told to."""
    scaled = {"scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True}
    model = small("gpt2", **scaled)
    found = shown(model, layer=2)
    own = eager(model, input_ids=IDS)[2]
    np.testing.assert_allclose(found.weights, own, rtol=0, atol=1e-6)


def test_the_decoder_of_a_model_by_itself() -> None:
    """Its own layers are counted, though its configuration speaks of an encoder's too."""
    from transformers import BartForCausalLM

    model = BartForCausalLM(small("bart").config)
    assert "of a 2-layer Bart on" in paperfig.draw_model(model, IDS, layer=1).caption


FORMS = {
    "list": IDS,
    "array": np.array(IDS),
    "tensor": torch.tensor(IDS),
    "row": torch.tensor([IDS]),
    "list of one": [IDS],
    "mapping": {"input_ids": torch.tensor([IDS]), "attention_mask": torch.ones(1, len(IDS))},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_ids(form: str) -> None:
    """Each is the same sequence."""
    assert shown(small("gpt2"), FORMS[form], layer=0).keys.labels == tuple(map(str, IDS))


def test_what_a_tokenizer_of_transformers_returns() -> None:
    """A BatchEncoding is given as it is, and its tokenizer names the tokens."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({"[UNK]": 0, "The": 1, "lamp": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words)
    encoding = tokenizer("The lamp The", return_tensors="pt")

    model = small("gpt2")
    assert shown(model, encoding, tokenizer=tokenizer, layer=0).keys.labels == (
        "The",
        "lamp",
        "The",
    )


def test_kinds_that_show_scores() -> None:
    """Scores are the capped, scaled products that the softmax is of."""
    model = small("gemma2")
    found = shown(model, layer=1, figure="scores", head=[4, 2])

    own = eager(model, input_ids=IDS)[1][[4, 2]]
    made = np.exp(np.where(found.mask, found.scores, -np.inf))
    np.testing.assert_allclose(made / made.sum(-1, keepdims=True), own, rtol=0, atol=1e-6)
    assert np.nanmax(np.abs(found.scores)) <= 1.5


def test_heads() -> None:
    """One, several, all and their mean."""
    model = small("gpt2")
    every = shown(model, layer=1, head="all").weights
    assert shown(model, layer=1, head=3).labels == ("L1H3",)
    assert shown(model, layer=1, head=[5, 0]).labels == ("L1H5", "L1H0")
    np.testing.assert_array_equal(shown(model, layer=1, head=[5]).weights, every[[5]])
    mean = shown(model, layer=1, head="mean")
    assert mean.labels == ("L1 mean",)
    np.testing.assert_allclose(mean.weights[0], every.mean(0), rtol=0, atol=1e-7)


CAPTIONS = {
    "gpt2": "Attention pattern for head 2 of layer 1 of a 3-layer GPT2 on a given sequence of "
    "token ids (13 tokens). Causal mask.",
    "bert": "Attention pattern for head 2 of layer 1 of a 3-layer Bert on a given sequence of "
    "token ids (13 tokens). No mask: every query attends to every key.",
}


@pytest.mark.parametrize("model_type", CAPTIONS)
def test_the_caption_says_what_is_known(model_type: str) -> None:
    """Architecture, number of layers, the mask that was seen; nothing of training."""
    style = {"limits": [0, 1]}
    figure = paperfig.draw_model(small(model_type), IDS, layer=1, head=2, style=style)
    assert figure.caption.startswith(CAPTIONS[model_type])
    assert "train" not in figure.caption


def test_the_caption_of_two_stacks() -> None:
    """Whose layers are counted, and whose tokens rows and columns are."""
    rows = {"input_ids": IDS, "decoder_input_ids": DECODED}
    figure = paperfig.draw_model(small("t5"), rows, layer=1, head=2, attention="cross")
    assert figure.caption.startswith(
        "Attention pattern for cross-attention head X1H2 of a 2-layer T5 decoder on a given "
        f"sequence of token ids (4 tokens), with {len(IDS)} keys. No mask: every query attends "
        "to every key."
    )
    assert "Rows are queries, the decoder's tokens, columns keys, the encoder's." in (
        figure.caption
    )


def test_name_and_tokenizer_are_the_users() -> None:
    """In the caption; the learned sink and the window are told as for a folder."""
    model, tokens = small("gpt_oss"), [7, 3, 20, 3, 19, 4, 11]
    figure = paperfig.draw_model(model, tokens, tokenizer=Letters(), layer=2, name="a_1")
    assert figure.caption.startswith(
        "Attention patterns for all 6 heads of layer 2 of \\emph{a\\_1} on the text `HDUDTEL' "
        "(7 tokens). Causal mask; a window of 5 keys (the query itself counted)."
    )
    assert "of a query's weight goes to a sink that the model learned" in figure.caption


class Weights(torch.nn.Module):
    """The interface of the VFE projects' models: weights, and KL if it is told to."""

    def __init__(self, *, kl: bool = False, **config: object) -> None:
        super().__init__()
        self.config = {"n_layers": 2} | config
        self.kl = kl

    def forward_with_attention(self, ids: torch.Tensor) -> tuple[None, dict[str, Any]]:
        """Uniform over the past, in one head."""
        n = ids.shape[1]
        beta = torch.ones(n, n).tril() / torch.arange(1, n + 1)[:, None]
        return None, {"beta": beta} | ({"kl": torch.zeros(n, n)} if self.kl else {})


def encoder() -> torch.nn.Module:
    """torch's own encoder on an embedding."""
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    stack = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return torch.nn.Sequential(torch.nn.Embedding(53, 8), stack)


NAMED = {"attention": "1.layers.*.self_attn", "mask": {"causal": False}}


def test_a_torch_module_by_the_name_of_its_attention() -> None:
    """Its weights are what torch's own attention gives of its inputs."""
    model = encoder().eval()
    found = shown(model, layer=0, **NAMED)

    x = model[0](torch.tensor([IDS]))
    attention = model[1].layers[0].self_attn
    own = attention(x, x, x, average_attn_weights=False)[1][0].detach()
    np.testing.assert_allclose(found.weights, own, rtol=0, atol=1e-6)


def test_a_model_that_reports_its_weights() -> None:
    """Its layer is the last one, by its own count; with KL and κ there are scores."""
    assert shown(Weights()).labels == ("L1H0",)
    found = shown(Weights(kl=True, kappa_beta=0.5), figure="scores")
    assert (found.shown.kappa, np.nanmax(np.abs(found.scores))) == ((0.5,), 0.0)


def compiled(model: torch.nn.Module) -> Any:
    """The model, to be compiled when it is run."""
    return torch.compile(model, backend="eager")


@pytest.mark.parametrize(
    "wrap",
    [torch.nn.DataParallel, compiled, lambda model: compiled(torch.nn.DataParallel(model))],
    ids=["parallel", "compiled", "both"],
)
def test_wrappers_are_seen_through(wrap: Any) -> None:
    """DataParallel and torch.compile compute what is inside, also by its own names."""
    model = small("gpt2")
    expected = shown(model, layer=1)
    found = paperfig.draw_model(wrap(model), IDS, layer=1)
    np.testing.assert_array_equal(found._data.maps[0].weights, expected.weights)
    assert "a 3-layer GPT2" in found.caption
    assert shown(wrap(encoder()), layer=1, **NAMED).labels == ("L1H0", "L1H1")


def bloom() -> Any:
    """A model of transformers that computes its attention by itself."""
    from transformers import BloomConfig, BloomModel

    sizes = {"vocab_size": 53, "hidden_size": 48, "n_layer": 2, "n_head": HEADS}
    return BloomModel(BloomConfig(**sizes))


def sparse() -> Any:
    """A model that looks at some of the keys, by an option of its own."""
    model = small("gpt2")
    attention = model.h[1].attn
    attention.forward = partial(attention.forward, indices=torch.zeros(1))
    return model


def repeated() -> Any:
    """A model that runs its first layer twice."""
    model = small("gpt2")
    model.h[1] = model.h[0]
    return model


def registered() -> Any:
    """A model whose attention is a function of the user's own."""
    from transformers import AttentionInterface

    AttentionInterface.register("mine", registered)
    model = small("gpt2")
    model.config._attn_implementation = "mine"
    return model


ERRORS: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "no layer": (small, IDS, {}, "layer: nothing is said; layers are 0 to 2"),
    "another layer": (small, IDS, {"layer": 3}, "layer: 3 does not exist; layers are 0 to 2"),
    "another head": (
        small, IDS, {"layer": 1, "head": 9}, "head: 9 does not exist; heads are 0 to 5",
    ),
    "several sequences": (
        small, [IDS, IDS], {"layer": 1},
        "ids: it holds 2 sequences, and 1 is drawn; (1, token) or (token,) is right",
    ),
    "another id": (
        small, [7, 53], {"layer": 1},
        "ids: 53 at position 1 is none of the model's; 0 to 52 are right",
    ),
    "too long": (
        small, [7] * (CONTEXT + 1), {"layer": 1},
        "ids: there are 30, and the model has places for 29; at most 29 are right",
    ),
    "text": (small, "rain", {"layer": 1}, "ids: its values are <U4; token ids are right"),
    "half a mask": (
        small, {"input_ids": IDS, "attention_mask": [1, 1]}, {"layer": 1},
        "attention_mask: its shape is (2,) for 13 tokens; (1, 13) is right",
    ),
    "one stack": (
        small, IDS, {"layer": 1, "attention": "cross"},
        'attention: GPT2Model is no encoder–decoder; "self" is right for its only stack',
    ),
    "another mask": (
        lambda: small("gemma2"), IDS, {"layer": 0, "mask": {"causal": False}},
        "mask: that of layer 0 is causal with a window of 5; leave it out: the model shows its "
        "own",
    ),
    "another kind": (
        small, IDS, {"layer": 0, "figure": "mapp"},
        f'draw_model: figure: "mapp" is not a choice; {A_KIND}',
    ),
    "attention of its own": (
        bloom, IDS, {"layer": 1},
        "BloomModel: it calls none of transformers' attention functions; "
        '`attention="h.*.self_attention"`, where these submodules return weights, is right',
    ),
    "options of its own": (
        sparse, IDS, {"layer": 1},
        "GPT2Model: its attention uses indices, which is not supported; "
        '`attention="h.*.attn"`, where these submodules return weights, is right',
    ),
    "a layer twice": (
        repeated, IDS, {"layer": 2},
        "layer 0: the model calls its attention more than once; once in a pass is supported",
    ),
    "a function of its own": (
        registered, IDS, {"layer": 2},
        "GPT2Model: its attention is computed by 'mine', of which nothing is known; a model "
        'with `attn_implementation="sdpa"` is right',
    ),
    "no text": (
        lambda: torch.nn.Linear(2, 2), IDS, {},
        "Linear: it has no forward_with_attention(ids); such a method, or the name of its "
        "attention submodules, is right",
    ),
    "a name is near": (
        encoder, IDS, {},
        "Sequential: it has no forward_with_attention(ids); such a method, or "
        '`attention="1.layers.*.self_attn"`, is right',
    ),
    "another name": (
        encoder, IDS, {"attention": "1.layers.*.self_atn"},
        "Sequential: it has no submodule 1.layers.*.self_atn; 1.layers.*.self_attn, "
        "*.layers.1.self_attn are near",
    ),
    "a model around another": (
        lambda: torch.nn.ModuleDict({"backbone": small("bert")}), IDS, {"layer": 1},
        "ModuleDict: it is no model of transformers, and its backbone is one; give that one",
    ),
    "across in torch": (
        encoder, IDS, {"attention": "cross"},
        'attention: Sequential is no encoder–decoder of transformers; "self" or the name of '
        "submodules is right",
    ),
    "a mask that weights contradict": (
        encoder, IDS, NAMED | {"layer": 0, "mask": {}},
        "layer 0: a key that the mask hides has weight 0.318; give the model's own `mask=`, "
        "such as {'causal': False}",
    ),
    "padding in torch": (
        encoder, {"input_ids": IDS, "attention_mask": [1] * 12 + [0]}, NAMED,
        "ids: its `attention_mask` hides 1, and Sequential is given ids alone; leave the "
        "padding out",
    ),
    "no KL": (
        Weights, IDS, {"figure": "scores"},
        "figure: it shows scores, and the model gives its weights and no `kl`; "
        '`figure="map"` is right',
    ),
    "no κ": (
        lambda: Weights(kl=True), IDS, {"figure": "context"},
        "figure: it shows scores, and the model gives `kl` and no κ that divides it; "
        "`kappa_beta` of its `config` is right",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", ERRORS)
def test_errors_are_raised_by_the_call(fault: str) -> None:
    """Nothing waits for the drawing: one line, what is wrong and what would be right."""
    make, ids, arguments, said = ERRORS[fault]
    model = small("gpt2") if make is small else make()
    assert message_of(PaperfigError, paperfig.draw_model, model, ids, **arguments) == said


def test_the_documented_example(repository: Path, tmp_path: Path) -> None:
    """docs/models.md: it runs as it stands, and draws."""
    (example,) = documented(repository / "docs" / "models.md", "memory")
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["figure"].save(tmp_path / "heads.pdf").read_bytes()[:5] == b"%PDF-"


def test_a_training_loop_takes_a_model_of_transformers(tmp_path: Path) -> None:
    """Each layer of the first sequence, with its own padding."""
    batch = {
        "input_ids": torch.tensor([[1, 7, 3], [2, 2, 2]]),
        "attention_mask": torch.tensor([[0, 1, 1], [1, 1, 1]]),
        "labels": torch.tensor([[1, 7, 3], [2, 2, 2]]),
    }
    made = paperfig.generate_interpretability_outputs(
        model=small("gpt2"), sample_batch=batch, out=tmp_path, on_error="raise"
    )

    kinds = ("", "-context")
    names = [f"attention-L{layer}{kind}.pdf" for layer in range(3) for kind in kinds]
    assert [path.name for path in made] == names
    caption = (tmp_path / "attention-L2.caption.tex").read_text()
    assert "of a 3-layer GPT2 on" in caption
    assert "the first key hidden" in caption
