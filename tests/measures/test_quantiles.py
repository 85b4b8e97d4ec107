import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss
from tests.measures.totals import totals, values_of

from spark_models.core.metrics import metrics_of
from spark_models.measures.quantiles import QuantileTask, quantile_values
from spark_models.measures.sample import Floats, Sample

rng = np.random.default_rng(11)
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NAMES = ("2.5", "10", "50", "90", "97.5")
# Few different numbers, so that labels are at quantiles and quantiles are alike.
NUMBERS = st.sampled_from([-2.0, 0.0, 0.5, 1e6])
ROWS = st.lists(st.tuples(NUMBERS, st.lists(NUMBERS, min_size=5, max_size=5), st.integers(0, 3)), min_size=1).filter(
    lambda rows: any(weight for _, _, weight in rows)
)


@given(ROWS)
def test_the_pinball_loss_is_that_of_scikit_learn(rows: list[tuple[float, list[float], int]]) -> None:
    label, predicted, weight = (np.array(part, np.float64) for part in zip(*rows, strict=True))
    found = values_of(QuantileTask(LEVELS), Sample(label, predicted, weight))
    losses = [
        mean_pinball_loss(label, predicted[:, place], sample_weight=weight, alpha=level)
        for place, level in enumerate(LEVELS)
    ]
    assert [found[f"pinball_loss_{name}"] for name in NAMES] == pytest.approx(losses, rel=1e-9, abs=1e-9)
    assert found["pinball_loss"] == pytest.approx(np.mean(losses), rel=1e-9, abs=1e-9)
    covered = [np.average(label <= predicted[:, place], weights=weight) for place in range(5)]
    assert [found[f"coverage_{name}"] for name in NAMES] == pytest.approx(covered, abs=1e-12)
    assert [found[f"coverage_error_{name}"] for name in NAMES] == pytest.approx(np.subtract(covered, LEVELS), abs=1e-9)


def of_row(label: float, *quantiles: float, levels: tuple[float, ...] = (0.1, 0.5, 0.9)) -> dict[str, float]:
    found = quantile_values(np.array([label]), np.array([quantiles]), levels)
    return {name: float(each[0]) for name, each in found.items()}


@pytest.mark.parametrize(
    ("label", "covered", "score"), [(2.0, 1.0, 3.0), (1.0, 1.0, 3.0), (0.0, 0.0, 13.0), (5.0, 0.0, 13.0)]
)
def test_an_interval_is_scored_by_its_width_and_what_a_label_is_outside_by(
    label: float, covered: float, score: float
) -> None:
    found = of_row(label, 1.0, 2.0, 4.0)
    intervals = {name: value for name, value in found.items() if name.startswith("interval")}
    assert intervals == pytest.approx(
        {
            "interval_coverage_80": covered,
            "interval_coverage_error_80": covered - 0.8,
            "interval_width_80": 3.0,
            "interval_score_80": score,
        }
    )


def test_the_interval_score_is_the_pinball_losses_of_its_ends() -> None:
    # Of an interval of the levels a / 2 and 1 - a / 2: the score is the sum of the two losses, over a / 2.
    label, predicted = rng.normal(size=50), np.sort(rng.normal(size=(50, 2)), axis=1)
    found = quantile_values(label, predicted, (0.05, 0.95))
    losses = found["pinball_loss_5"] + found["pinball_loss_95"]
    assert found["interval_score_90"] == pytest.approx(losses / 0.05)


def test_quantiles_cross_where_one_is_below_that_of_a_lower_level() -> None:
    assert of_row(0.0, 1.0, 1.0, 2.0)["quantile_crossing"] == 0.0
    assert of_row(0.0, 1.0, 3.0, 2.0)["quantile_crossing"] == 1.0
    assert "quantile_crossing" not in of_row(0.0, 1.0, levels=(0.5,))


@pytest.mark.parametrize("levels", [(0.5,), (0.1, 0.9), (0.25, 0.5, 0.8), LEVELS])
def test_rows_have_a_value_of_each_metric_of_the_task(levels: tuple[float, ...]) -> None:
    found = quantile_values(np.zeros(2), np.zeros((2, len(levels))), levels)
    assert found.keys() == {metric.name for metric in metrics_of("quantile", levels=levels)}


def test_an_infinite_quantile_makes_an_infinite_interval() -> None:
    found = of_row(0.0, -np.inf, 0.0, np.inf)
    assert (found["interval_width_80"], found["interval_coverage_80"], found["pinball_loss"]) == (np.inf, 1.0, np.inf)


def calibration(label: Floats, predicted: Floats, weight: Floats) -> list[tuple[float, float]]:
    task = QuantileTask((0.1, 0.5, 0.9))
    points = task.curves(totals(task, Sample(label, predicted, weight))[0], 1.96)["quantile_calibration"]
    assert all(point.y_low is not None and point.y_high is not None for point in points)
    assert all((point.y_low or 0) <= point.y <= (point.y_high or 0) for point in points)
    return [(point.x, point.y) for point in points]


def test_calibration_is_coverage_by_level() -> None:
    label, predicted = np.array([0.0, 1.0, 2.0, 3.0]), np.tile([0.5, 1.0, 9.0], (4, 1))
    assert calibration(label, predicted, np.ones(4)) == [(0.1, 0.25), (0.5, 0.5), (0.9, 1.0)]
    assert calibration(label, predicted, np.array([0.3, 0.3, 0.1, 0.3]))[0] == pytest.approx((0.1, 0.3))


def test_without_weight_there_is_nothing_to_draw() -> None:
    task = QuantileTask((0.5,))
    assert task.curves(totals(task, Sample(np.zeros(1), np.zeros((1, 1)), np.zeros(1)))[0], 1.96) == {}
