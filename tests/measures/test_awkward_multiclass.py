"""Multiclass classification on data as bad as it comes, against scikit-learn on the rows that have a weight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk
from tests.measures.without_spark import measured, overall, same

CLASSES = st.sampled_from("aaabcd")
WEIGHTS = st.sampled_from([0.0, 1.0, 0.1, 0.3, 2.0])
GIVEN = st.sampled_from([0.0, 1.0, 1e-300, 0.25]) | st.floats(0, 1)
ROWS = st.lists(st.tuples(CLASSES, st.sampled_from("abcde"), GIVEN, WEIGHTS), min_size=1, max_size=20)


def expected(rows: list[tuple[str, str, float, float]]) -> dict[str, float]:
    rows = [row for row in rows if row[3] > 0]
    averages = [(name, average) for name in ("precision", "recall", "f1") for average in ("macro", "weighted")]
    if not rows:
        names = ("accuracy", "balanced_accuracy", "mcc", "cohen_kappa", "log_loss", "d2_log_loss")
        return dict.fromkeys((*names, *(f"{name}_{average}" for name, average in averages)), np.nan)
    label, told, given_, weight = (np.array(column) for column in zip(*rows, strict=True))
    functions = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    found = {
        f"{name}_{average}": functions[name](label, told, average=average, zero_division=0, sample_weight=weight)
        for name, average in averages
    }
    # What the true class is given, and the rest of it for the others.
    classes = sorted("abcde")
    right = label[:, None] == np.array(classes)
    matrix = np.where(right, given_[:, None], (1 - given_[:, None]) / (len(classes) - 1))
    options = {"sample_weight": weight, "labels": classes}
    several = len(set(label)) > 1
    return found | {
        "accuracy": sk.accuracy_score(label, told, sample_weight=weight),
        "balanced_accuracy": sk.balanced_accuracy_score(label, told, sample_weight=weight),
        "mcc": sk.matthews_corrcoef(label, told, sample_weight=weight),
        "cohen_kappa": sk.cohen_kappa_score(label, told, sample_weight=weight),
        "log_loss": sk.log_loss(label, matrix, **options),
        "d2_log_loss": sk.d2_log_loss_score(label, matrix, **options) if several else np.nan,
    }


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.UndefinedMetricWarning")
@given(ROWS, st.sets(st.integers(1, 19), max_size=3))
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[str, str, float, float]], splits: set[int]) -> None:
    label, told, given_, weight = zip(*rows, strict=True)
    splits = {split for split in splits if split < len(rows)}
    found = measured("multiclass", label, {1: told}, probabilities={1: given_}, weight=weight, splits=splits)
    assert same(overall(found), expected(rows)) == []


def test_one_class_told_of_several_correlates_with_nothing() -> None:
    label, weight = "abcabcabcabc", np.resize([0.1, 0.3, 0.7, 0.2, 0.6], 12)
    found = measured("multiclass", label, {1: "a" * 12}, probabilities={1: [0.5] * 12}, weight=weight)
    assert overall(found)["mcc"] == 0.0


@pytest.mark.parametrize("outside", [-0.1, 1.1, np.inf, -np.inf, np.nan])
def test_a_probability_that_is_none_leaves_no_log_loss_unless_its_row_has_no_weight(outside: float) -> None:
    for weight, left_out in ((1.0, True), (0.0, False)):
        found = measured("multiclass", "ab", {1: "ab"}, probabilities={1: [0.5, outside]}, weight=[1.0, weight])
        assert (overall(found)["log_loss"] is None) == left_out
