"""The three lessons in which the GPT comes to hold an induction head.

From articles alone, or from repetitions alone, a model of this size finds no such head within
minutes: what it finds first, and keeps, is the bag of the tokens before. So the two heads that
induction takes (Elhage et al. 2021) are learnt one after the other.

1. `look_back`: lines of pairs said twice. The first head of layer 0 comes to read the previous
   token. The other tables learn to answer without a second layer, and are drawn anew.
2. `repeat`: repetitions of random tokens. A head of layer 1 comes to look for what followed the
   query's token before, by way of the head of layer 0. Positions and the attention of layer 0
   move at a twentieth of the rate; faster, that head is lost before it is of use.
3. `read`: articles, and some repetitions beside them, so that the induction head is kept. What
   makes the head of layer 0 stands still, and no attention decays. Both heads of layer 1 have
   become the same: the second is drawn anew, and free for the articles.

The settings were found by the validation split and by the induction score itself.
"""

from collections.abc import Callable

import corpus
import torch
from fitting import LENGTH, Watch, cross_entropy, descend, prose_loss, unwatched
from gpt import GPT, Sizes
from lines import pairs_twice, repeats_and_pairs
from torch import Tensor

QUERY_KEY = slice(0, 2)
QUERY_KEY_VALUE = slice(0, 3)
READ_STEPS = 800
POSITIONS = "transformer.wpe.weight"
SLOW = (POSITIONS, "transformer.h.0.attn.c_attn.weight")
STILL = (POSITIONS, "transformer.h.0.ln_1.weight")


def look_back(sizes: Sizes, seed: int) -> GPT:
    """A new model that holds the positions and the one head of the first lesson."""
    random = torch.Generator().manual_seed(seed)
    pupil, model = GPT(sizes, seed).eval(), GPT(sizes, seed + 1)

    def loss() -> Tensor:
        lines, targets = pairs_twice(16, LENGTH, sizes.vocab_size, random)
        return cross_entropy(pupil(lines), targets)

    descend(loss, optimizer(pupil, lambda _: {"lr": 5e-3}), steps=180, fall=180)
    with torch.no_grad():
        model.get_parameter(POSITIONS).copy_(pupil.get_parameter(POSITIONS))
        model.head_rows(0, 0, QUERY_KEY).copy_(pupil.head_rows(0, 0, QUERY_KEY))
    return model


def repeat(model: GPT, seed: int, watch: Watch = unwatched) -> None:
    """The second lesson."""
    random = torch.Generator().manual_seed(seed)

    def loss() -> Tensor:
        return repetitions_loss(model, 32, 32, random)

    def setting(name: str) -> dict[str, float]:
        return {"lr": 3e-3 / 20 if name in SLOW else 3e-3}

    descend(loss, optimizer(model, setting), steps=480, fall=3000, watch=watch)


def read(model: GPT, seed: int, watch: Watch) -> None:
    """The third lesson."""
    torch.manual_seed(seed)  # of dropout
    random = torch.Generator().manual_seed(seed)
    stream = corpus.token_stream("train")
    _draw_second_head_anew(model, seed)

    def loss() -> Tensor:
        windows = corpus.random_windows(stream, LENGTH, 16, random)
        prose = prose_loss(model.train(), windows)
        return prose + repetitions_loss(model, 12, LENGTH, random)

    def setting(name: str) -> dict[str, float]:
        return {
            "lr": 0.0 if name in STILL else 3e-3,
            "weight_decay": 0.0 if ".attn." in name else 0.5,
        }

    with model.head_held(0, 0, QUERY_KEY):
        descend(loss, optimizer(model, setting), steps=READ_STEPS, fall=READ_STEPS, watch=watch)


def repetitions_loss(model: GPT, count: int, length: int, random: torch.Generator) -> Tensor:
    """The loss on repetitions, without dropout, each line beginning anywhere in the context."""
    sizes = model.sizes
    lines, targets = repeats_and_pairs(count, length, sizes.vocab_size, random)
    last = sizes.block_size - length
    first = torch.randint(last + 1, (count, 1), generator=random)
    return cross_entropy(model.eval()(lines, first), targets)


def optimizer(model: GPT, setting: Callable[[str], dict[str, float]]) -> torch.optim.Optimizer:
    """AdamW with the setting of each table."""
    groups = [{"params": [table]} | setting(name) for name, table in model.named_parameters()]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)


@torch.no_grad()
def _draw_second_head_anew(model: GPT, seed: int) -> None:
    """Head 1 of layer 1: what it asks, holds, hands on and writes."""
    new = GPT(model.sizes, seed + 2)
    model.head_rows(1, 1, QUERY_KEY_VALUE).copy_(new.head_rows(1, 1, QUERY_KEY_VALUE))
    model.head_columns(1, 1).copy_(new.head_columns(1, 1))
