import numpy as np
import pytest
from sklearn import metrics as sk
from tests.measures.regression_references import OURS

from spark_models.measures.curves import regression_curves
from spark_models.measures.histogram import cut_points, places_in
from spark_models.measures.medians import middle, sides
from spark_models.measures.regression import RegressionState, regression_sums
from spark_models.measures.sample import Codes, Floats, Sample

rng = np.random.default_rng(3)
ROWS = 801
LABEL = rng.gamma(2.0, 3.0, ROWS)
CLOSE, FAR = LABEL + rng.normal(size=ROWS), LABEL * 1.1 + rng.normal(size=ROWS) * 2
WEIGHT = rng.integers(0, 4, ROWS).astype(float)


def bins_of(sample: Sample, bins: int) -> tuple[tuple[Floats, ...], tuple[Codes, ...]]:
    error, label = np.abs(sample.prediction - sample.label), sample.label
    series = (error, label, sample.prediction - label)
    cuts = tuple(cut_points(each, bins) for each in series)
    return cuts, tuple(places_in(each, at) for each, at in zip(series, cuts, strict=True))


def state_of(label: Floats, predicted: Floats, weight: Floats | None = None, bins: int = 64) -> RegressionState:
    """The totals of all rows, in two blocks."""
    sample = Sample(label, predicted, np.ones(len(label)) if weight is None else weight)
    cuts, places = bins_of(sample, bins)
    half = len(label) // 2
    parts = [slice(0, half), slice(half, None)]
    first, second = (regression_sums(sample.take(p), [place[p] for place in places], cuts) for p in parts)
    sums = first + second
    with np.errstate(all="ignore"):
        error = np.abs(predicted - label)
    counts = (sums.absolute_errors.dense()[0], sums.labels.dense()[0])
    errors = [middle(error[p], sample.weight[p], places[0][p], counts[0]) for p in parts]
    labels = [middle(label[p], sample.weight[p], places[1][p], counts[1]) for p in parts]
    around = [sides(label[p], sample.weight[p], places[1][p], counts[1]) for p in parts]
    beside = (around[0][0] + around[1][0], around[0][1] + around[1][1])
    return RegressionState(sums, cuts, errors[0] + errors[1], labels[0] + labels[1], beside)


def errors_of(label: Floats, predicted: Floats) -> dict[str, Floats]:
    sample = Sample(label, predicted, np.ones(len(label)))
    influences = state_of(label, predicted).influences(sample)
    return {name: each / np.sqrt(len(label) * (len(label) - 1)) for name, each in influences.items()}


@pytest.mark.parametrize(
    "predicted", [CLOSE, FAR, np.full(ROWS, 4.0), LABEL], ids=["close", "far", "constant", "right"]
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])
@pytest.mark.parametrize("shift", [0.0, 1e6], ids=["near zero", "far from zero"])
def test_metrics_are_those_of_scikit_learn(predicted: Floats, weight: Floats | None, shift: float) -> None:
    label, predicted = LABEL + shift, predicted + shift
    found = state_of(label, predicted, weight).metrics
    for name, function in OURS.items():
        assert found[name] == pytest.approx(function(label, predicted, sample_weight=weight), rel=1e-9, abs=1e-9), name
    rows = slice(None) if weight is None else weight > 0
    assert found["max_error"] == sk.max_error(label[rows], predicted[rows])
    bias = np.average(predicted - label, weights=weight)
    assert found["bias"] == pytest.approx(bias, rel=1e-9, abs=1e-9)


def test_the_logarithmic_error_is_refused_below_zero() -> None:
    predicted = np.abs(CLOSE)
    expected = sk.root_mean_squared_log_error(LABEL, predicted)
    assert state_of(LABEL, predicted).metrics["rmsle"] == pytest.approx(expected, rel=1e-9)
    assert np.isnan(state_of(LABEL - 5, predicted).metrics["rmsle"])
    assert "rmsle" not in errors_of(LABEL - 5, predicted)


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_few_rows(rows: int) -> None:
    found = state_of(LABEL[:rows], CLOSE[:rows]).metrics
    assert ("mae" in found) == (rows > 0)
    assert rows != 1 or np.isnan(found["r2"])
    assert rows < 2 or found["median_absolute_error"] == pytest.approx(np.median(np.abs(CLOSE - LABEL)[:rows]))


def test_what_is_infinite_is_told_and_not_hidden() -> None:
    found = state_of(np.array([1.0, 2.0, 3.0]), np.array([1.0, np.inf, 3.0])).metrics
    assert found["max_error"] == np.inf
    assert not np.isfinite(found["mae"])


def test_standard_errors_are_those_of_the_bootstrap() -> None:
    close = np.abs(CLOSE)
    ours, theirs = errors_of(LABEL, close), errors_of(LABEL, FAR)
    draws = [rng.integers(0, ROWS, ROWS) for _ in range(400)]
    drawn = [(state_of(LABEL[d], close[d]).metrics, state_of(LABEL[d], FAR[d]).metrics) for d in draws]
    for name in ours:
        # The bootstrap's own error at 400 draws is about 4 %; few rows make heavy tails and the density at the
        # median rough.
        wide = 0.35 if name in {"mape", "median_absolute_error"} else 0.15
        alone = np.std([one[name] for one, _ in drawn])
        assert np.sqrt((ours[name] ** 2).sum()) == pytest.approx(alone, rel=wide), name
        if name in theirs:
            apart = np.std([one[name] - other[name] for one, other in drawn])
            assert np.sqrt(((ours[name] - theirs[name]) ** 2).sum()) == pytest.approx(apart, rel=wide), name


def test_residuals_are_prediction_minus_label() -> None:
    bars = regression_curves(state_of(LABEL, FAR))["residual_histogram"]
    assert sum(bar.y for bar in bars) == pytest.approx(1)
    assert sum(bar.y for bar in bars if bar.x > 0) == pytest.approx((FAR > LABEL).mean(), abs=0.05)
