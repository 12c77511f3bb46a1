"""Where to compute, and how exactly."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from paperfig.errors import RequestError

_WHERE = "--device"


def resolve_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is the GPU where there is one, else the CPU.

    Raises:
        RequestError: the name is no device's, or that GPU is not there. The CPU never
            stands in for a GPU that was asked for.
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if name == "auto":
        return torch.device("cuda", 0)
    match = re.fullmatch(r"cuda(?::(0|[1-9][0-9]{0,3}))?", name)
    if match is None:
        raise RequestError(
            _WHERE, f"{name!r} is no device", "auto, cpu, cuda or cuda:1 is right"
        )
    return _cuda(name, int(match[1] or 0))


def device_name(device: torch.device) -> str:
    """The card's name, or ``cpu``."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


@contextmanager
def exact_float32() -> Iterator[None]:
    """Inference with float32 as float32: no TF32, bfloat16 or autocast in its place.

    What the caller had set is restored afterwards.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        for kind in ("cpu", "cuda"):
            stack.enter_context(torch.autocast(kind, enabled=False))
        if hasattr(torch.backends.cuda.matmul, "fp32_precision"):
            _set_precisions("ieee", stack)
        else:  # torch before 2.9
            stack.callback(
                torch.set_float32_matmul_precision, torch.get_float32_matmul_precision()
            )
            torch.set_float32_matmul_precision("highest")
        yield


def _set_precisions(precision: str, stack: ExitStack) -> None:
    """Sets how matrices are multiplied, on both devices, until the stack closes.

    By these switches and not by `torch.set_float32_matmul_precision`: torch refuses to
    read the one where a program has set the other.
    """
    cpu = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    for backend in (torch.backends.cuda.matmul, cpu):
        stack.callback(setattr, backend, "fp32_precision", backend.fp32_precision)
        backend.fp32_precision = precision


def _cuda(name: str, index: int) -> torch.device:
    if not torch.cuda.is_available():
        raise RequestError(
            _WHERE, f"{name} is asked for and torch sees no GPU", "auto or cpu is right here"
        )
    count = torch.cuda.device_count()
    if index >= count:
        raise RequestError(
            _WHERE,
            f"{name} is asked for and torch sees {count} GPU{'s' if count > 1 else ''}",
            f"at most cuda:{count - 1} is right",
        )
    return torch.device("cuda", index)
