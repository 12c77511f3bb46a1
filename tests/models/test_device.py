"""Where it computes: the name asked for is the device that is used."""

from collections.abc import Callable, Iterator

import pytest
import torch

from paperfig.errors import RequestError
from paperfig.models.device import device_name, exact_float32, resolve_device


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets torch see so many GPUs."""

    def pretend(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return pretend


def test_auto_is_the_gpu_where_there_is_one(gpus: Callable[[int], None]) -> None:
    """``auto`` follows the machine; ``cpu`` does not."""
    gpus(0)
    assert resolve_device("auto") == torch.device("cpu")
    gpus(2)
    assert resolve_device("auto") == torch.device("cuda", 0)
    assert resolve_device("cuda") == torch.device("cuda", 0)
    assert resolve_device("cuda:1") == torch.device("cuda", 1)
    assert resolve_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("count", "name", "said"),
    [
        (0, "cuda", "cuda is asked for and torch sees no GPU; auto or cpu is right here"),
        (0, "cuda:1", "cuda:1 is asked for and torch sees no GPU; auto or cpu is right here"),
        (1, "cuda:1", "cuda:1 is asked for and torch sees 1 GPU; at most cuda:0 is right"),
        (2, "cuda:7", "cuda:7 is asked for and torch sees 2 GPUs; at most cuda:1 is right"),
        (2, "gpu", "'gpu' is no device; auto, cpu, cuda or cuda:1 is right"),
        (2, "cuda:-1", "'cuda:-1' is no device; auto, cpu, cuda or cuda:1 is right"),
        (2, "cuda:01", "'cuda:01' is no device; auto, cpu, cuda or cuda:1 is right"),
        (2, "", "'' is no device; auto, cpu, cuda or cuda:1 is right"),
    ],
)
def test_a_device_that_is_not_there_is_an_error(
    gpus: Callable[[int], None], count: int, name: str, said: str
) -> None:
    """The CPU never stands in for a GPU, and one GPU not for another."""
    gpus(count)
    with pytest.raises(RequestError) as caught:
        resolve_device(name)
    assert str(caught.value) == f"--device: {said}"


def test_device_name(device: str) -> None:
    """The CPU's name is cpu; a card has its own."""
    name = device_name(resolve_device(device))
    assert (name == "cpu") == (device == "cpu")


@pytest.fixture
def allowed_tf32() -> Iterator[None]:
    """A program that has allowed TF32."""
    matmul = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    matmul.fp32_precision = "tf32"
    yield
    matmul.fp32_precision = before


@pytest.mark.usefixtures("allowed_tf32")
def test_exact_float32_restores_what_was_set() -> None:
    """Inside there is no TF32, autocast or gradient; outside nothing has changed."""
    matmul, ones = torch.backends.cuda.matmul, torch.ones(2, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with exact_float32():
            assert matmul.fp32_precision == "ieee"
            assert torch.is_inference_mode_enabled()
            assert (ones @ ones).dtype == torch.float32
        assert matmul.fp32_precision == "tf32"
        assert not torch.is_inference_mode_enabled()
        assert (ones @ ones).dtype == torch.bfloat16


@pytest.mark.usefixtures("allowed_tf32")
def test_exact_float32_restores_after_an_error() -> None:
    """What was set is restored after an error too."""
    with pytest.raises(RequestError), exact_float32():
        resolve_device("none")
    assert torch.backends.cuda.matmul.fp32_precision == "tf32"
