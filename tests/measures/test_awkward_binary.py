"""Binary classification on data as bad as it comes, against scikit-learn on the rows that have a weight."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn import metrics as sk
from tests.measures.without_spark import measured, overall, same

from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.sample import Floats

COSTS = (-1.0, 1.0, 5.0, 0.5)
SETTINGS = BinarySettings(threshold=0.3, costs=COSTS, top=(0.1, 0.3, 1.0))
# Few values, so that there are ties; the threshold and ends of ranges, and what is just beside them.
TIED = [0.0, -0.0, 1e-300, 0.1, np.nextafter(0.3, 0), 0.3, np.nextafter(0.3, 1), 0.5, 0.7, 1.0]
SCORES = st.sampled_from(TIED) | st.floats(0, 1)
ANY = st.sampled_from([-np.inf, -1e300, -1.0, -1e-300, 0.0, -0.0, 0.3, 1e300, np.inf]) | st.floats(allow_nan=False)
LABELS, WEIGHTS = st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0, 0.1, 0.3, 2.0])
ROWS = st.lists(st.tuples(LABELS, SCORES, WEIGHTS), min_size=1, max_size=25)
RANGES = st.sampled_from([1, 2, 5, 100])

OF_FLAGS: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "mcc": sk.matthews_corrcoef,
    "cohen_kappa": sk.cohen_kappa_score,
}
OF_SCORES: dict[str, Callable[..., float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
}


def columns(rows: list[tuple[float, ...]]) -> tuple[Floats, ...]:
    return tuple(np.array(rows, float).reshape(-1, 3).T)


def of_flags(label: Floats, score: Floats, weight: Floats) -> dict[str, float]:
    flagged = (score >= SETTINGS.threshold).astype(float)
    found = {name: function(label, flagged, sample_weight=weight) for name, function in OF_FLAGS.items()}
    cells = sk.confusion_matrix(label, flagged, labels=[0, 1], sample_weight=weight)
    (rejections, alarms), (misses, hits) = cells
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        label, flagged, average="binary", sample_weight=weight, zero_division=0
    )
    negatives = rejections + alarms
    return found | {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "specificity": rejections / negatives if negatives else 0.0,
        "cost": (np.array(COSTS) @ [hits, alarms, misses, rejections]) / weight.sum(),
        "true_positives": hits,
        "false_positives": alarms,
        "false_negatives": misses,
        "true_negatives": rejections,
    }


def of_probabilities(label: Floats, score: Floats, weight: Floats) -> dict[str, float]:
    if score.min() < 0 or score.max() > 1:
        return dict.fromkeys(("log_loss", "brier", "d2_log_loss", "expected_calibration_error"), np.nan)
    options = {"sample_weight": weight, "labels": [0, 1]}
    ranges = np.searchsorted(np.linspace(0, 1, 11)[1:-1], score)
    gaps = [abs(weight[ranges == place] @ (label - score)[ranges == place]) for place in range(10)]
    both = 0 < label.mean() < 1
    return {
        "log_loss": sk.log_loss(label, score, **options),
        "brier": sk.brier_score_loss(label, score, **options),
        "d2_log_loss": sk.d2_log_loss_score(label, score, **options) if both else np.nan,
        "expected_calibration_error": sum(gaps) / weight.sum(),
    }


def of_ranks(label: Floats, score: Floats, weight: Floats) -> dict[str, float]:
    """By scikit-learn on ranks, since it takes no infinities, and by going over all thresholds."""
    rank, names = rankdata(score, "dense"), ("roc_auc", "gini", "ks")
    there = {1: label.any(), 0: not label.all()}
    found = dict.fromkeys((*names, "average_precision", "max_f1", "gain_at_10", "lift_at_30", "gain_at_100"), np.nan)
    if there[1]:
        found["average_precision"] = sk.average_precision_score(label, rank, sample_weight=weight)
        bounds = np.unique(rank)
        found["max_f1"] = max(sk.f1_score(label, rank >= bound, sample_weight=weight) for bound in bounds)
        found |= {"gain_at_10": gain(label, rank, weight, 0.1), "lift_at_30": gain(label, rank, weight, 0.3) / 0.3}
        found["gain_at_100"] = 1.0
    if all(there.values()):
        area = sk.roc_auc_score(label, rank, sample_weight=weight)
        found |= {"roc_auc": area, "gini": 2 * area - 1, "ks": greatest_distance(label, rank, weight)}
    return found


def greatest_distance(label: Floats, rank: Floats, weight: Floats) -> float:
    shares = [np.where(label == one, weight, 0) / weight[label == one].sum() for one in (1, 0)]
    return max(abs(float((shares[0] - shares[1])[rank >= bound].sum())) for bound in np.unique(rank))


def gain(label: Floats, rank: Floats, weight: Floats, share: float) -> float:
    """The share of positives among the top, where rows that are tied at its end are in it in part."""
    left, hits = share * weight.sum(), 0.0
    for bound in np.unique(rank)[::-1]:
        tied = rank == bound
        part = min(left / weight[tied].sum(), 1.0)
        hits, left = hits + part * (weight * label)[tied].sum(), left - part * weight[tied].sum()
    return float(hits / (weight @ label))


def expected(label: Floats, score: Floats, weight: Floats) -> dict[str, float]:
    label, score, weight = (column[weight > 0] for column in (label, score, weight))
    if not len(label):
        names = (*OF_FLAGS, *OF_SCORES, "f1", "log_loss", "max_f1", "min_cost", "ks", "lift_at_30")
        return dict.fromkeys(names, np.nan) | {"true_positives": 0.0, "false_negatives": 0.0}
    bounds = [*np.unique(score), None]
    of_bounds = [score >= bound if bound is not None else np.zeros(len(score), bool) for bound in bounds]
    hit, alarm, miss, rejection = COSTS
    costs = [
        weight @ np.where(flag, label * hit + (1 - label) * alarm, label * miss + (1 - label) * rejection)
        for flag in of_bounds
    ]
    least = {"min_cost": min(costs) / weight.sum()}
    of = (label, score, weight)
    return of_flags(*of) | of_probabilities(*of) | of_ranks(*of) | least


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.UndefinedMetricWarning")
@given(ROWS, st.sets(st.integers(1, 24), max_size=4), RANGES)
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[float, ...]], splits: set[int], in_range: int) -> None:
    label, score, weight = columns(rows)
    splits = {split for split in splits if split < len(rows)}
    found = measured(
        "binary", label, {1: score}, weight=weight, splits=splits, settings=SETTINGS, rows_per_range=in_range
    )
    assert same(overall(found), expected(label, score, weight)) == []


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.UndefinedMetricWarning")
@given(st.lists(st.tuples(LABELS, ANY, WEIGHTS), min_size=1, max_size=15), st.integers(1, 14), RANGES)
def test_scores_of_any_size_and_infinite_ones_have_an_order(
    rows: list[tuple[float, ...]], split: int, in_range: int
) -> None:
    label, score, weight = columns(rows)
    splits = [min(split, len(rows))]
    found = measured(
        "binary", label, {1: score}, weight=weight, splits=splits, settings=SETTINGS, rows_per_range=in_range
    )
    assert same(overall(found), expected(label, score, weight)) == []


def test_infinite_scores_are_tied_with_one_another() -> None:
    label, score = [1.0, 0.0, 1.0, 0.0], [np.inf, np.inf, -np.inf, -np.inf]
    found = overall(measured("binary", label, {1: score}))
    assert (found["roc_auc"], found["average_precision"], found["ks"]) == (0.5, 0.5, 0.0)


def test_flags_that_are_all_alike_correlate_with_nothing() -> None:
    label, weight = np.array([0.0, 1.0] * 6), np.resize([0.1, 0.3, 0.7, 0.2, 0.6], 12)
    found = overall(measured("binary", label, {1: np.ones(12)}, weight=weight))
    assert found["mcc"] == 0.0


@pytest.mark.parametrize("scores", [(0.5, np.nextafter(0.5, 1)), (0.0, 5e-324), (-1.7e308, 1.7e308), (0.3, 0.3)])
def test_scores_hardly_apart_and_far_apart_can_be_drawn(scores: tuple[float, float]) -> None:
    found = overall(measured("binary", [0.0, 1.0, 0.0], {1: [*scores, scores[0]]}))
    assert found["roc_auc"] == (1.0 if scores[1] > scores[0] else 0.5)


@pytest.mark.parametrize("in_range", [1, 2, 3, 100])
@pytest.mark.parametrize("weight", [0.1, 0.3, 0.7, 1.0])
def test_of_thresholds_that_are_as_good_the_highest_is_found_however_sums_are_rounded(
    weight: float, in_range: int
) -> None:
    # F1 is 0.4 from the first row on, where 1 of 1 is a hit, and from the sixth row on, where 2 of 6 are; 4 are to hit.
    label = [1.0, *[0.0] * 4, 1.0, *[0.0] * 20, 1.0, 1.0]
    score = np.linspace(0.9, 0.1, len(label))
    # It costs as much, to flag these as to flag none.
    settings = BinarySettings(costs=(0.0, 0.25, 1.0, 0.0))
    for splits in ([], [3, 7], [1, 5, 6]):
        found = overall(
            measured(
                "binary",
                label,
                {1: score},
                weight=[weight] * len(label),
                splits=splits,
                settings=settings,
                rows_per_range=in_range,
            )
        )
        assert [found["threshold_max_f1"], found["max_f1"]] == pytest.approx([0.9, 0.4], rel=1e-9)
        assert [found["threshold_min_cost"], found["min_cost"]] == pytest.approx([0.9, 3 / 28], rel=1e-9)


def test_scores_the_other_way_around_are_as_far_apart_as_surely() -> None:
    # Data of which one threshold is the best.
    rng = np.random.default_rng(4)
    label = (rng.random(60) < 0.4).astype(float)
    score = rng.normal(label, 1.0)
    found = measured("binary", label, {1: score, 2: -score})
    assert found[2, None, None].values["ks"] == pytest.approx(found[1, None, None].values["ks"])
    assert found[2, None, None].paired_errors["ks"] == pytest.approx(0, abs=1e-12)
    assert found[1, None, None].errors["ks"] != 0


def test_a_range_without_a_gap_adds_no_error_however_its_sums_are_rounded() -> None:
    # Of weight 2.7 with scores that sum to 2.6, labels that do, too.
    weight, score = [0.1, 0.3, 0.3, 2.0], [1.0, 1.0, 1.0, 0.95]
    for splits in ([], [1], [2], [3], [1, 2, 3]):
        found = measured("binary", [0.0, 1.0, 1.0, 1.0], {1: score}, weight=weight, splits=splits)[1, None, None]
        assert found.values["expected_calibration_error"] == 0
        assert found.errors["expected_calibration_error"] == 0


def test_where_the_top_ends_between_two_scores_the_higher_one_has_its_end() -> None:
    # Half of the weight is just above the threshold, whichever way it is summed up.
    label, score = np.tile([1.0, 0.0, 0.0], 20), np.linspace(1, 0, 60)
    settings = BinarySettings(top=(0.5,))
    errors = [
        measured(
            "binary",
            label,
            {1: score},
            weight=np.full(60, weight),
            splits=splits,
            settings=settings,
            rows_per_range=in_range,
        )[1, None, None].errors["gain_at_50"]
        for weight in (1.0, 0.1, 0.3, 0.7)
        for splits in ([], [7, 29])
        for in_range in (1, 30, 100)
    ]
    assert errors == pytest.approx([errors[0]] * len(errors))
