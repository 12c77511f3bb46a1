"""The demo: its text, its tokenizer, and what its two models are said to have learnt."""

import re
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import regex
import torch
from arrays import arrays_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DEMO = Path(__file__).resolve().parent.parent / "demo"
MEBIBYTE = 2**20
BLOCK = "transformer.blocks.0."
GAUGE_SHAPES = {
    "generators": (3, 24, 24),
    "token_embed.generators": (3, 24, 24),
    "token_embed.mu_embed.weight": (1012, 24),
    "token_embed.log_sigma_diag": (1012, 24),
    "token_embed.phi_embed.weight": (1012, 3),
    "token_embed.pos_embed.weight": (128, 24),
    "pos_encoding.pos_phi": (128, 3),
    "pos_encoding.generators": (3, 24, 24),
    BLOCK + "attention.head_generators.0.gen": (3, 3, 3),
    BLOCK + "attention.head_generators.1.gen": (3, 5, 5),
    BLOCK + "attention.head_generators.2.gen": (3, 7, 7),
    BLOCK + "attention.head_generators.3.gen": (3, 9, 9),
    BLOCK + "ffn.variational_ffn.lr": (),
    BLOCK + "ffn.variational_ffn.generators": (3, 24, 24),
    "out_proj.weight": (1012, 24),
}
MARGINS = {"gauge": 0.7, "gpt": 0.7}
STEPS = [0, 120, 180, 210, 240, 300, 360, 480]
FIGURE = r"(?<= )-?\d+\.\d+"


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


def test_phrase_of_the_first_example_is_in_the_validation_split(corpus: ModuleType) -> None:
    """An article there begins with the sentence that most figures show."""
    assert corpus.articles("validation")[2].split("\n")[2].startswith("A sundial is a clock")


@pytest.mark.parametrize("split", ["train", "validation"])
def test_tokenizer_gives_the_text_back(corpus: ModuleType, split: str) -> None:
    """What is encoded decodes to the same text, and no id is beyond the vocabulary."""
    encoding = corpus.load_tokenizer()
    assert encoding.n_vocab == 1012
    for article in corpus.articles(split):
        ids = encoding.encode_ordinary(article)
        assert encoding.decode(ids) == article
        assert max(ids) < encoding.eot_token == 1011


@pytest.mark.parametrize(("split", "least"), [("train", 0.89), ("validation", 0.91)])
def test_nine_of_ten_words_are_one_token(corpus: ModuleType, split: str, least: float) -> None:
    """Words are letters with the space before them, counted as often as they occur."""
    encoding = corpus.load_tokenizer()
    words = regex.findall(r" ?\p{L}+", "".join(corpus.articles(split)))
    whole = [len(encoding.encode_ordinary(word)) == 1 for word in words]
    assert sum(whole) / len(whole) >= least


def test_tokenizer_is_the_one_that_the_text_gives(
    corpus: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Training it again writes the same two files."""
    articles = {split: corpus.articles(split) for split in corpus.SPLITS}
    monkeypatch.setattr(corpus, "articles", articles.get)
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


def gpt_shapes(width: int) -> dict[str, tuple[int, ...]]:
    """What nanoGPT calls the tensors of a GPT of two layers, and their shapes."""
    layer = {
        "ln_1.weight": (width,),
        "attn.c_attn.weight": (3 * width, width),
        "attn.c_proj.weight": (width, width),
        "ln_2.weight": (width,),
        "mlp.c_fc.weight": (4 * width, width),
        "mlp.c_proj.weight": (width, 4 * width),
    }
    both = {
        f"transformer.h.{n}.{name}": shape for n in range(2) for name, shape in layer.items()
    }
    tables = {"transformer.wte.weight": (1012, width), "lm_head.weight": (1012, width)}
    places = {"transformer.wpe.weight": (128, width), "transformer.ln_f.weight": (width,)}
    return both | tables | places


def check_gpt(name: str, width: int, step: int) -> None:
    """Names, shapes, the tied head and the step, in float16."""
    checkpoint = saved(name)
    model = checkpoint["model"]
    assert shapes(model) == gpt_shapes(width)
    assert {tensor.dtype for tensor in model.values()} == {torch.float16}
    assert torch.equal(model["lm_head.weight"], model["transformer.wte.weight"])
    assert (checkpoint["model_args"]["n_head"], checkpoint["iter_num"]) == (2, step)


def test_gpt_checkpoint_has_the_layout_of_nanogpt() -> None:
    """Two layers of two heads, in at most a mebibyte."""
    check_gpt("gpt", 96, 800)
    assert (DEMO / "gpt.pt").stat().st_size <= MEBIBYTE


def test_each_step_of_the_forming_head_is_kept() -> None:
    """Eight steps, the same layout, together at most three mebibytes."""
    for step in STEPS:
        check_gpt(f"forming/step-{step:03d}", 64, step)
    files = [*(DEMO / "forming").iterdir()]
    assert len(files) == len(STEPS)
    assert sum(file.stat().st_size for file in files) <= 3 * MEBIBYTE


@pytest.mark.parametrize("name", ["gauge", "gpt"])
def test_log_states_what_is_required(train: ModuleType, name: str) -> None:
    """The margin below the unigram model at the last step."""
    *_, last = (line for line in train.read_log()[name] if line.startswith("step"))
    assert numbers([last], "margin")[0] >= MARGINS[name]


def test_gpt_has_a_previous_token_head_and_an_induction_head(train: ModuleType) -> None:
    """On random tokens said twice, by paperfig; the other two heads are nearly uniform."""
    previous, other, induction, last = train.read_log()["gpt"][-4:]
    assert previous.startswith("head L0H0  previous ")
    assert numbers([previous], "previous")[-1] >= 0.9
    assert induction.startswith("head L1H0  induction ")
    assert numbers([induction], "induction")[-1] >= 0.6
    assert other.startswith("head L0H1  uniform ")
    assert last.startswith("head L1H1  uniform ")


def test_induction_head_forms_in_the_second_lesson(train: ModuleType) -> None:
    """From chance to most of the weight, never falling by more than noise."""
    lines = [line for line in train.read_log()["forming"] if line.startswith("head L1H0")]
    scores = numbers(lines, "induction")
    assert len(scores) == len(STEPS)
    assert scores[0] < 0.03
    assert scores[-1] > 0.6
    assert min(later - before for before, later in pairwise(scores)) > -0.02


def test_log_is_true_of_the_gauge_model(train: ModuleType, fitting: ModuleType) -> None:
    """Its loss and its heads, measured again, are what the log says."""
    checkpoint, lines = saved("gauge"), train.read_log()["gauge"]
    state, config = checkpoint["model_state"], checkpoint["config"]
    assert config == train.gauge_config()
    loss = fitting.validation_loss(lambda ids: train.gauge.logits(state, config, ids))
    check_loss(fitting, lines, checkpoint["best_val_loss"], loss)
    check_heads(lines[-4:], train.head_lines("gauge.pt", train.PROSE))


def test_log_is_true_of_the_gpt(train: ModuleType, fitting: ModuleType) -> None:
    """Its loss and its heads, measured again, are what the log says."""
    checkpoint, lines = saved("gpt"), train.read_log()["gpt"]
    model = train.GPT(train.Sizes(**checkpoint["model_args"]), 0).eval()
    model.load_state_dict(checkpoint["model"])
    check_loss(fitting, lines, checkpoint["best_val_loss"], fitting.validation_loss(model))
    check_heads(lines[-9:-5], train.head_lines("gpt.pt", train.PROSE))
    check_heads(lines[-4:], train.head_lines("gpt.pt", train.REPEATED))


def test_log_is_true_of_the_last_step_that_is_kept(train: ModuleType) -> None:
    """Its heads, measured again, are what the log says."""
    lines = train.read_log()["forming"][-4:]
    check_heads(lines, train.head_lines("forming/step-480.pt", train.REPEATED))


def check_loss(fitting: ModuleType, lines: list[str], stated: float, measured: float) -> None:
    """The loss and the margin agree with the checkpoint and with the log."""
    *_, last = (line for line in lines if line.startswith("step"))
    assert measured == pytest.approx(stated, abs=1e-3)
    assert measured == pytest.approx(numbers([last], "validation")[0], abs=1e-3)
    margin = fitting.unigram_loss() - measured
    assert margin == pytest.approx(numbers([last], "margin")[0], abs=1e-3)


def check_heads(logged: list[str], again: list[str]) -> None:
    """Names and classes are the same, and the numbers but for a machine's rounding."""
    assert [re.sub(FIGURE, "", line) for line in again] == [
        re.sub(FIGURE, "", line) for line in logged
    ]
    found, expected = (re.findall(FIGURE, "\n".join(lines)) for lines in (again, logged))
    assert [float(n) for n in found] == pytest.approx([float(n) for n in expected], abs=2e-3)


@pytest.mark.parametrize("name", ["pairs_twice", "repeats_and_pairs"])
@given(length=st.integers(32, 64), seed=st.integers(0, 2**40))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_known_target_stands_earlier_in_its_line(
    train: ModuleType, name: str, length: int, seed: int
) -> None:
    """So that it can be told; and it is what comes next."""
    import lines

    random = torch.Generator().manual_seed(seed)
    inputs, targets = getattr(lines, name)(4, length, train.gpt_sizes(64).vocab_size, random)

    assert inputs.shape == targets.shape == (4, length)
    assert ((targets != -100).sum(1) > 0).all()
    for line, told in zip(inputs.tolist(), targets.tolist(), strict=True):
        for place, target in enumerate(told):
            assert target == -100 or target in line[: place + 1]
            assert target == -100 or place + 1 == length or line[place + 1] == target


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
