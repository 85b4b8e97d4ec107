import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from tests.measures.in_one_process import binary_state

from spark_models.measures.curves import binary_curves

rng = np.random.default_rng(2)
ROWS = 3000
LABEL = (rng.random(ROWS) < 0.4).astype(float)
SCORE = np.clip(rng.normal(0.3 + 0.3 * LABEL, 0.2), 0, 1)
CURVES = binary_curves(binary_state(LABEL, SCORE), 1.96)


def test_points_are_on_the_curves_of_scikit_learn_and_few() -> None:
    alarms, hits, _ = sk.roc_curve(LABEL, SCORE, drop_intermediate=False)
    precision, recall, _ = sk.precision_recall_curve(LABEL, SCORE)
    on_roc, on_precision = set(zip(alarms, hits, strict=True)), dict(zip(precision, recall, strict=True))
    assert all((point.x, point.y) in on_roc for point in CURVES["roc"])
    assert all(point.y in on_precision for point in CURVES["precision_recall"])
    assert (CURVES["roc"][0].x, CURVES["roc"][-1].y) == (0.0, 1.0)
    assert all(len(points) <= 200 for points in CURVES.values())


def test_the_area_under_the_few_points_is_near_the_roc_auc() -> None:
    x, y = ([getattr(point, axis) for point in CURVES["roc"]] for axis in ("x", "y"))
    assert sk.auc(x, y) == pytest.approx(sk.roc_auc_score(LABEL, SCORE), abs=2e-3)


def test_calibration_is_that_of_scikit_learn_within_its_interval() -> None:
    rates, means = calibration_curve(LABEL, SCORE, n_bins=10)
    assert [point.x for point in CURVES["calibration"]] == pytest.approx(list(means))
    assert [point.y for point in CURVES["calibration"]] == pytest.approx(list(rates))
    for point in CURVES["calibration"]:
        assert point.y_low is not None
        assert point.y_high is not None
        assert 0 <= point.y_low <= point.y <= point.y_high <= 1


def test_bars_hold_all_of_the_weight() -> None:
    bars = CURVES["score_histogram"]
    assert sum(bar.y for bar in bars) == pytest.approx(1)
    assert bars[0].x == pytest.approx(SCORE.min())


def test_of_one_class_there_is_nothing_to_draw() -> None:
    assert binary_curves(binary_state([1.0, 1.0], [0.2, 0.4]), 1.96) == {}


def test_intervals_of_a_calibration_are_wilson_s() -> None:
    for point in CURVES["calibration"]:
        assert point.weight is not None
        rows = round(point.weight)
        wilson = stats.binomtest(round(point.y * rows), rows).proportion_ci(2 * stats.norm.cdf(1.96) - 1, "wilson")
        assert (point.y_low, point.y_high) == pytest.approx((wilson.low, wilson.high), rel=1e-9)


def test_precision_begins_as_it_is_where_the_first_row_is_flagged() -> None:
    points = binary_curves(binary_state([0.0, 1.0, 1.0], [0.9, 0.5, 0.1]), 1.96)["precision_recall"]
    assert [(point.x, point.y) for point in points[:3]] == [(0.0, 0.0), (0.0, 0.0), (0.5, 0.5)]
