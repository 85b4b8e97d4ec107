from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk
from tests.measures.totals import influences_of, values_of

from spark_models.core.metrics import METRICS
from spark_models.measures.multilabel import MultilabelTask
from spark_models.measures.sample import Floats, Sample

rng = np.random.default_rng(13)
ROWS, LABELS = 300, 6
# The last label never occurs, and some rows have none or all of the others.
LABEL = (rng.random((ROWS, LABELS)) < [0.6, 0.5, 0.3, 0.3, 0.1, 0.0]).astype(np.int64)
LABEL[:5], LABEL[5:10] = 0, [1, 1, 1, 1, 1, 0]
SMOOTH = np.clip(rng.normal(0.35 + 0.3 * LABEL, 0.2), 0, 1)
TIED = np.round(SMOOTH, 1)
CONSTANT = np.full((ROWS, LABELS), 0.5)
NEVER = np.zeros((ROWS, LABELS))
WEIGHT = rng.integers(0, 4, ROWS).astype(float)


def values(label: NDArray[Any], score: Floats, weight: Floats | None = None) -> dict[str, float]:
    sample = Sample(label, score, np.ones(len(label)) if weight is None else weight)
    return dict(values_of(MultilabelTask(0.5), sample))


def expected(label: NDArray[Any], score: Floats, weight: Floats | None) -> dict[str, float]:
    flagged = (score >= 0.5).astype(np.int64)
    flags: dict[str, Any] = {"sample_weight": weight, "zero_division": 0}
    of_flags = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    averages = {
        f"{name}_{average}": function(label, flagged, average=average, **flags)
        for name, function in of_flags.items()
        for average in ("micro", "macro", "weighted", "samples")
    }
    of_jaccard = {
        f"jaccard_{average}": sk.jaccard_score(label, flagged, average=average, **flags)
        for average in ("macro", "samples")
    }
    of_ranks = {
        "label_ranking_average_precision": sk.label_ranking_average_precision_score,
        "label_ranking_loss": sk.label_ranking_loss,
        "coverage_error": sk.coverage_error,
    }
    losses = [
        sk.log_loss(label[:, place], score[:, place], labels=[0, 1], sample_weight=weight)
        for place in range(label.shape[1])
    ]
    return {
        "subset_accuracy": sk.accuracy_score(label, flagged, sample_weight=weight),
        "hamming_loss": sk.hamming_loss(label, flagged, sample_weight=weight),
        "log_loss": float(np.mean(losses)),
        **{name: function(label, score, sample_weight=weight) for name, function in of_ranks.items()},
        **averages,
        **of_jaccard,
    }


@pytest.mark.parametrize("score", [SMOOTH, TIED, CONSTANT, NEVER], ids=["smooth", "tied", "constant", "never"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])
def test_metrics_are_those_of_scikit_learn(score: Floats, weight: Floats | None) -> None:
    found = values(LABEL.astype(np.float64), score, weight)
    assert found == pytest.approx(expected(LABEL, score, weight), abs=1e-9)
    assert found.keys() == {metric.name for metric in METRICS["multilabel"]}


PARTS = st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
AWKWARD = st.lists(
    st.tuples(st.lists(PARTS, min_size=3, max_size=3), st.integers(0, 2)), min_size=1, max_size=6
).filter(lambda rows: any(weight for _, weight in rows))


@given(AWKWARD)
def test_metrics_of_awkward_rows_are_those_of_scikit_learn(rows: list[tuple[list[tuple[int, float]], int]]) -> None:
    parts = np.array([row for row, _ in rows], np.float64)
    label, weight = parts[:, :, 0].astype(np.int64), np.array([weight for _, weight in rows], np.float64)
    found = values(label, parts[:, :, 1], weight)
    assert found == pytest.approx(expected(label, parts[:, :, 1], weight), abs=1e-9)


def test_many_rows_are_ranked_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = values(LABEL, TIED)
    monkeypatch.setattr("spark_models.measures.label_ranks._AT_A_TIME", 7 * LABELS)
    assert values(LABEL, TIED) == pytest.approx(whole, abs=1e-12)


def test_no_rows_have_no_values() -> None:
    assert values(LABEL[:0], TIED[:0]) == {}


def test_scores_outside_of_0_to_1_have_ranks_but_no_log_loss() -> None:
    found = values(LABEL, SMOOTH * 3)
    assert "log_loss" not in found
    assert found["label_ranking_loss"] == pytest.approx(sk.label_ranking_loss(LABEL, SMOOTH), abs=1e-9)
    influences = influences_of(MultilabelTask(0.5), Sample(LABEL, SMOOTH * 3, np.ones(ROWS)))
    assert influences.keys() == found.keys()


def test_a_score_outside_of_0_to_1_in_a_row_without_weight_takes_no_log_loss_away() -> None:
    label, score = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.2, 0.9], [7.0, 0.1]])
    assert values(label, score, np.array([1.0, 0.0]))["log_loss"] == pytest.approx(
        values(label[:1], score[:1])["log_loss"]
    )


def test_what_has_nothing_to_divide_by_has_no_standard_error() -> None:
    influences = influences_of(MultilabelTask(0.5), Sample(LABEL, NEVER, np.ones(ROWS)))
    undefined = {name for name, each in influences.items() if np.isnan(each).any()}
    assert undefined == {"precision_micro", "precision_macro", "precision_weighted"}


def test_a_label_that_nobody_has_moves_no_macro_mean() -> None:
    influences = influences_of(MultilabelTask(0.5), Sample(LABEL, TIED, np.ones(ROWS)))
    assert all(np.isfinite(each).all() for each in influences.values())
