"""Regression on data as bad as it comes, against scikit-learn on the rows that have a weight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk
from tests.measures.regression_references import OURS
from tests.measures.without_spark import measured, overall, same

from spark_models.measures.sample import Floats

# Few values, so that there are ties, and constants that sums do not hold exactly.
PLAIN = st.sampled_from([0.0, -0.0, 0.1, 0.5, 1.0, -1.0, 3.0, 1e6 + 0.1]) | st.floats(-9, 9).map(lambda x: round(x, 3))
EXTREME = st.sampled_from([0.0, 1.0, 1e-300, -1e-300, 1e-160, 1e-100, 1e100, -1e100, 1e160, 1e300, -1e300])
# Whose sums are exact: whether just half of the weight is reached, where the median jumps, is no matter of rounding.
WEIGHTS = st.sampled_from([0.0, 1.0, 0.125, 0.5, 2.0])

OF_CONSTANTS = ("r2", "explained_variance", "d2_absolute_error")


def columns(rows: list[tuple[float, ...]]) -> tuple[Floats, ...]:
    return tuple(np.array(rows, float).reshape(-1, 3).T)


def expected(label: Floats, predicted: Floats, weight: Floats) -> dict[str, float]:
    """scikit-learn's values; what it warns of below two rows, and rounds on constant labels, as we say it is."""
    label, predicted, weight = (column[weight > 0] for column in (label, predicted, weight))
    if not len(label):
        return dict.fromkeys((*OURS, "max_error", "bias", "rmsle"), np.nan)
    names = [name for name in OURS if len(label) > 1 or name not in OF_CONSTANTS]
    found = {name: OURS[name](label, predicted, sample_weight=weight) for name in names}
    if len(label) < 2:
        found |= dict.fromkeys(OF_CONSTANTS, np.nan)
    elif not np.ptp(label):
        apart = {name: (predicted != label).any() for name in OF_CONSTANTS}
        # A constant error is explained, but for what rounding leaves of it.
        apart["explained_variance"] = bool(np.ptp(predicted))
        found |= {name: 0.0 if wrong else 1.0 for name, wrong in apart.items()}
    below = min(label.min(), predicted.min()) < 0
    of_logarithms = np.nan if below else sk.root_mean_squared_log_error(label, predicted, sample_weight=weight)
    bias = np.average(predicted - label, weights=weight)
    return found | {"max_error": sk.max_error(label, predicted), "bias": bias, "rmsle": of_logarithms}


@given(st.lists(st.tuples(PLAIN, PLAIN, WEIGHTS), max_size=25), st.sets(st.integers(0, 25), max_size=4))
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[float, ...]], splits: set[int]) -> None:
    label, predicted, weight = columns(rows)
    found = measured("regression", label, {1: predicted}, weight=weight, splits=splits & set(range(len(rows))))
    assert same(overall(found), expected(label, predicted, weight)) == []


@given(st.lists(st.tuples(EXTREME, EXTREME, WEIGHTS), min_size=1, max_size=12), st.integers(0, 11))
def test_no_magnitude_makes_an_exception_or_another_number(rows: list[tuple[float, ...]], split: int) -> None:
    label, predicted, weight = columns(rows)
    with np.errstate(all="ignore"):
        wanted = expected(label, predicted, weight)
        largest = float(np.abs(predicted - label).max())
    found = measured("regression", label, {1: predicted, 2: -predicted}, weight=weight, splits=[min(split, len(rows))])
    for name in ("mae", "rmse", "median_absolute_error", "mape", "max_error", "rmsle"):
        assert same(overall(found), {name: wanted[name]}, smallest=0) == []
    assert same(overall(found), {"bias": wanted["bias"]}, smallest=1e-12 * largest) == []


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9 + 0.1, -7e-5])
@pytest.mark.parametrize("rows", [2, 3, 7, 1000])
def test_labels_that_are_all_one_number_are_constant_whatever_their_sum_rounds_to(value: float, rows: int) -> None:
    label = np.full(rows, value)
    weight = np.resize([0.1, 0.3, 0.7], rows)
    right = measured("regression", label, {1: label, 2: label + np.arange(rows)}, weight=weight, splits=[1])
    assert [overall(right)[name] for name in OF_CONSTANTS] == [1.0, 1.0, 1.0]
    assert [overall(right, 2)[name] for name in OF_CONSTANTS] == [0.0, 0.0, 0.0]


INFINITE = (
    ([1.0, 2.0, 3.0], [1.0, np.inf, 3.5], 0.5),
    ([1.0, 2.0, 3.0], [-np.inf, np.inf, 3.0], None),
    ([np.inf, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0),
    # Both are infinite: how far they are apart is not known, and so not what is in the middle.
    ([np.inf, 2.0, 3.0], [np.inf, 2.0, 3.0], None),
    ([2.0, 3.0, np.inf], [2.0, 3.5, np.inf], None),
    ([2.0, 2.0, 2.0], [2.0, -np.inf, 2.0], 0.0),
)


@pytest.mark.parametrize(("label", "predicted", "median"), INFINITE)
@pytest.mark.parametrize("splits", [[], [1], [2], [1, 2]])
def test_what_is_infinite_leaves_nothing_but_a_median(
    label: list[float], predicted: list[float], median: float | None, splits: list[int]
) -> None:
    found = overall(measured("regression", label, {1: predicted, 2: label, 3: predicted}, splits=splits))
    assert {name: value for name, value in found.items() if value is not None} == (
        {} if median is None else {"median_absolute_error": median}
    )


def test_a_slice_far_from_the_others_keeps_its_digits() -> None:
    rng = np.random.default_rng(4)
    label = np.concatenate([rng.normal(size=300), 1e9 + rng.normal(size=101), 1e-6 * rng.normal(size=100)])
    predicted, weight = label * (1 + 1e-10) + 1e-7 * rng.normal(size=501), rng.integers(0, 3, 501).astype(float)
    slices = ["near"] * 300 + ["far"] * 101 + ["tiny"] * 100
    found = measured("regression", label, {1: predicted}, weight=weight, slices={"of": slices}, splits=[100, 350])
    for name in set(slices):
        rows = np.array(slices) == name
        wanted = expected(label[rows], predicted[rows], weight[rows])
        assert same(found[1, "of", name].values, wanted, smallest=1e-15) == [], name


def test_how_dense_errors_are_at_their_median_is_no_matter_of_rounding() -> None:
    # Of 20 rows alike, just 45 % are up to the ninth, and 55 % up to the eleventh.
    label, predicted = np.zeros(20), np.arange(20.0) ** 2
    errors = [
        measured("regression", label, {1: predicted}, weight=np.full(20, weight), splits=splits)[1, None, None].errors
        for weight in (1.0, 0.1, 0.3, 0.7)
        for splits in ([], [3], [11, 17])
    ]
    assert [one["median_absolute_error"] for one in errors] == pytest.approx([errors[0]["median_absolute_error"]] * 12)
