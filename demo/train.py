"""Trains what the demo holds: `python demo/train.py tokenizer|gauge|forming|gpt|all`.

Writes the tokenizer, `gauge.pt` (VFE-Sim's layout), `gpt.pt` and `forming/` (nanoGPT's layout),
and for each model its part of `training.log`, whose numbers of heads are paperfig's.

What differs from VFE-Sim's own training: its attention is kept, but the step after it is plain
(see `gauge.py`), the loss is cross-entropy with a penalty on the size of two tables' rows, and
each table has a rate and a scale of its own. Position rows begin as waves, fast ones in the
third head and none in the fourth; from random rows, all the heads come to look for like tokens.
So the nearness of the first three heads to the diagonal is in part given, and the fourth head's
choice is learnt.

The GPT learns in three lessons (see `lessons.py`). `forming/` holds a narrower one at eight
steps of the second, in which its induction head forms. GPTs are saved in float16.

The settings were found by looking at the validation split, its losses and its pictures, and at
the induction score: it is no test split. The last step is kept; nothing is searched for.
"""

import argparse
from pathlib import Path
from typing import Any

import corpus
import gauge
import lessons
import torch
from fitting import LENGTH, Predict, Watch, descend, loss_line, prose_loss, validation_loss
from gpt import GPT, Sizes
from torch import Tensor

import paperfig

FOLDER = Path(__file__).parent
LOG = FOLDER / "training.log"
NUMBERS = ("normalised_entropy", "previous", "sink", "induction")
PROSE = {"dataset": "demo/text", "split": "validation", "length": 48, "count": 40, "seed": 0}
REPEATED = {"random": 32, "repeat": 2, "count": 40, "seed": 0}

GAUGE_SEED = 1
GAUGE_CONFIG: dict[str, Any] = {
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
    "out": 0.02,
}
GAUGE_WAVES = gauge.Waves(2.2, ((0.08,), (0.35, 0.12), (1.0, 0.4, 0.12), ()))

GAUGE_STEPS, GAUGE_BATCH, GAUGE_DECAY = 500, 24, 0.015

GPT_SEED = 0
GPT_WIDTH, FORMING_WIDTH = 96, 64
FORMING = (0, 120, 180, 210, 240, 300, 360, 480)


def gauge_config() -> dict[str, Any]:
    """What VFE-Sim calls the configuration."""
    return {"vocab_size": corpus.load_tokenizer().n_vocab} | GAUGE_CONFIG


def gpt_sizes(width: int) -> Sizes:
    """Two layers of two heads."""
    n_vocab = corpus.load_tokenizer().n_vocab
    return Sizes(
        n_layer=2, n_head=2, n_embd=width, block_size=128, vocab_size=n_vocab, dropout=0.3
    )


def train_gauge() -> None:
    """Writes `gauge.pt` and its part of the log."""
    config, stream, log = gauge_config(), corpus.token_stream("train"), list[str]()
    state = gauge.initial_state(config, GAUGE_SCALES, GAUGE_WAVES, GAUGE_SEED)
    tables = {key: state[gauge.NAMES[key]].requires_grad_() for key in GAUGE_RATES}
    random = torch.Generator().manual_seed(GAUGE_SEED)

    def predict(ids: Tensor) -> Tensor:
        return gauge.logits(state, config, ids)

    def loss() -> Tensor:
        windows = corpus.random_windows(stream, LENGTH, GAUGE_BATCH, random)
        rows = sum(tables[key].square().sum(1).mean() for key in ("out", "mu"))
        return prose_loss(predict, windows) + GAUGE_DECAY * rows

    groups = [{"params": [tables[key]], "lr": lr} for key, lr in GAUGE_RATES.items()]
    adam = torch.optim.Adam(groups, betas=(0.9, 0.98))
    watch = losses_into(log, predict, every=50)
    descend(loss, adam, steps=GAUGE_STEPS, fall=GAUGE_STEPS, watch=watch)
    save_gauge(state, config, validation_loss(predict))
    write_log("gauge", [*log, *head_lines("gauge.pt", PROSE)])


def train_gpt() -> None:
    """Writes `gpt.pt` and its part of the log, which begins at the third lesson."""
    log = list[str]()
    model = lessons.look_back(gpt_sizes(GPT_WIDTH), GPT_SEED)

    def predict(ids: Tensor) -> Tensor:
        scores: Tensor = model.eval()(ids)
        return scores

    lessons.repeat(model, GPT_SEED)
    lessons.read(model, GPT_SEED, losses_into(log, predict, every=100))
    save_gpt(model, lessons.READ_STEPS, FOLDER / "gpt.pt")
    prose, repeated = (head_lines("gpt.pt", excerpt) for excerpt in (PROSE, REPEATED))
    write_log("gpt", [*log, "on articles", *prose, "on random tokens repeated", *repeated])


def train_forming() -> None:
    """Writes `forming/` and its part of the log."""
    log = list[str]()
    model = lessons.look_back(gpt_sizes(FORMING_WIDTH), GPT_SEED)

    def keep(step: int) -> None:
        if step in FORMING:
            name = f"forming/step-{step:03d}.pt"
            save_gpt(model, step, FOLDER / name)
            log.extend([f"step {step}", *head_lines(name, REPEATED)])

    lessons.repeat(model, GPT_SEED, keep)
    write_log("forming", log)


def losses_into(log: list[str], predict: Predict, *, every: int) -> Watch:
    """Puts the loss on the validation split into the log, every so many steps."""

    def watch(step: int) -> None:
        if step % every == 0:
            log.append(loss_line(step, validation_loss(predict)))

    return watch


def head_lines(checkpoint: str, excerpt: dict[str, Any]) -> list[str]:
    """What paperfig measures of each head over the excerpts."""
    spec = {
        "figure": "statistics",
        "checkpoint": f"demo/{checkpoint}",
        "tokenizer": "demo/tokenizer.tiktoken",
        "excerpt": excerpt,
        "statistic": [*NUMBERS],
    }
    heads = paperfig.figure(
        {"figspec": 1} | spec, root=FOLDER.parent, device="cpu"
    ).statistics()
    return [
        f"head {head['head']}  {head['class']}"
        + "".join(f"  {name} {head[name]:.3f}" for name in NUMBERS if head[name] is not None)
        for head in heads
    ]


def save_gauge(state: gauge.State, config: gauge.Config, validation: float) -> None:
    """Writes `gauge.pt`."""
    tensors = {name: tensor.detach() for name, tensor in state.items()}
    about = {"step": GAUGE_STEPS, "epoch": 0, "best_val_loss": validation}
    torch.save(about | {"model_state": tensors, "config": config}, FOLDER / "gauge.pt")


def save_gpt(model: GPT, step: int, path: Path) -> None:
    """Writes a GPT in float16, its token table once."""
    tensors = {name: tensor.half() for name, tensor in model.state_dict().items()}
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"]
    saved = {
        "model": tensors,
        "model_args": model.sizes.as_dict(),
        "iter_num": step,
        "best_val_loss": validation_loss(model.eval()),
        "config": {"dataset": "demo/text", "seed": GPT_SEED},
    }
    path.parent.mkdir(exist_ok=True)
    torch.save(saved, path)


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
    makers = {
        "tokenizer": corpus.train_tokenizer,
        "gauge": train_gauge,
        "forming": train_forming,
        "gpt": train_gpt,
    }
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
