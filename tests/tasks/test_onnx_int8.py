"""Matrices as 8-bit integers."""

import numpy as np
import pytest

from tasks.onnx_int8 import integer_matrix


@pytest.mark.parametrize("shape", [(8, 3), (7, 5), (1, 1)])
def test_an_integer_matrix_is_near_to_the_one_it_stands_for(shape: tuple[int, int]) -> None:
    """Within half a step of each output's scale."""
    matrix = np.random.default_rng(1).normal(size=shape).astype(np.float32)

    integers, scales = integer_matrix(matrix)

    assert (np.abs(integers * scales - matrix) <= scales * 0.5001).all()


def test_neighbours_fit_16_bits() -> None:
    """Times 255 each, their sum stays below 2 to the 15."""
    matrix = np.random.default_rng(2).normal(size=(64, 40)).astype(np.float32)
    matrix[10:12] = 50.0

    integers, _ = integer_matrix(matrix)

    pairs = np.abs(integers.astype(int)).reshape(32, 2, 40).sum(axis=1)
    assert pairs.max() * 255 < 2**15


def test_a_column_of_zeros_stays_zero() -> None:
    integers, scales = integer_matrix(np.zeros((4, 2), np.float32))

    assert not integers.any()
    assert np.isfinite(scales).all()
