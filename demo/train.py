"""Trains what the demo holds: `python demo/train.py tokenizer|gauge|gpt|all`.

Writes the tokenizer, `gauge.pt` (VFE-Sim's layout), `gpt.pt` (nanoGPT's layout) and, for each
model, its part of `training.log`. The same machine and versions give the same files.

What differs from VFE-Sim's own training: its attention is kept, but the step after it is plain
(see `gauge.py`), the loss is cross-entropy alone, and each table has a rate and a scale of its
own. Position rows begin as waves, fast ones in the third head and none in the fourth; from
random rows, all the heads come to look for like tokens. So the nearness of the first three
heads to the diagonal is in part given, and the fourth head's choice is learnt.

The GPT, whose positions begin as waves too, first learns from synthetic lines alone, of random
pairs of tokens ("a b a b c d c d"), then from the articles with a few such lines beside them.
From the articles alone, a model of this size is slow to find a head that reads the previous
token. A head that looks for repeated passages (an induction head) did not come of it.

The first lesson's steps in `FORMING` are kept in `forming/`, in bfloat16: the head forms there.

The step with the best validation loss is kept, and the settings below were found by looking at
the same split, its losses and its pictures: it is no test split.
"""

import argparse
from pathlib import Path
from typing import Any

import corpus
import gauge
import heads
import torch
from fitting import (
    BATCH,
    LENGTH,
    Best,
    Keep,
    StepLoss,
    Trial,
    cross_entropy,
    fit,
    validation_windows,
)
from gpt import GPT, Sizes
from torch import Tensor

FOLDER = Path(__file__).parent
LOG = FOLDER / "training.log"

GAUGE_SEED = 1
GAUGE_CONFIG: dict[str, Any] = {
    "vocab_size": corpus.VOCAB_SIZE,
    "embed_dim": 24,
    "n_layers": 1,
    "hidden_dim": 96,
    "max_seq_len": 128,
    "irrep_spec": [("ℓ1", 1, 3), ("ℓ2", 1, 5), ("ℓ3", 1, 7), ("ℓ4", 1, 9)],
    "use_multi_irrep": True,
    "gauge_group": "SO3",
    "gauge_dim": 3,
    "kappa_beta": 1.0,
    "kappa_beta_auto_scale": False,
    "alibi_slope": -0.06,
    "mask_self_attention": True,
    "attention_pattern": "full",
    "use_identity_transport": False,
    "diagonal_covariance": False,
    "evolve_sigma": True,
    "evolve_phi": False,
    "gauge_fixed_priors": False,
    "tie_embeddings": False,
    "use_positional_embedding": True,
    "pos_encoding_mode": "learned",
    "mu_normalize": False,
    "mu_max_norm": None,
    "use_layernorm": False,
    "use_residual": False,
    "dropout": 0.0,
}
GAUGE_SCALES = {
    "mu": 0.2,
    "log_sigma": 0.1,
    "phi": 0.08,
    "pos_mu": 0.02,
    "pos_phi": 0.08,
    "lr": 0.5,
    "out": 0.5,
}
GAUGE_RATES = {
    "mu": 0.003,
    "log_sigma": 0.02,
    "phi": 0.004,
    "pos_mu": 0.002,
    "pos_phi": 0.004,
    "lr": 0.002,
    "out": 0.04,
}
GAUGE_WAVES = gauge.Waves(2.2, ((0.08,), (0.35, 0.12), (1.0, 0.4, 0.12), ()))

GPT_SEED = 0
FORMING = (0, 100, 200, 300, 400, 600)
GPT_SIZES = Sizes(
    n_layer=2, n_head=4, n_embd=64, block_size=128, vocab_size=corpus.VOCAB_SIZE, dropout=0.1
)
PAIRS_ALONE, PAIRS_BESIDE, PAIRS_SHARE = 8, 2, 0.1


def initial_gauge() -> gauge.State:
    """The gauge model before training."""
    return gauge.initial_state(GAUGE_CONFIG, GAUGE_SCALES, GAUGE_WAVES, GAUGE_SEED)


def train_gauge() -> None:
    """Writes `gauge.pt` and its part of the log."""
    state, stream = initial_gauge(), corpus.token_stream("train")
    tables = {key: state[gauge.NAMES[key]].requires_grad_() for key in GAUGE_RATES}
    groups = [{"params": [tables[key]], "lr": lr} for key, lr in GAUGE_RATES.items()]

    def predict(ids: Tensor) -> Tensor:
        return gauge.logits(state, GAUGE_CONFIG, ids)

    def loss(_: int, random: torch.Generator) -> Tensor:
        windows = corpus.random_windows(stream, LENGTH, BATCH, random)
        return cross_entropy(predict(windows[:, :-1]), windows[:, 1:])

    trial = Trial(steps=600, every=50, loss=loss, predict=predict, tensors=lambda: state)
    best = fit(trial, torch.optim.Adam(groups, betas=(0.9, 0.98)), GAUGE_SEED)
    _save_gauge(best)
    write_log("gauge", [*best.log, best.kept(), *gauge_report(best.tensors)])


def _save_gauge(best: Best) -> None:
    about = {"step": best.step, "epoch": 0, "best_val_loss": best.validation}
    torch.save(
        about | {"model_state": best.tensors, "config": GAUGE_CONFIG}, FOLDER / "gauge.pt"
    )


@torch.no_grad()
def gauge_report(state: gauge.State) -> list[str]:
    """What training made of each head."""
    ids = validation_windows()[:, :-1]
    before, _ = gauge.attend(initial_gauge(), GAUGE_CONFIG, ids)
    after, _ = gauge.attend(state, GAUGE_CONFIG, ids)
    mask = gauge.allowed_keys(LENGTH, mask_self=GAUGE_CONFIG["mask_self_attention"])
    return heads.report([f"L0H{head}" for head in range(len(after))], before, after, mask)


def train_gpt() -> None:
    """Writes `gpt.pt` and its part of the log."""
    torch.manual_seed(GPT_SEED)
    model = GPT(GPT_SIZES, GPT_SEED)
    alone, beside = pairs_alone(model), text_and_pairs(model)
    _save_gpt(beside, FOLDER / "gpt.pt")
    lines = ["synthetic lines alone", *alone.log, "articles, and a few of them", *beside.log]
    write_log("gpt", [*lines, beside.kept(), *gpt_report(beside.tensors)])


def pairs_alone(model: GPT) -> Best:
    """The first lesson, without dropout or decay; the model stays as it ends."""
    stream = corpus.token_stream("train")

    def loss(_: int, random: torch.Generator) -> Tensor:
        return pairs_loss(model.eval(), stream, PAIRS_ALONE, random)

    def keep(step: int, validation: float, unigram: float) -> None:
        if step in FORMING:
            tensors = {name: tensor.bfloat16() for name, tensor in model.state_dict().items()}
            now = Best(
                step=step, validation=validation, unigram=unigram, tensors=tensors, log=[]
            )
            _save_gpt(now, FOLDER / "forming" / f"step-{step:03d}.pt")

    return _fit_gpt(model, loss, steps=600, rate=4e-3, decay=0.0, keep=keep)


def text_and_pairs(model: GPT) -> Best:
    """The second lesson."""
    stream = corpus.token_stream("train")

    def loss(_: int, random: torch.Generator) -> Tensor:
        windows = corpus.random_windows(stream, LENGTH, BATCH, random)
        text = cross_entropy(model.train()(windows[:, :-1]), windows[:, 1:])
        return text + PAIRS_SHARE * pairs_loss(model, stream, PAIRS_BESIDE, random)

    return _fit_gpt(model, loss, steps=1200, rate=3e-3, decay=0.5)


def _fit_gpt(
    model: GPT,
    loss: StepLoss,
    *,
    steps: int,
    rate: float,
    decay: float,
    keep: Keep = lambda *_: None,
) -> Best:
    def predict(ids: Tensor) -> Tensor:
        scores: Tensor = model.eval()(ids)
        return scores

    optimizer = torch.optim.AdamW(
        model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=decay
    )
    trial = Trial(
        steps=steps,
        every=100,
        loss=loss,
        predict=predict,
        tensors=model.state_dict,
        keep=keep,
    )
    return fit(trial, optimizer, GPT_SEED)


def pairs_loss(model: GPT, stream: Tensor, count: int, random: torch.Generator) -> Tensor:
    """The loss on lines "a b a b c d c d …", where the pair is known: its second half.

    Args:
        model: The model.
        stream: Where the tokens are drawn from.
        count: How many lines.
        random: The source of chance.
    """
    blocks = LENGTH // 4 + 2
    places = torch.randint(len(stream), (count, blocks, 1, 2), generator=random)
    start = int(torch.randint(4, (), generator=random))
    lines = stream[places].expand(-1, -1, 2, -1).flatten(1)[:, start : start + LENGTH + 1]
    unknown = (torch.arange(1, LENGTH + 1) + start) % 4 < 2
    return cross_entropy(model(lines[:, :-1]), lines[:, 1:].masked_fill(unknown, -100))


def _save_gpt(best: Best, path: Path) -> None:
    tied = {"lm_head.weight": best.tensors["transformer.wte.weight"]}
    saved = {
        "model": best.tensors | tied,
        "model_args": GPT_SIZES.as_dict(),
        "iter_num": best.step,
        "best_val_loss": best.validation,
        "config": {"dataset": "demo/text", "batch_size": BATCH, "seed": GPT_SEED},
    }
    path.parent.mkdir(exist_ok=True)
    torch.save(saved, path)


@torch.no_grad()
def gpt_report(tensors: dict[str, Tensor]) -> list[str]:
    """What training made of each head."""
    model, ids = GPT(GPT_SIZES, GPT_SEED).eval(), validation_windows()[:, :-1]
    before = model.weights(ids)
    model.load_state_dict(tensors)
    names = [f"L{layer}H{head}" for layer in range(2) for head in range(GPT_SIZES.n_head)]
    mask = torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril()
    return heads.report(names, before, model.weights(ids), mask)


def write_log(part: str, lines: list[str]) -> None:
    """Puts the lines under the part's heading, in place of those that were there."""
    parts = read_log() if LOG.exists() else {}
    parts[part] = lines
    text = "\n\n".join("\n".join([f"[{name}]", *parts[name]]) for name in sorted(parts))
    LOG.write_text(text + "\n", "utf-8")


def read_log() -> dict[str, list[str]]:
    """The lines of the log under each heading."""
    parts = LOG.read_text("utf-8").strip().split("\n\n")
    return {lines[0].strip("[]"): lines[1:] for lines in map(str.splitlines, parts)}


def main() -> None:
    """Trains what the command line names."""
    makers = {"tokenizer": corpus.train_tokenizer, "gauge": train_gauge, "gpt": train_gpt}
    parser = argparse.ArgumentParser(description="Train what demo/ holds.")
    parser.add_argument("what", choices=[*makers, "all"])
    chosen = parser.parse_args().what
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    for name, make in makers.items():
        if chosen in (name, "all"):
            make()


if __name__ == "__main__":
    main()
