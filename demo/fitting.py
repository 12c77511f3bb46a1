"""Fits a model to the articles, with an eye on the validation split."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import corpus
import torch
from torch import Tensor
from torch.nn import functional

StepLoss = Callable[[int, torch.Generator], Tensor]
Predict = Callable[[Tensor], Tensor]
Keep = Callable[[int, float, float], None]

LENGTH = 64
BATCH = 16
WARM_UP = 50
LAST_RATE = 0.05


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A model under training.

    Attributes:
        steps: How many steps to take.
        every: How many steps lie between two validations.
        loss: The loss of a step, given the step and the source of chance.
        predict: Scores of the next token (batch, token, vocabulary).
        tensors: The model's tensors, to be copied; not those that follow from them.
        keep: Called at each validation with the step, its loss and that of single tokens.
    """

    steps: int
    every: int
    loss: StepLoss
    predict: Predict
    tensors: Callable[[], dict[str, Tensor]]
    keep: Keep = lambda *_: None


@dataclass(frozen=True, kw_only=True)
class Best:
    """The model at the step with the lowest validation loss."""

    step: int
    validation: float
    unigram: float
    tensors: dict[str, Tensor]
    log: list[str]

    def kept(self) -> str:
        """The line of the log that says which step was saved."""
        return f"kept {_line(self.step, None, self.validation, self.unigram)}"


def fit(trial: Trial, optimizer: torch.optim.Optimizer, seed: int) -> Best:
    """The best model that the trial comes by; the trial's own stays as it ends."""
    random = torch.Generator().manual_seed(seed)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate(step, trial.steps)
    )
    windows = validation_windows()
    unigram = corpus.unigram_loss(corpus.token_stream("train"), windows[:, 1:])
    best = Best(step=0, validation=math.inf, unigram=unigram, tensors={}, log=[])
    for step in range(trial.steps + 1):
        loss = trial.loss(step, random)
        if step % trial.every == 0:
            validation = validation_loss(trial.predict, windows)
            trial.keep(step, validation, unigram)
            best.log.append(_line(step, loss.item(), validation, unigram))
            if validation < best.validation:
                tensors = _copy(trial)
                best = replace(best, step=step, validation=validation, tensors=tensors)
        _descend(loss, optimizer)
        schedule.step()
    return best


def rate(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to `LAST_RATE`."""
    fall = 0.5 + 0.5 * math.cos(math.pi * step / steps)
    return min(1, (step + 1) / WARM_UP) * (LAST_RATE + (1 - LAST_RATE) * fall)


def validation_windows() -> Tensor:
    """The validation split in windows side by side: (window, LENGTH + 1)."""
    return corpus.every_window(corpus.token_stream("validation"), LENGTH)


@torch.no_grad()
def validation_loss(predict: Predict, windows: Tensor) -> float:
    """Nats per token of the predictions on the windows."""
    return cross_entropy(predict(windows[:, :-1]), windows[:, 1:]).item()


def cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
    """Nats per token, without the targets that are −100."""
    return functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=-100)


def _line(step: int, train: float | None, validation: float, unigram: float) -> str:
    before = "" if train is None else f"  train {train:.3f}"
    margin = unigram - validation
    return (
        f"step {step}{before}  validation {validation:.3f}"
        f"  unigram {unigram:.3f}  margin {margin:.3f}"
    )


def _copy(trial: Trial) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in trial.tensors().items()}


def _descend(loss: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """One step, with the gradient's norm held to 1."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    moved = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    torch.nn.utils.clip_grad_norm_(moved, 1.0)
    optimizer.step()
