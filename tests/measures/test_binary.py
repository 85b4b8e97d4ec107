from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk
from tests.measures.in_one_process import contributions, values

from spark_models.measures.binary_settings import BinarySettings

rng = np.random.default_rng(7)
ROWS = 900
LABEL = (rng.random(ROWS) < 0.3).astype(float)
SMOOTH = 1 / (1 + np.exp(-(1.2 * (2 * LABEL - 1) + rng.normal(size=ROWS))))
TIED = np.round(SMOOTH, 1)
CONSTANT = np.full(ROWS, 0.4)
WEIGHT = rng.integers(0, 4, ROWS).astype(float)

ALL_SCORES = pytest.mark.parametrize("score", [SMOOTH, TIED, CONSTANT], ids=["smooth", "tied", "constant"])
ALL_WEIGHTS = pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])

OF_SCORES: dict[str, Callable[..., float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "d2_log_loss": sk.d2_log_loss_score,
}
OF_FLAGS: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
    "mcc": sk.matthews_corrcoef,
    "cohen_kappa": sk.cohen_kappa_score,
}


@ALL_SCORES
@ALL_WEIGHTS
def test_metrics_are_those_of_scikit_learn(score: np.ndarray, weight: np.ndarray | None) -> None:
    found = values(LABEL, score, weight)
    for name, function in OF_SCORES.items():
        assert found[name] == pytest.approx(function(LABEL, score, sample_weight=weight), abs=1e-9), name
    flagged = score >= 0.5
    for name, function in OF_FLAGS.items():
        assert found[name] == pytest.approx(function(LABEL, flagged, sample_weight=weight), abs=1e-9), name
    precision = sk.precision_score(LABEL, flagged, sample_weight=weight, zero_division=0)
    assert found["precision"] == pytest.approx(precision, abs=1e-9)
    (rejections, alarms), (misses, hits) = sk.confusion_matrix(LABEL, flagged, sample_weight=weight)
    counts = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    assert [found[name] for name in counts] == [rejections, alarms, misses, hits]
    assert found["specificity"] == pytest.approx(rejections / (rejections + alarms), abs=1e-9)
    assert found["gini"] == pytest.approx(2 * found["roc_auc"] - 1, abs=1e-12)


@ALL_SCORES
def test_ks_is_that_of_scipy(score: np.ndarray) -> None:
    assert values(LABEL, score)["ks"] == pytest.approx(stats.ks_2samp(score[LABEL == 1], score[LABEL == 0]).statistic)


def test_calibration_error_is_the_mean_gap_over_equal_ranges() -> None:
    ranges = np.clip(np.ceil(SMOOTH * 10).astype(int) - 1, 0, 9)
    gaps = [abs((LABEL - SMOOTH)[ranges == place].sum()) for place in range(10)]
    assert values(LABEL, SMOOTH)["expected_calibration_error"] == pytest.approx(sum(gaps) / ROWS, abs=1e-12)


@ALL_SCORES
@ALL_WEIGHTS
def test_searched_thresholds_are_the_best_there_are(score: np.ndarray, weight: np.ndarray | None) -> None:
    costs = (0.0, 1.0, 5.0, 0.0)
    found = values(LABEL, score, weight, BinarySettings(costs=costs))
    weight = np.ones(ROWS) if weight is None else weight
    thresholds = [*np.unique(score), np.inf]
    f1 = [sk.f1_score(LABEL, score >= bound, sample_weight=weight) for bound in thresholds]
    alarm, miss = (1 - LABEL) * weight, LABEL * weight
    cost = [(alarm[score >= t].sum() + 5 * miss[score < t].sum()) / weight.sum() for t in thresholds]
    assert found["max_f1"] == pytest.approx(max(f1), abs=1e-9)
    assert f1[thresholds.index(found["threshold_max_f1"])] == pytest.approx(max(f1), abs=1e-9)
    assert found["min_cost"] == pytest.approx(min(cost), abs=1e-9)
    assert cost[thresholds.index(found["threshold_min_cost"])] == pytest.approx(min(cost), abs=1e-9)


def test_lift_counts_the_positives_in_the_top_rows() -> None:
    found = values(LABEL, SMOOTH, settings=BinarySettings(top=(0.1, 0.025)))
    top = LABEL[np.argsort(-SMOOTH)][: ROWS // 10]
    assert found["gain_at_10"] == pytest.approx(top.sum() / LABEL.sum(), abs=1e-12)
    assert found["lift_at_10"] == pytest.approx(top.mean() / LABEL.mean(), abs=1e-12)
    assert "lift_at_2.5" in found


def test_scores_that_are_all_alike_lift_nothing() -> None:
    assert values(LABEL, CONSTANT)["lift_at_10"] == pytest.approx(1.0)


@pytest.mark.parametrize("label", [[1.0, 1.0], [0.0, 0.0], [1.0], []])
def test_what_is_undefined_is_nan(label: list[float]) -> None:
    with np.errstate(all="raise"):
        found = values(label, [0.25] * len(label))
    assert np.isnan(found["roc_auc"])
    assert np.isnan(found["ks"])


def test_scores_outside_of_0_to_1_have_ranks_but_no_log_loss() -> None:
    found = values([1.0, 0.0, 1.0], [3.0, -np.inf, np.inf])
    assert found["roc_auc"] == 1.0
    assert "log_loss" not in found


def test_the_variance_of_the_auc_is_that_of_delong() -> None:
    positives, negatives = SMOOTH[LABEL == 1], SMOOTH[LABEL == 0]
    won = (positives[:, None] > negatives).astype(float)
    delong = won.mean(axis=1).var(ddof=1) / len(positives) + won.mean(axis=0).var(ddof=1) / len(negatives)
    assert (contributions(LABEL, SMOOTH)["roc_auc"] ** 2).sum() == pytest.approx(delong, rel=1e-9)


# Scores that two models gave to the same rows: the differences' errors are those of the rows in pairs.
OTHER = 1 / (1 + np.exp(-(0.8 * (2 * LABEL - 1) + rng.normal(size=ROWS) / 2 + np.log(SMOOTH / (1 - SMOOTH)) / 2)))


def test_standard_errors_are_those_of_the_bootstrap() -> None:
    settings = BinarySettings(costs=(0.0, 1.0, 5.0, 0.0), top=(0.2,))
    ours, theirs = contributions(LABEL, SMOOTH, settings=settings), contributions(LABEL, OTHER, settings=settings)
    draws = [rng.integers(0, ROWS, ROWS) for _ in range(400)]
    drawn = [(values(LABEL[d], SMOOTH[d], None, settings), values(LABEL[d], OTHER[d], None, settings)) for d in draws]
    for name in ours:
        alone = np.std([one[name] for one, _ in drawn])
        apart = np.std([one[name] - other[name] for one, other in drawn])
        # The bootstrap's own error at 400 draws is about 4 %.
        wide = 0.35 if name in {"max_f1", "min_cost", "ks", "expected_calibration_error"} else 0.15
        assert np.sqrt((ours[name] ** 2).sum()) == pytest.approx(alone, rel=wide), name
        assert np.sqrt(((ours[name] - theirs[name]) ** 2).sum()) == pytest.approx(apart, rel=wide), name


def test_influences_have_no_mean() -> None:
    for name, each in contributions(LABEL, SMOOTH, WEIGHT).items():
        assert each.sum() == pytest.approx(0.0, abs=1e-3 if "_at_" in name or name.startswith("max") else 1e-9), name


@pytest.mark.parametrize("label", [[1.0, 1.0], [0.0, 0.0]])
def test_of_one_class_what_is_defined_has_a_standard_error(label: list[float]) -> None:
    found = contributions(label, [0.25, 0.75])
    assert np.isfinite(found["log_loss"]).all()
    assert not np.isfinite(found["roc_auc"]).any()


def test_a_row_at_the_end_of_the_top_stands_for_those_around_it() -> None:
    label = np.tile([1.0, 0.0], 100)
    score = np.linspace(1, 0, 200)
    found = contributions(label, score, settings=BinarySettings(top=(0.25,)))["gain_at_25"]
    # 25 of the 50 highest are positive, and so are 8 of 17, or 9, around the last of them, where the row itself is not.
    inside = (np.arange(200) < 50).astype(float)
    rate = label[41:58].mean()
    expected = (inside * label - rate * (inside - 0.25) - 0.25 * label) / 0.5 / np.sqrt(200 * 199)
    assert found == pytest.approx(expected, rel=1e-9)
