import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from tests.measures.totals import influences_of, totals, values_of

from spark_models.core.metrics import METRICS
from spark_models.measures.forecasts import ForecastTask
from spark_models.measures.sample import Sample

NUMBERS = st.sampled_from([-3.0, 0.0, 0.25, 4.0])
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 2), st.sampled_from([0.0, 0.5, np.nan])), min_size=1).filter(
    lambda rows: any(weight for _, _, weight, _ in rows)
)


def sample_of(label: ArrayLike, predicted: ArrayLike, scale: ArrayLike, weight: ArrayLike | None = None) -> Sample:
    label, predicted, scale = (np.asarray(part, np.float64) for part in (label, predicted, scale))
    weight = np.ones(len(label)) if weight is None else np.asarray(weight, np.float64)
    return Sample(label, predicted, weight, {"scale": scale})


@given(ROWS)
def test_metrics_are_by_their_definitions(rows: list[tuple[float, float, int, float]]) -> None:
    label, predicted, weight, scale = (np.array(part, np.float64) for part in zip(*rows, strict=True))
    found = values_of(ForecastTask(), sample_of(label, predicted, scale, weight))
    assert found["mae"] == pytest.approx(mean_absolute_error(label, predicted, sample_weight=weight), abs=1e-9)
    assert found["rmse"] == pytest.approx(root_mean_squared_error(label, predicted, sample_weight=weight), abs=1e-9)
    parts = [2 * abs(f - a) / (abs(a) + abs(f)) if f or a else 0.0 for a, f in zip(label, predicted, strict=True)]
    assert found["smape"] == pytest.approx(np.average(parts, weights=weight), abs=1e-12)
    scaled = (scale > 0) & (weight > 0)
    error = np.abs(predicted - label)
    mase = np.average(error[scaled] / scale[scaled], weights=weight[scaled]) if scaled.any() else np.nan
    assert found["mase"] == pytest.approx(mase, nan_ok=True)
    size = weight @ np.abs(label)
    assert found["wape"] == pytest.approx(weight @ error / size if size else np.nan, nan_ok=True)


def test_mase_is_1_of_the_naive_forecast_itself() -> None:
    # Hyndman and Koehler: what says tomorrow is as today errs by the scale, in the mean.
    series = np.array([3.0, 5.0, 4.0, 8.0, 6.0])
    scale = np.full(4, np.abs(np.diff(series)).mean())
    assert values_of(ForecastTask(), sample_of(series[1:], series[:-1], scale))["mase"] == pytest.approx(1.0)


def test_without_scales_there_is_no_mase_and_all_else() -> None:
    sample = Sample(np.array([1.0, 2.0]), np.array([2.0, 2.0]), np.ones(2))
    found = values_of(ForecastTask(), sample)
    assert found.keys() == {metric.name for metric in METRICS["forecast"]}
    assert np.isnan(found["mase"])
    assert found["wape"] == pytest.approx(1 / 3)


def test_of_labels_that_are_all_0_there_is_no_wape() -> None:
    sample = sample_of([0.0, 0.0], [1.0, 0.0], [1.0, 1.0])
    found = values_of(ForecastTask(), sample)
    assert np.isnan(found["wape"])
    assert found["smape"] == 1.0
    assert np.isnan(influences_of(ForecastTask(), sample)["wape"]).all()


def test_what_is_infinite_is_told_and_not_hidden() -> None:
    found = values_of(ForecastTask(), sample_of([1.0, 1.0], [np.inf, 1.0], [1.0, 1.0]))
    assert (found["smape"], found["mase"], found["wape"]) == (1.0, np.inf, np.inf)


def test_residuals_are_drawn_as_of_a_regression() -> None:
    task = ForecastTask()
    state, _ = totals(task, sample_of([1.0, 2.0], [2.0, 2.5], [1.0, 1.0]))
    assert sum(bar.y for bar in task.curves(state, 1.96)["residual_histogram"]) == pytest.approx(1)
