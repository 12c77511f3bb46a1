"""The demo: its text, its tokenizer, and what its two models are said to have learnt."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from arrays import arrays_of

import paperfig

DEMO = Path(__file__).resolve().parent.parent / "demo"
MEBIBYTE = 2**20
BLOCK = "transformer.blocks.0."
GAUGE_SHAPES = {
    "generators": (3, 24, 24),
    "token_embed.generators": (3, 24, 24),
    "token_embed.mu_embed.weight": (513, 24),
    "token_embed.log_sigma_diag": (513, 24),
    "token_embed.phi_embed.weight": (513, 3),
    "token_embed.pos_embed.weight": (128, 24),
    "pos_encoding.pos_phi": (128, 3),
    "pos_encoding.generators": (3, 24, 24),
    BLOCK + "attention.head_generators.0.gen": (3, 3, 3),
    BLOCK + "attention.head_generators.1.gen": (3, 5, 5),
    BLOCK + "attention.head_generators.2.gen": (3, 7, 7),
    BLOCK + "attention.head_generators.3.gen": (3, 9, 9),
    BLOCK + "ffn.variational_ffn.lr": (),
    BLOCK + "ffn.variational_ffn.generators": (3, 24, 24),
    "out_proj.weight": (513, 24),
}
GPT_LAYER_SHAPES = {
    "ln_1.weight": (64,),
    "attn.c_attn.weight": (192, 64),
    "attn.c_proj.weight": (64, 64),
    "ln_2.weight": (64,),
    "mlp.c_fc.weight": (256, 64),
    "mlp.c_proj.weight": (64, 256),
}
MARGINS = {"gauge": 0.3, "gpt": 0.5}


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The training script, imported as a module."""
    monkeypatch.syspath_prepend(str(DEMO))
    import train

    return train


@pytest.fixture
def fitting(train: ModuleType) -> ModuleType:  # noqa: ARG001 — it sets the path
    """What measures the losses."""
    import fitting

    return fitting


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The demo's text and tokenizer."""
    monkeypatch.syspath_prepend(str(DEMO))
    import corpus

    return corpus


def saved(name: str) -> dict[str, Any]:
    """A checkpoint, read without unpickling code."""
    return torch.load(DEMO / f"{name}.pt", weights_only=True)


def shapes(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def numbers(lines: list[str], pattern: str) -> list[float]:
    """The number after each match of the pattern."""
    return [float(n) for line in lines for n in re.findall(pattern + r" (-?[\d.]+)", line)]


@pytest.mark.parametrize(("split", "count"), [("train", 9), ("validation", 3)])
def test_articles_are_short_prose_under_a_title(
    corpus: ModuleType, split: str, count: int
) -> None:
    """Twelve articles: a title, paragraphs, some 500 words."""
    articles = corpus.articles(split)
    assert len(articles) == count
    for article in articles:
        title, blank, *_ = article.split("\n")
        assert 1 <= len(title.split()) <= 3
        assert blank == ""
        assert 350 <= len(article.split()) <= 700
        assert article.endswith("\n")


def test_example_of_the_design_is_in_the_validation_split(corpus: ModuleType) -> None:
    """A sentence there begins with the phrase that the first example looks for."""
    assert corpus.articles("validation")[0].split("\n")[2].startswith("The lighthouse stands")


@pytest.mark.parametrize("split", ["train", "validation"])
def test_tokenizer_gives_the_text_back(corpus: ModuleType, split: str) -> None:
    """What is encoded decodes to the same text, and no id is beyond the vocabulary."""
    encoding = corpus.load_tokenizer()
    assert encoding.n_vocab == corpus.VOCAB_SIZE
    for article in corpus.articles(split):
        ids = encoding.encode_ordinary(article)
        assert encoding.decode(ids) == article
        assert max(ids) < corpus.N_RANKS
        assert len(ids) < len(article.encode()) / 2


def test_tokenizer_is_the_one_that_the_text_gives(
    corpus: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Training it again writes the same two files."""
    articles = corpus.articles("train")
    monkeypatch.setattr(corpus, "articles", lambda _: articles)
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    corpus.train_tokenizer()
    for name in ("tokenizer.tiktoken", "tokenizer.tiktoken.json"):
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes()


def test_gauge_checkpoint_has_the_layout_of_vfe_sim() -> None:
    """Names, shapes and a configuration of plain values, in at most a mebibyte."""
    checkpoint = saved("gauge")
    assert (DEMO / "gauge.pt").stat().st_size <= MEBIBYTE
    assert set(checkpoint) == {"step", "epoch", "model_state", "best_val_loss", "config"}
    assert shapes(checkpoint["model_state"]) == GAUGE_SHAPES
    assert checkpoint["config"]["irrep_spec"][2] == ("ℓ3", 1, 7)


def test_gpt_checkpoint_has_the_layout_of_nanogpt() -> None:
    """Names, shapes and the tied head, in at most a mebibyte."""
    checkpoint = saved("gpt")
    model = checkpoint["model"]
    assert (DEMO / "gpt.pt").stat().st_size <= MEBIBYTE
    expected = {
        f"transformer.h.{layer}.{name}": shape
        for layer in range(2)
        for name, shape in GPT_LAYER_SHAPES.items()
    }
    expected |= {"transformer.wte.weight": (513, 64), "lm_head.weight": (513, 64)}
    expected |= {"transformer.wpe.weight": (128, 64), "transformer.ln_f.weight": (64,)}
    assert shapes(model) == expected
    assert torch.equal(model["lm_head.weight"], model["transformer.wte.weight"])
    assert checkpoint["model_args"]["n_head"] == 4


@pytest.mark.parametrize("name", ["gauge", "gpt"])
def test_log_states_what_is_required(train: ModuleType, name: str) -> None:
    """Margin below the unigram model, and heads that training has moved."""
    lines = train.read_log()[name]
    kept = next(line for line in lines if line.startswith("kept"))
    assert numbers([kept], "margin")[0] >= MARGINS[name]
    assert min(numbers(lines, "from start")) >= 0.05
    assert min(numbers(lines, "normalised entropy")) < 0.7


def test_log_is_true_of_the_gauge_model(train: ModuleType, fitting: ModuleType) -> None:
    """Its loss and its heads, measured again, are what the log says."""
    checkpoint, lines = saved("gauge"), train.read_log()["gauge"]
    state, config = checkpoint["model_state"], checkpoint["config"]
    assert config == train.GAUGE_CONFIG
    loss = fitting.validation_loss(
        lambda ids: train.gauge.logits(state, config, ids), train.validation_windows()
    )
    check_loss(train, lines, checkpoint["best_val_loss"], loss)
    check_report(lines, train.gauge_report(state))


def test_log_is_true_of_the_gpt(train: ModuleType, fitting: ModuleType) -> None:
    """Its loss and its heads, measured again, are what the log says."""
    checkpoint, lines = saved("gpt"), train.read_log()["gpt"]
    model = train.GPT(train.Sizes(**checkpoint["model_args"]), 0).eval()
    model.load_state_dict(checkpoint["model"])
    loss = fitting.validation_loss(model, train.validation_windows())
    check_loss(train, lines, checkpoint["best_val_loss"], loss)
    check_report(lines, train.gpt_report(checkpoint["model"]))


def check_loss(train: ModuleType, lines: list[str], stated: float, measured: float) -> None:
    """The loss and the margin agree with the checkpoint and with the log."""
    targets = train.validation_windows()[:, 1:]
    unigram = train.corpus.unigram_loss(train.corpus.token_stream("train"), targets)
    kept = next(line for line in lines if line.startswith("kept"))
    assert measured == pytest.approx(stated, abs=1e-4)
    assert measured == pytest.approx(numbers([kept], "validation")[0], abs=6e-4)
    assert unigram - measured == pytest.approx(numbers([kept], "margin")[0], abs=6e-4)


def check_report(lines: list[str], again: list[str]) -> None:
    """Every number about the heads agrees with the log's."""
    logged = [line for line in lines if line.startswith(("head", "apart"))]
    assert [line.split()[:2] for line in logged] == [line.split()[:2] for line in again]
    figure = r"(?<= )-?\d+\.\d+"
    found, expected = (
        re.findall(figure, "\n".join(again)),
        re.findall(figure, "\n".join(logged)),
    )
    assert [float(n) for n in found] == pytest.approx([float(n) for n in expected], abs=2e-3)


def test_heads_form_in_the_first_lesson(train: ModuleType) -> None:
    """Each step that is kept, in bfloat16; from none to nearly all weight on the last token."""
    steps = [f"forming/step-{step:03d}" for step in train.FORMING]
    files = [saved(name) for name in steps]
    assert [file["iter_num"] for file in files] == list(train.FORMING)
    assert {t.dtype for file in files for t in file["model"].values()} == {torch.bfloat16}
    sizes = [(DEMO / f"{name}.pt").stat().st_size for name in steps]
    assert sum(sizes) <= 3 * MEBIBYTE
    spec = {
        "tokenizer": "demo/tokenizer.tiktoken",
        "excerpt": {"dataset": "demo/text", "split": "validation", "length": 48},
        "head": "L0H1",
    }
    first, last = (
        paperfig.attention(spec | {"checkpoint": f"demo/{name}.pt"}, root=DEMO.parent)
        for name in (steps[0], steps[-1])
    )
    assert first.statistics()[0]["previous"] < 0.15
    assert last.statistics()[0]["previous"] > 0.95


@pytest.mark.parametrize("ell", [1, 2, 3, 4])
def test_generators_are_a_rotation_algebra(train: ModuleType, ell: int) -> None:
    """Skew-symmetric, closed under commutators, of total spin ℓ(ℓ + 1)."""
    x, y, z = train.gauge.spin_generators(ell)
    for first, second, third in ((x, y, z), (y, z, x), (z, x, y)):
        torch.testing.assert_close(first, -first.T)
        torch.testing.assert_close(first @ second - second @ first, third)
    total = -(x @ x + y @ y + z @ z)
    torch.testing.assert_close(total, ell * (ell + 1) * torch.eye(len(x), dtype=x.dtype))


def test_attention_is_that_of_vfe_sim(train: ModuleType, shared: Path) -> None:
    """Divergences and weights agree with those that VFE-Sim's own code gave."""
    gauge, dump = train.gauge, arrays_of(shared / "vfe" / "ref_vfe_so3_k1_causal.npz")
    mu, phi = (torch.tensor(dump[key]).double() for key in ("mu_in", "phi_in"))
    variance = torch.tensor(dump["sigma_in"]).double().diagonal(dim1=-2, dim2=-1)
    mask = gauge.allowed_keys(mu.shape[1], mask_self=False)
    start = 0
    for head, dim in enumerate(dump["head_dims"][:2].tolist()):
        part = slice(start, start + dim)
        generators = gauge.spin_generators(dim // 2)
        expected = torch.tensor(dump["generators"][:, part, part]).double()
        torch.testing.assert_close(generators, expected, atol=1e-6, rtol=0)
        x = torch.einsum("bna,aij->bnij", phi, generators)
        kl = gauge.divergences(
            mu[..., part], variance[..., part], gauge.taylor4(x), gauge.taylor4(-x)
        )
        weights = (-kl).masked_fill(~mask, -torch.inf).softmax(-1)
        assert (abs(kl.numpy() - dump["kl"][:, head])[:, mask.numpy()] < 1e-4).all()
        assert (abs(weights.numpy() - dump["beta"][:, head])[:, mask.numpy()] < 1e-5).all()
        start += dim
