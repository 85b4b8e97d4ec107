from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from spark_models.core.metrics import AGREEMENT
from spark_models.measures.agreement import ClassPairs, NumberPairs
from spark_models.measures.histogram import cut_points
from spark_models.measures.sample import Floats, Sample

rng = np.random.default_rng(3)
ROWS = 900
BASELINE = rng.random(ROWS)
CANDIDATE = np.clip(BASELINE + rng.normal(0.05, 0.1, ROWS), 0, 1)
ONES = np.ones(ROWS)
NAMES = [metric.name for metric in AGREEMENT]


def samples_of(baseline: np.ndarray, candidate: np.ndarray, weight: Floats) -> tuple[Sample, Sample]:
    label = np.zeros(len(weight))
    return Sample(label, baseline, weight), Sample(label, candidate, weight)


def figures(
    baseline: np.ndarray, candidate: np.ndarray, weight: Floats = ONES, pairs: NumberPairs | ClassPairs | None = None
) -> dict[str, float]:
    """Of two blocks of rows, as workers go over them."""
    pairs = pairs or NumberPairs()
    one, other = samples_of(baseline, candidate, weight[: len(baseline)])
    cuts = tuple(map(cut_points, pairs.series(one, other)))
    third = len(one) // 3
    first: Any
    first, second = (
        pairs.sums(one.take(part), other.take(part), cuts) for part in (slice(0, third), slice(third, None))
    )
    found: dict[str, float] = pairs.figures(first + second)
    return found


def test_numbers_agree_as_scipy_says() -> None:
    found = figures(BASELINE, CANDIDATE)
    differences = CANDIDATE - BASELINE
    edges = np.quantile(BASELINE, np.arange(1, 10) / 10, method="inverted_cdf")
    theirs, ours = (np.bincount(np.searchsorted(edges, side), minlength=10) for side in (BASELINE, CANDIDATE))
    shares = theirs / ROWS, ours / ROWS
    assert found == pytest.approx(
        {
            "correlation": np.corrcoef(BASELINE, CANDIDATE)[0, 1],
            "mean_difference": differences.mean(),
            "mean_absolute_difference": np.abs(differences).mean(),
            "max_absolute_difference": np.abs(differences).max(),
            "ks_test.statistic": stats.ks_2samp(BASELINE, CANDIDATE).statistic,
            "wasserstein_distance": stats.wasserstein_distance(BASELINE, CANDIDATE),
            "chi_squared_test.statistic": stats.chi2_contingency([theirs, ours]).statistic,
            "population_stability_index": ((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum(),
            "tv_distance": np.abs(shares[1] - shares[0]).sum() / 2,
            "l_infinity_distance": np.abs(shares[1] - shares[0]).max(),
            "js_distance": found["js_distance"],
        },
        rel=1e-9,
    )
    assert 0 < found["js_distance"] < 1
    assert set(found) < set(NAMES)


def test_a_threshold_makes_classes_of_scores() -> None:
    found = figures(BASELINE, CANDIDATE, pairs=NumberPairs(0.5))
    assert found["agreement"] == pytest.approx(((BASELINE >= 0.5) == (CANDIDATE >= 0.5)).mean(), rel=1e-12)


def test_no_agreement_is_nothing_and_not_less_by_rounding() -> None:
    weight = np.random.default_rng(1).random(11)
    no, yes = np.zeros(11), np.ones(11)
    assert figures(no, yes, weight, NumberPairs(0.5))["agreement"] == 0.0


def test_rows_count_by_their_weights() -> None:
    weight = rng.integers(0, 3, ROWS).astype(float)
    repeated = np.repeat(np.arange(ROWS), weight.astype(int))
    ours = figures(BASELINE, CANDIDATE, weight, NumberPairs(0.5))
    theirs = figures(BASELINE[repeated], CANDIDATE[repeated], np.ones(len(repeated)), NumberPairs(0.5))
    assert ours == pytest.approx(theirs, rel=1e-9)
    # No distance but chi-squared's knows how much all rows weigh together.
    lighter = figures(BASELINE, CANDIDATE, weight / 10, NumberPairs(0.5))
    assert lighter.pop("chi_squared_test.statistic") == pytest.approx(ours.pop("chi_squared_test.statistic") / 10)
    assert lighter == pytest.approx(ours, rel=1e-9)


def test_the_correlation_of_numbers_far_from_zero_keeps_its_digits() -> None:
    found = figures(1e9 + BASELINE, 1e9 + CANDIDATE)
    assert found["correlation"] == pytest.approx(np.corrcoef(BASELINE, CANDIDATE)[0, 1], rel=1e-6)
    assert found["mean_difference"] == pytest.approx((CANDIDATE - BASELINE).mean(), abs=1e-6)


def test_what_is_undefined_is_nan_and_equal_infinities_do_not_differ() -> None:
    assert np.isnan(figures(np.full(9, 0.1), BASELINE[:9])["correlation"])
    alike = figures(np.array([-np.inf, 1.0, 2.0]), np.array([-np.inf, 1.0, 3.0]))
    assert alike["mean_difference"] == pytest.approx(1 / 3)
    assert alike["max_absolute_difference"] == 1
    assert figures(BASELINE, CANDIDATE, np.zeros(ROWS)) == {}


def test_the_histogram_of_differences_has_every_row_and_few_bars() -> None:
    pairs = NumberPairs()
    one, other = samples_of(BASELINE, CANDIDATE, ONES)
    cuts = tuple(map(cut_points, pairs.series(one, other)))
    points = pairs.curves(pairs.sums(one, other, cuts), cuts)["difference_histogram"]
    assert len(points) <= 200
    assert sum(point.weight or 0 for point in points) == ROWS
    assert points[0].x == (CANDIDATE - BASELINE).min()
    heights, _ = np.histogram(CANDIDATE - BASELINE, len(points))
    assert [point.weight for point in points] == heights.tolist()


def test_classes_agree_as_scikit_learn_says() -> None:
    baseline, candidate = rng.integers(0, 4, ROWS), rng.integers(0, 4, ROWS)
    candidate = np.where(rng.random(ROWS) < 0.6, baseline, candidate)
    weight = rng.random(ROWS)
    found = figures(baseline, candidate, weight, ClassPairs(5))
    assert found["agreement"] == pytest.approx(weight @ (baseline == candidate) / weight.sum(), rel=1e-12)
    kappa = cohen_kappa_score(baseline, candidate, sample_weight=weight)
    assert found["cohen_kappa"] == pytest.approx(kappa, rel=1e-9)
    shares = [np.bincount(side, weight, 5) / weight.sum() for side in (baseline, candidate)]
    assert found["tv_distance"] == pytest.approx(np.abs(shares[0] - shares[1]).sum() / 2, rel=1e-9)
    assert set(found) < set(NAMES)
    assert np.isnan(figures(np.zeros(9, int), np.zeros(9, int), ONES, ClassPairs(2))["cohen_kappa"])
    assert figures(baseline, candidate, np.zeros(ROWS), ClassPairs(5)) == {}
