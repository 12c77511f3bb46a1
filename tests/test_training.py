"""Figures from inside a training loop."""

import inspect
import logging
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from paperfig import generate_interpretability_outputs
from paperfig.errors import AttentionError, PaperfigError
from paperfig.excerpts.in_memory import check_tokenizer
from paperfig.values.figure import from_npz

N, HEADS = 7, 2
IDS = torch.tensor([list(b"A lamp!"), list(b"The sea")])


class Letters:
    """A tokenizer of bytes."""

    def decode(self, ids: list[int]) -> str:
        """The text of the ids."""
        return bytes(ids).decode("latin-1")


class Gauge(torch.nn.Module):
    """The interface of the VFE projects' models: β is clamped to 1e-8 where masked."""

    def __init__(self, layers: int | None = None, **config: object) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(torch.linspace(-1, 1, 256))
        self.dropout = torch.nn.Dropout(0.5)
        self.config = {"n_layers": 3, "kappa_beta": 0.5} | config
        self.layers = layers

    def forward_with_attention(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict]:
        """Logits and the weights of the last layer, or of all."""
        x = self.dropout(self.table[ids])
        distance = (x[:, :, None] - x[:, None]).square()
        causal = torch.ones(ids.shape[1], ids.shape[1]).tril().bool()
        heads = []
        for kappa in (0.5, 0.05):
            logits = (-distance / kappa).masked_fill(~causal, -torch.inf)
            heads.append(logits.softmax(-1).clamp(min=1e-8))
        beta = torch.stack(heads, 1)
        if self.layers is not None:
            beta = beta[None].repeat(self.layers, 1, 1, 1, 1)
        kl = distance[:, None].repeat(1, 2, 1, 1)
        return x, {"beta": beta, "kl": kl.expand_as(beta)}


class NoSelf(Gauge):
    """The same, each query's own key masked, of which its configuration says nothing."""

    def forward_with_attention(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict]:
        """The diagonal taken out of the weights, but for the first query."""
        x, found = super().forward_with_attention(ids)
        own = torch.eye(ids.shape[1]).bool()
        own[0, 0] = False
        beta = found["beta"].masked_fill(own, 0.0)
        return x, {"beta": beta / beta.sum(-1, keepdim=True), "kl": found["kl"]}


def numpy_state() -> list[int]:
    """numpy's global generator."""
    return np.random.get_state()[1].tolist()  # noqa: NPY002 - the state that a loop may use


def weights_of(ids: torch.Tensor) -> np.ndarray:
    """The same by numpy, exactly 0 where masked."""
    x = np.linspace(-1, 1, 256, dtype=np.float64)[ids.numpy()]
    heads = []
    for kappa in (0.5, 0.05):
        raw = np.tril(np.exp(-((x[:, None] - x) ** 2) / kappa))
        heads.append(raw / raw.sum(1, keepdims=True))
    return np.stack(heads)


def test_a_step_writes_every_head_with_caption_and_record(tmp_path: Path) -> None:
    """The names carry step and layer; the values are the model's own, per head."""
    made = generate_interpretability_outputs(
        model=Gauge(), sample_batch=(IDS, IDS), tokenizer=Letters(), out=tmp_path, step=500
    )

    assert [path.name for path in made] == [
        "attention-step000500-L2.pdf",
        "attention-step000500-L2-context.pdf",
    ]
    names = {path.name for path in tmp_path.iterdir()}
    stem = "attention-step000500-L2"
    assert {f"{stem}.{end}" for end in ("pdf", "caption.tex", "tex", "npz", "json")} <= names
    data = from_npz((tmp_path / f"{stem}.npz").read_bytes())
    assert data.maps[0].labels == ("L2H0", "L2H1")
    np.testing.assert_allclose(data.maps[0].weights, weights_of(IDS[0]), atol=1e-6)
    caption = (tmp_path / f"{stem}.caption.tex").read_text()
    assert r"of \emph{Gauge}" in caption
    assert "A lamp\\string!}' (7 tokens). Causal mask" in caption
    assert r"$\kappa = 0.5$" in caption


def test_the_model_and_the_loop_are_left_as_found(tmp_path: Path) -> None:
    """Modes part by part, random numbers, grad mode, device."""
    model = Gauge()
    model.train()
    model.dropout.eval()
    torch.manual_seed(3)
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002 - the state that a loop may use
    before = torch.random.get_rng_state(), random.getstate(), numpy_state()
    inspect.unwrap(generate_interpretability_outputs)(  # the type checks draw numbers
        model=model, sample_batch=IDS, tokenizer=Letters(), out=tmp_path, on_error="raise"
    )

    assert (model.training, model.dropout.training) == (True, False)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert numpy_state() == before[2]
    assert torch.is_grad_enabled()
    assert model.table.grad is None


def test_an_object_that_keeps_a_module(tmp_path: Path) -> None:
    """The module is run in eval mode, and left in its own, though the object is none."""

    class Wrapped:
        """No torch module, but one inside."""

        def __init__(self) -> None:
            self.inner = Gauge().train()
            self.config = self.inner.config
            self.forward_with_attention = self.inner.forward_with_attention

    model = Wrapped()
    generate_interpretability_outputs(
        model=model, sample_batch=IDS, tokenizer=Letters(), out=tmp_path, on_error="raise"
    )
    data = from_npz((tmp_path / "attention-L2.npz").read_bytes())
    np.testing.assert_allclose(data.maps[0].weights, weights_of(IDS[0]), atol=1e-6)
    assert model.inner.training
    assert model.inner.dropout.training


@pytest.mark.parametrize(
    "batch",
    [
        [IDS[0].tolist(), [1]],
        (list(IDS.numpy()[0]), None),
        {"input_ids": IDS},
        [IDS[0], IDS[1, :2]],
        IDS.numpy(),
    ],
    ids=["ragged", "numbers of numpy", "mapping", "tensors", "array"],
)
def test_forms_of_a_batch(tmp_path: Path, batch: object) -> None:
    """Its first sequence is drawn, whatever else it holds."""
    generate_interpretability_outputs(
        model=Gauge(), sample_batch=batch, tokenizer=Letters(), out=tmp_path, on_error="raise"
    )
    data = from_npz((tmp_path / "attention-L2.npz").read_bytes())
    assert data.excerpt.token_ids.tolist() == IDS[0].tolist()


def test_all_layers_where_the_model_returns_them(tmp_path: Path) -> None:
    """A five-dimensional β holds layers."""
    made = generate_interpretability_outputs(
        model=Gauge(layers=2),
        sample_batch={"input_ids": IDS},
        tokenizer=Letters(),
        out=tmp_path,
    )

    assert [path.name for path in made] == [
        "attention-L0.pdf",
        "attention-L0-context.pdf",
        "attention-L1.pdf",
        "attention-L1-context.pdf",
    ]


def test_the_guides_own_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Model, batch and tokenizer alone: the files go to figures/."""
    monkeypatch.chdir(tmp_path)
    made = generate_interpretability_outputs(
        model=Gauge(), sample_batch=IDS, tokenizer=Letters()
    )

    assert [path.parent for path in made] == [Path("figures")] * 2
    assert all(path.is_file() for path in made)


def test_the_projects_own_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a tokenizer and with their `device`: ids are shown, and no text is quoted."""
    monkeypatch.chdir(tmp_path)
    made = generate_interpretability_outputs(
        model=Gauge(), sample_batch=(IDS, IDS), tokenizer=None, device="cpu", on_error="raise"
    )

    data = from_npz(made[0].with_suffix(".npz").read_bytes())
    assert data.excerpt.tokens.labels == tuple(map(str, IDS[0].tolist()))
    assert data.excerpt.text is None
    assert "`" not in made[0].with_suffix(".caption.tex").read_text()


def test_the_caption_says_what_the_batch_is_and_the_step(tmp_path: Path) -> None:
    """Two steps are told apart, and the text has the name that it is given."""
    for step in (500, 1000):
        generate_interpretability_outputs(
            model=Gauge(alibi_slope=-0.1),
            sample_batch=IDS,
            tokenizer=Letters(),
            source="WikiText-103 validation",
            out=tmp_path,
            step=step,
            on_error="raise",
        )
        caption = (tmp_path / f"attention-step{step:06d}-L2.caption.tex").read_text()
        assert f" at step {step} on WikiText-103 validation: `" in caption
        assert "ALiBi adds $-0.1$ to the logits for each token of distance." in caption


class Restricted:
    """A loader's data set as VFE-Sim has it: `decode` drops what is outside its vocabulary."""

    def __init__(self) -> None:
        self._unk_id = 2
        self._words = {0: "The", 1: " lamp"}

    def get_vocab_size(self) -> int:
        """Two words, and the unknown one."""
        return 3

    def decode(self, ids: list[int]) -> str:
        """The text of the ids that are words."""
        return "".join(self._words.get(index, "") for index in ids)


def test_tokens_outside_a_restricted_vocabulary(tmp_path: Path) -> None:
    """They are shown as UNK, stand in the quotation, and are counted."""
    batch = torch.tensor([[0, 2, 1, 2, 2, 0, 1]])
    generate_interpretability_outputs(
        model=Gauge(vocab_size=3),
        sample_batch=batch,
        tokenizer=Restricted(),
        out=tmp_path,
        on_error="raise",
    )
    excerpt = from_npz((tmp_path / "attention-L2.npz").read_bytes()).excerpt
    assert excerpt.tokens.labels == ("The", "UNK", " lamp", "UNK", "UNK", "The", " lamp")
    assert excerpt.text == "The UNK lamp UNK UNKThe lamp"
    assert excerpt.unknown == 3
    caption = " ".join((tmp_path / "attention-L2.caption.tex").read_text().split())
    assert "3 outside the vocabulary" in caption


class OfTransformers(Letters):
    """One that lists its ids, as those of transformers do."""

    def get_vocab(self) -> dict[str, int]:
        """Its 200 ids."""
        return {str(index): index for index in range(200)}


@pytest.mark.parametrize(
    ("tokenizer", "rows", "said"),
    [
        (Restricted(), 3, None),
        (Restricted(), 64, None),
        (
            Restricted(),
            200,
            "tokenizer: Restricted has 3 ids, and the model's token table has 200 rows; the "
            "tokenizer that the model is trained with is right: of a restricted vocabulary "
            "the loader's data set",
        ),
        (OfTransformers(), 231, None),
        (
            OfTransformers(),
            150,
            "tokenizer: OfTransformers has 200 ids, and the model's token table has 150 rows; "
            "the tokenizer that the model is trained with is right: of a restricted vocabulary "
            "the loader's data set",
        ),
        (Letters(), 7, None),
    ],
)
def test_a_tokenizer_that_is_not_the_models(
    tokenizer: object, rows: int, said: str | None
) -> None:
    """Both numbers are told; what tells no number is taken as it is."""
    if said is None:
        check_tokenizer(tokenizer, rows)
        return
    with pytest.raises(AttentionError) as caught:
        check_tokenizer(tokenizer, rows)
    assert str(caught.value) == said


def test_nothing_is_raised_into_the_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole error goes to the log, with its traceback."""
    with caplog.at_level(logging.ERROR, logger="paperfig"):
        made = generate_interpretability_outputs(
            model=torch.nn.Linear(2, 2),
            sample_batch=IDS,
            tokenizer=Letters(),
            out=tmp_path,
            step=9,
        )

    assert made == ()
    assert "no attention figures of step 9" in caplog.text
    assert "Linear: it has no forward_with_attention(ids)" in caplog.text
    assert list(tmp_path.iterdir()) == []


class Encoder(torch.nn.Module):
    """torch's own encoder, which says nothing of itself."""

    def __init__(self, layers: int = 2) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(256, 8)
        layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = torch.nn.TransformerEncoder(layer, layers)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The beliefs of the last layer."""
        mask = torch.nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        return self.encoder(self.table(ids), mask=mask)


class Maps(torch.nn.Module):
    """V3's own interface: weights at two score points, one layer of two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.config = {
            "n_layers": 1, "n_heads": 2, "embed_dim": 18, "kappa_beta": 0.5,
            "beta_attention_prior": "causal_noself",
        }  # fmt: skip

    def attention_maps(
        self, token_ids: torch.Tensor, *, score_at: str = "converged"
    ) -> torch.Tensor:
        """Uniform at entry; else on the previous token."""
        n = token_ids.shape[1]
        raw = torch.ones(n, n).tril(-1) if score_at == "entry" else torch.eye(n).roll(1, 0)
        raw[0] = torch.eye(n)[0]
        return (raw / raw.sum(1, keepdim=True)).repeat(1, 2, 1, 1)


def test_v3s_own_model(tmp_path: Path) -> None:
    """Its weights at entry, its prior's mask, κ and τ; no KL, so no page in context."""
    made = generate_interpretability_outputs(
        model=Maps(), sample_batch=IDS, tokenizer=Letters(), out=tmp_path, on_error="raise"
    )

    assert [path.name for path in made] == ["attention-L0.pdf"]
    data = from_npz((tmp_path / "attention-L0.npz").read_bytes())
    np.testing.assert_allclose(data.maps[0].weights[1, 3], [1 / 3] * 3 + [0] * 4, atol=1e-6)
    caption = " ".join((tmp_path / "attention-L0.caption.tex").read_text().split())
    assert (
        "Causal mask; self-attention (the diagonal) masked, except for the first query, which "
        "has no other key. "
        r"$\kappa = 0.5$ ($\tau = \kappa\sqrt{d} = 1.5$). "
        "Scored at the beliefs that enter the layer." in caption
    )


@pytest.mark.parametrize("layers", [1, 2])
def test_a_model_by_the_name_of_its_attention(tmp_path: Path, layers: int) -> None:
    """Every layer that the name names; the caption says whose it is."""
    model = Encoder(layers).train()
    made = generate_interpretability_outputs(
        model=model,
        attention="encoder.layers.*.self_attn",
        sample_batch=IDS,
        tokenizer=Letters(),
        out=tmp_path,
        on_error="raise",
    )

    assert [path.name for path in made] == [
        f"attention-L{layer}.pdf" for layer in range(layers)
    ]
    assert model.training
    data = from_npz((tmp_path / "attention-L0.npz").read_bytes())
    attention, x = model.eval().encoder.layers[0].self_attn, model.table(IDS[:1])
    mask = torch.full((N, N), -torch.inf).triu(1)
    wanted = attention(x, x, x, attn_mask=mask, average_attn_weights=False)[1][0]
    np.testing.assert_allclose(data.maps[0].weights, wanted.detach(), atol=1e-6)
    assert r"of \emph{Encoder}" in (tmp_path / "attention-L0.caption.tex").read_text()


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (
            Gauge(),
            {"mask": {"self": "hide"}},
            "layer 2: a key that the mask hides has weight 0.906; "
            "give the model's own `mask=`, such as {'causal': False}",
        ),
        (
            NoSelf(),
            {},
            "mask: no query has weight on its own key, and nothing says that the mask hides "
            "it; give the model's own `mask=`, such as {'self': 'hide'}",
        ),
        (
            Gauge(),
            {"mask": {"causal": False}},
            "mask: no query has weight on a later key, and the mask is said not to be causal; "
            "give the model's own `mask=`, such as {'causal': True}",
        ),
        (
            Gauge(),
            {"mask": {"slef": "hide"}},
            "spec: mask.slef: unknown key; did you mean self?",
        ),
        (
            Gauge(kappa_beta=[0.5, 0.05, 1.0]),
            {},
            "kappa: it is [0.5, 0.05, 1.0], and the layer has 2 heads; a number above 0, or "
            "one for each head, is right",
        ),
        (
            Gauge(),
            {"kappa": 0.0},
            "kappa: it is 0.0, and the layer has 2 heads; a number above 0, or one for each "
            "head, is right",
        ),
        (
            Encoder(),
            {"attention": "encoder.layers.*"},
            "encoder.layers.0: it holds the attention and is none, or returns the mean of its "
            "heads; encoder.layers.0.self_attn is right",
        ),
        (
            torch.nn.Linear(2, 2),
            {},
            "Linear: it has no forward_with_attention(ids); "
            "such a method, or the name of its attention submodules, is right",
        ),
        (Gauge(), {"layer": -1}, "layer: it is -1; a whole number from 0 is right"),
        (
            Gauge(),
            {"kappa": np.inf},
            "kappa: it is inf, and the layer has 2 heads; a number above 0, or one for each "
            "head, is right",
        ),
        (
            Gauge(),
            {"sample_batch": {"ids": IDS}},
            "sample_batch: its values are object; token ids are right",
        ),
        (
            Gauge(),
            {"sample_batch": ()},
            "sample_batch: its values are float64; token ids are right",
        ),
        (
            Gauge(),
            {"sample_batch": IDS[:, :0]},
            "sample_batch: its shape is (2, 0); (batch, token) or (token,) is right",
        ),
        (
            Gauge(),
            {"sample_batch": IDS[0, 0]},
            "sample_batch: its shape is (); (batch, token) or (token,) is right",
        ),
    ],
)
def test_errors_are_raised_on_request(
    tmp_path: Path, model: torch.nn.Module, arguments: dict, message: str
) -> None:
    """`on_error="raise"` raises what is wrong, in one line."""
    call = {"model": model, "sample_batch": IDS, "tokenizer": Letters(), "out": tmp_path}
    with pytest.raises(PaperfigError) as caught:
        generate_interpretability_outputs(**call | arguments, on_error="raise")

    assert str(caught.value) == message


def test_one_layer_without_a_number_is_refused(tmp_path: Path) -> None:
    """A figure must not name a layer that nobody has named."""
    model = Gauge()
    del model.config["n_layers"]
    with pytest.raises(AttentionError) as caught:
        generate_interpretability_outputs(
            model=model, sample_batch=IDS, tokenizer=Letters(), out=tmp_path, on_error="raise"
        )

    assert str(caught.value) == (
        "layer: the model returns one layer and does not say which; give `layer=`"
    )


def test_a_layer_and_a_head_of_those_returned(tmp_path: Path) -> None:
    """Only they are drawn, under their own numbers."""
    made = generate_interpretability_outputs(
        model=Gauge(layers=3),
        sample_batch=IDS,
        tokenizer=Letters(),
        out=tmp_path,
        layer=1,
        head=1,
        on_error="raise",
    )

    assert [path.name for path in made] == ["attention-L1.pdf", "attention-L1-context.pdf"]
    data = from_npz((tmp_path / "attention-L1.npz").read_bytes())
    assert data.maps[0].labels == ("L1H1",)
    np.testing.assert_allclose(data.maps[0].weights[0], weights_of(IDS[0])[1], atol=1e-6)
    assert "head 1 of layer 1" in (tmp_path / "attention-L1.caption.tex").read_text()


class OneHead(Gauge):
    """Four heads by its configuration, of which it returns the last."""

    def forward_with_attention(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict]:
        """The weights of one head."""
        x, found = super().forward_with_attention(ids)
        return x, {name: values[:, 1:] for name, values in found.items()}


def test_some_heads_of_those_that_there_are(tmp_path: Path) -> None:
    """One head of four is head 3 if the call says so, and never head 0 for want of a word."""
    call = {"model": OneHead(n_heads=4), "sample_batch": IDS, "tokenizer": Letters()}
    with pytest.raises(AttentionError) as caught:
        generate_interpretability_outputs(**call, out=tmp_path, on_error="raise")
    assert str(caught.value) == (
        "head: the model returns 1 head of 4 and does not say which; give `head=`"
    )

    generate_interpretability_outputs(**call, out=tmp_path, head=3, on_error="raise")
    data = from_npz((tmp_path / "attention-L2.npz").read_bytes())
    assert (data.maps[0].labels, data.maps[0].n_head) == (("L2H3",), 4)
    assert "head 3 of layer 2" in (tmp_path / "attention-L2.caption.tex").read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layer": 5}, "layer: the model did not return 5; it returned 0, 1, 2"),
        ({"head": 7}, "head: the model did not return head 7 of layer 0; it returned 0, 1"),
    ],
)
def test_what_was_not_returned_is_not_drawn(
    tmp_path: Path, given: dict[str, int], message: str
) -> None:
    """The layers and heads that there are, are named."""
    with pytest.raises(AttentionError) as caught:
        generate_interpretability_outputs(
            model=Gauge(layers=3),
            sample_batch=IDS,
            tokenizer=Letters(),
            out=tmp_path,
            on_error="raise",
            **given,
        )

    assert str(caught.value) == message
