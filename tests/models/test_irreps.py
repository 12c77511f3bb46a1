"""Which heads are irreps of SO(3), and their ℓ: told by generators, by no label."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from loading import load
from small_vfe import HEAD, save, so_n_generators, vfe_config, vfe_state

from paperfig.models.vfe.irreps import spins


def spin_generators(spin: int) -> np.ndarray:
    """Real generators of the irrep of spin ℓ, by the ladder operators of quantum mechanics.

    In the basis m = −ℓ … ℓ, J± |m⟩ = √(ℓ(ℓ+1) − m(m±1)) |m±1⟩; the matrices −iJ are made
    real by the unitary that takes spherical harmonics to real ones.
    """
    m = np.arange(-spin, spin + 1)
    up = np.diag(np.sqrt(spin * (spin + 1) - m[:-1] * (m[:-1] + 1.0)), -1)
    turns = -1j * np.stack([(up + up.T) / 2, (up - up.T) / 2j, np.diag(m.astype(float))])
    real = np.zeros((len(m), len(m)), dtype=complex)
    real[spin, spin] = 1
    for k in range(1, spin + 1):
        sign = (-1) ** k
        real[spin + k, [spin - k, spin + k]] = np.array([1, sign]) / np.sqrt(2)
        real[spin - k, [spin - k, spin + k]] = np.array([1j, -1j * sign]) / np.sqrt(2)
    moved = real @ turns @ real.conj().T
    assert np.abs(moved.imag).max(initial=0) < 1e-12
    return moved.real


def tensor(generators: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(generators).float()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_spins_of_irreps(wanted: list[int]) -> None:
    """Each ℓ, from generators that the ladder operators give."""
    heads = [tensor(spin_generators(spin)) for spin in wanted]

    assert spins(heads) == tuple(wanted)


@given(st.integers(0, 6), st.integers(0, 2**32 - 1), st.booleans())
def test_the_basis_does_not_matter(spin: int, seed: int, turned: bool) -> None:
    """Nor does the sense of rotation."""
    random = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(random.normal(size=(2 * spin + 1, 2 * spin + 1)))
    moved = basis @ spin_generators(spin) @ basis.T

    assert spins([tensor(-moved if turned else moved)]) == (spin,)


def _summed(*spin: int) -> np.ndarray:
    blocks = [spin_generators(one) for one in spin]
    return np.stack(
        [torch.block_diag(*map(tensor, axes)) for axes in zip(*blocks, strict=True)]
    )


@pytest.mark.parametrize(
    "generators",
    [
        _summed(1, 1, 0),
        _summed(1, 0, 0),
        np.zeros((3, 3, 3)),
        np.zeros((3, 2, 2)),
        2 * spin_generators(1),
        spin_generators(2)[[0, 0, 1]],
        np.abs(spin_generators(1)),
        so_n_generators(4),
        so_n_generators(2),
        np.eye(4).reshape(4, 2, 2),
        np.ones((3, 1, 1)),
        np.random.default_rng(0).normal(size=(3, 5, 5)),
    ],
    ids=[
        "a sum", "a sum with scalars", "three scalars", "an even dimension", "longer",
        "dependent", "not skew", "SO(4)", "SO(2)", "GL(2)", "GL(1)", "any matrices",
    ],
)  # fmt: skip
def test_what_is_no_irrep(generators: np.ndarray) -> None:
    """Reducible, of another group, or no representation: nothing is said of any head."""
    assert spins([tensor(generators)]) is None
    assert spins([tensor(spin_generators(1)), tensor(generators)]) is None


def test_a_small_file(tmp_path: Path) -> None:
    """Fundamental and scalar heads of SO(3), whatever the configuration calls them."""
    config = vfe_config(n_layers=2, irrep_spec=[["ℓ9", 1, 3], ["x", 1, 1], ["y", 1, 3]])
    facts = load(save(tmp_path / "m.pt", vfe_state(layers=2), config)).facts

    assert [layer.irreps for layer in facts.layers] == [(1, 0, 1), (1, 0, 1)]


def test_a_file_of_another_group(tmp_path: Path) -> None:
    """SO(4) has no ℓ."""
    config = vfe_config(embed_dim=5, gauge_group="SON", gauge_dim=4)
    (layer,) = load(save(tmp_path / "m.pt", vfe_state(4, (4, 1)), config)).facts.layers

    assert (layer.head_dims, layer.irreps) == ((4, 1), None)


def test_a_file_whose_generators_were_changed(tmp_path: Path) -> None:
    """Dimensions alone say nothing."""
    state = vfe_state()
    state[HEAD.format(0, 2)] = state[HEAD.format(0, 2)] * 1.01
    (layer,) = load(save(tmp_path / "m.pt", state, vfe_config())).facts.layers

    assert (layer.head_dims, layer.irreps) == ((3, 1, 3), None)


@pytest.mark.parametrize(
    ("name", "irreps"),
    [
        ("run_vfe_publication/best_model.pt", (2, 4, 5)),
        ("trainer_final_model.pt", (2, 4, 5)),
        ("runs/vs_full2/best_model.pt", (0, 1, 2)),
        ("runs/v1stock/best_model.pt", None),
        ("runs/v3stock/best_model.pt", None),
        ("v1_best_model_like.pt", None),
    ],
)
def test_files_of_the_projects(shared: Path, name: str, irreps: tuple[int, ...] | None) -> None:
    """VFE-Sim's SO(3), and GL(K) of V1 and V3."""
    facts = load(shared / "vfe" / name).facts

    assert {layer.irreps for layer in facts.layers} == {irreps}
