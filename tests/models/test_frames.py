"""Frames composed: against matrix exponentials, and against the bracket of matrices."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from paperfig.models.vfe.frames import compose, group_size

coordinates = st.lists(st.floats(-1.8, 1.8), min_size=3, max_size=3)


def skew(vector: np.ndarray) -> np.ndarray:
    """The matrix of the cross product with a vector."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def exponential(matrix: np.ndarray) -> np.ndarray:
    """The exponential by eigenvalues: a skew matrix times i is Hermitian."""
    values, vectors = np.linalg.eigh(1j * matrix)
    return (vectors * np.exp(-1j * values)) @ vectors.conj().T


def composed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One pair of frames through the function under test."""
    pair = (torch.tensor(frame, dtype=torch.float64)[None] for frame in (first, second))
    return compose(*pair)[0].numpy()


@given(coordinates, coordinates)
def test_rotations_compose_exactly(first: list[float], second: list[float]) -> None:
    """exp of the result is the product of both, and its angle is at most π."""
    result = composed(np.array(first), np.array(second))
    product = exponential(skew(np.array(first))) @ exponential(skew(np.array(second)))
    np.testing.assert_allclose(exponential(skew(result)), product, atol=1e-12)
    assert np.linalg.norm(result) <= np.pi + 1e-12


def test_rotations_against_the_matrix_logarithm() -> None:
    """The rotation vector that the trace and the skew part of the product give."""
    random = np.random.default_rng(5)
    for first, second in random.normal(size=(50, 2, 3)) * 0.6:
        product = (exponential(skew(first)) @ exponential(skew(second))).real
        angle = np.arccos((np.trace(product) - 1) / 2)
        turned = product - product.T
        axis = np.array([turned[2, 1], turned[0, 2], turned[1, 0]]) / (2 * np.sin(angle))
        np.testing.assert_allclose(composed(first, second), angle * axis, atol=1e-10)


def test_no_turn_changes_nothing() -> None:
    """The identity on either side, and twice, down to the smallest angles."""
    nothing, tiny = np.zeros(3), np.array([1e-12, -2e-12, 0])
    assert (composed(nothing, nothing) == 0).all()
    np.testing.assert_allclose(composed(tiny, nothing), tiny, rtol=1e-12)
    np.testing.assert_allclose(composed(nothing, tiny), tiny, rtol=1e-12)


@pytest.mark.parametrize("size", [4, 5])
def test_frames_of_higher_groups_take_the_first_bracket(size: int) -> None:
    """φ_1 + φ_2 + ½ [φ_1, φ_2], in the basis E_ij − E_ji, i < j, row by row."""
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    first, second = np.random.default_rng(size).normal(size=(2, len(pairs)))

    def matrix(frame: np.ndarray) -> np.ndarray:
        result = np.zeros((size, size))
        for (i, j), value in zip(pairs, frame, strict=True):
            result[i, j], result[j, i] = value, -value
        return result

    bracket = matrix(first) @ matrix(second) - matrix(second) @ matrix(first)
    wanted = first + second + 0.5 * np.array([bracket[pair] for pair in pairs])
    np.testing.assert_allclose(composed(first, second), wanted, atol=1e-14)


def test_sizes_of_groups() -> None:
    """N(N−1)/2 generators are those of SO(N); another number is no group's."""
    assert [group_size(n) for n in (1, 3, 6, 10)] == [2, 3, 4, 5]
    assert [group_size(n) for n in (0, 2, 4, 5, 7)] == [None] * 5
