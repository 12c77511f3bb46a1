"""Rows and tensors out of a Hugging Face folder's files."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from paperfig.models.files.shards import Shards, read_shards

CPU = torch.device("cpu")
ROWS, COLUMNS = 53, 7


@pytest.fixture(
    params=[torch.float32, torch.float16, torch.bfloat16, torch.float64], scope="module"
)
def table(request: pytest.FixtureRequest) -> torch.Tensor:
    """A matrix in each type that weights are stored in."""
    generator = torch.Generator().manual_seed(5)
    return torch.randn(ROWS, COLUMNS, generator=generator).to(request.param)


@pytest.fixture(scope="module")
def shards(table: torch.Tensor, tmp_path_factory: pytest.TempPathFactory) -> Shards:
    """Two files, the table behind other tensors in the second."""
    folder = tmp_path_factory.mktemp("shards")
    save_file({"net.a": torch.arange(3.0)}, folder / "one")
    save_file(
        {"net.b": torch.arange(11.0), "net.t": table, "net.z": table[:2].clone()},
        folder / "two",
    )
    return read_shards([folder / "one", folder / "two"], "m").below("net.")


@given(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=90))
def test_rows_are_those_of_the_matrix(
    shards: Shards, table: torch.Tensor, indices: list[int]
) -> None:
    """In any order and repeated, in the type that is stored."""
    found = shards.rows("t", indices)
    assert found.dtype == table.dtype
    assert torch.equal(found, table[indices])


@pytest.mark.parametrize("index", [ROWS, 10**9])
def test_a_row_beyond_the_matrix_is_no_other_tensors_bytes(shards: Shards, index: int) -> None:
    """It is refused, though the file goes on."""
    with pytest.raises(IndexError):
        shards.rows("t", [0, index])


def test_tensors_are_read_in_float32(shards: Shards, table: torch.Tensor) -> None:
    """Those asked for, from whichever file, by their names without the prefix."""
    found = shards.read(["t", "a"], CPU)
    assert list(found["a"]) == [0, 1, 2]
    assert found["t"].dtype == torch.float32
    assert torch.equal(found["t"], table.float())
    assert sorted(found) == ["a", "t"]
    assert {name: tuple(tensor.shape) for name, tensor in shards.stored.items()} == {
        "a": (3,), "b": (11,), "t": (ROWS, COLUMNS), "z": (2, COLUMNS),
    }  # fmt: skip


def test_names_without_the_prefix_stay(tmp_path: Path) -> None:
    """A model saved without its head has no prefix."""
    save_file({"a": torch.ones(2)}, tmp_path / "one")
    shards = read_shards([tmp_path / "one"], "m")
    assert shards.below("net.") is shards
