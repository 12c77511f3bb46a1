"""Takes a model down a loss, and measures it on the validation split."""

import math
from collections.abc import Callable

import corpus
import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[], Tensor]
Predict = Callable[[Tensor], Tensor]
Watch = Callable[[int], None]

LENGTH = 64
WARM_UP = 50
LAST_RATE = 0.05
UNKNOWN = -100


def unwatched(step: int) -> None:
    """Looks at no step."""


def descend(
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    *,
    steps: int,
    fall: int,
    watch: Watch = unwatched,
) -> None:
    """Takes the steps, each with the gradient's norm held to 1.

    Args:
        loss: The loss of the next step.
        optimizer: What moves the model, at its full rate.
        steps: How many steps to take.
        fall: The step at which the rate would be down to `LAST_RATE`.
        watch: Called with the number of steps taken, before each and after the last.
    """
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, fall))
    moved = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    for step in range(steps):
        watch(step)
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(moved, 1.0)
        optimizer.step()
        schedule.step()
    watch(steps)


def rate(step: int, fall: int) -> float:
    """A short warm-up, then half a cosine down to `LAST_RATE`."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * step / fall)
    return min(1, (step + 1) / WARM_UP) * (LAST_RATE + (1 - LAST_RATE) * cosine)


def cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
    """Nats per token, without the targets that are `UNKNOWN`."""
    flat = scores.flatten(0, 1)
    return functional.cross_entropy(flat, targets.flatten(), ignore_index=UNKNOWN)


def prose_loss(predict: Predict, windows: Tensor) -> Tensor:
    """Nats per token of the predictions on windows (window, token + 1)."""
    return cross_entropy(predict(windows[:, :-1]), windows[:, 1:])


def validation_windows() -> Tensor:
    """The validation split in windows side by side: (window, LENGTH + 1)."""
    return corpus.every_window(corpus.token_stream("validation"), LENGTH)


@torch.no_grad()
def validation_loss(predict: Predict) -> float:
    """Nats per token on the validation split."""
    return prose_loss(predict, validation_windows()).item()


def unigram_loss() -> float:
    """What the best unigram model of the training split pays on the validation split."""
    targets = validation_windows()[:, 1:]
    return corpus.unigram_loss(corpus.token_stream("train"), targets)


def loss_line(step: int, validation: float) -> str:
    """A line of the log: the step, its loss, and the margin below the unigram model."""
    unigram = unigram_loss()
    margin = unigram - validation
    return (
        f"step {step}  validation {validation:.3f}  unigram {unigram:.3f}  margin {margin:.3f}"
    )
