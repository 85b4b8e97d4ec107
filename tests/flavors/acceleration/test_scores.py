import numpy as np
import pytest

from spark_models.flavors.acceleration.parts import OneHot, UnusualBatchError
from spark_models.flavors.acceleration.scores import Linear

EPSILON = np.finfo(np.float64).eps


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e150])
def test_scores_may_differ_by_no_more_than_is_told_whatever_the_size_of_numbers(size: float) -> None:
    matrix = np.array([[size, -2.0], [-3.0 * size, 1.0], [0.0, 0.5]], order="F")
    linear = Linear(np.array([[1 / size, 5.0]]), np.array([0.5]))
    largest = 3.0 + 5.0 * 2.0 + 0.5
    scores = linear.dense(matrix)
    assert scores.roundings >= 64 * EPSILON * largest
    assert np.array_equal(scores.values, matrix @ linear.coefficients.T + 0.5)
    assert linear.sparse((matrix, OneHot(np.array([0, -1, 0]), 0))).roundings >= 64 * EPSILON * largest


def test_what_is_told_is_not_so_much_that_usual_rows_would_be_left_to_the_library() -> None:
    matrix = np.random.default_rng(0).normal(size=(65_536, 20))
    assert Linear(np.ones((1, 20)), np.zeros(1)).dense(matrix).roundings < 1e-10


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_rows_that_are_not_finite_or_whose_squares_are_not_are_left_to_the_library(value: float) -> None:
    matrix = np.array([[1.0, 2.0], [value, 3.0]])
    with pytest.raises(UnusualBatchError):
        Linear(np.ones((1, 2)), np.zeros(1)).dense(matrix)
    with pytest.raises(UnusualBatchError):
        Linear(np.ones((1, 2)), np.zeros(1)).sparse((matrix[:, :1], matrix[:, 1:]))
