import numpy as np
import pytest

from spark_models.measures.jackknife import jackknife_errors

rng = np.random.default_rng(8)


def test_of_a_mean_with_a_row_a_group_it_is_the_usual_standard_error() -> None:
    values = rng.normal(size=40)
    without = [[np.delete(values, row).mean()] for row in range(40)]
    assert jackknife_errors(without)[0] == pytest.approx(values.std(ddof=1) / np.sqrt(40), rel=1e-12)


def test_of_a_ratio_it_is_near_the_spread_of_repeated_samples() -> None:
    def ratio(rows: np.ndarray) -> float:
        return float(rows[:, 0].sum() / rows[:, 1].sum())

    def drawn() -> np.ndarray:
        return rng.gamma(2.0, size=(2000, 2)) + rng.gamma(2.0, size=(2000, 1))

    errors = []
    for _ in range(20):
        rows, group = drawn(), rng.integers(0, 20, 2000)
        errors.append(jackknife_errors([[ratio(rows[group != one])] for one in range(20)])[0])
    assert np.mean(errors) == pytest.approx(np.std([ratio(drawn()) for _ in range(400)]), rel=0.2)


def test_there_is_none_of_one_group_or_where_a_statistic_is_undefined() -> None:
    assert np.isnan(jackknife_errors([[1.0, 2.0]])).tolist() == [True, True]
    assert np.isnan(jackknife_errors([[1.0, np.nan, np.inf], [2.0, 1.0, 1.0]])).tolist() == [False, True, True]
    assert np.isnan(jackknife_errors(np.empty((0, 2)))).tolist() == [True, True]
