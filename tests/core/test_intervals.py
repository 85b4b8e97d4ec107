from dataclasses import replace
from typing import Any

import pytest
from scipy import stats
from tests.rows import metric_row

from spark_models.core.intervals import benjamini_hochberg, interval, p_value
from spark_models.core.metric_intervals import Reached, with_evidence, with_intervals


@pytest.mark.parametrize(("change", "error"), [(0.3, 0.1), (-0.3, 0.2), (0.0, 1.0), (8.0, 1.0)])
def test_p_values_are_those_of_the_normal_distribution(change: float, error: float) -> None:
    assert p_value(change, error) == pytest.approx(2 * stats.norm.sf(abs(change / error)), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "expected"), [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (None, 1.0, None), (1.0, None, None)]
)
def test_p_values_where_there_is_nothing_to_divide_by(
    change: float | None, error: float | None, expected: float | None
) -> None:
    assert p_value(change, error) == expected


def test_an_interval_is_as_wide_as_its_confidence_asks() -> None:
    assert interval(2.0, 3.0, 0.9) == pytest.approx(stats.norm.interval(0.9, 2.0, 3.0))
    assert interval(None, 3.0, 0.9) == interval(2.0, None, 0.9) == (None, None)


def test_p_values_are_adjusted_as_scipy_does() -> None:
    values = [0.001, 0.2, 0.03, 0.04, 0.9, 0.03]
    assert benjamini_hochberg(values) == pytest.approx(list(stats.false_discovery_control(values)))
    assert benjamini_hochberg([None, 0.5]) == [None, 0.5]


def test_a_change_that_no_row_contradicts_is_no_evidence() -> None:
    def found(change: float, error: float) -> tuple[str | None, float | None, float | None]:
        row = metric_row("recall", 0.5 + change, 0.5)
        both = dict.fromkeys((1, 2), Reached(40, {}, {"recall": 0.1}, {"recall": error}))
        (one,) = with_evidence([with_intervals(row, both, 0.95, 50)])
        return one.evidence, one.p_value, one.change_low

    assert found(0.5, 0.0) == found(0.5, 1e-17) == (None, None, None)
    assert found(0.0, 0.0) == ("unclear", 1.0, 0.0)
    assert found(0.5, 1e-3)[0] == "better"


def test_a_slice_is_worse_only_if_it_is_among_all_slices() -> None:
    changes = {"a": -0.3, "b": -0.19, "c": 0.0, "d": 0.01}
    rows = []
    for value, change in changes.items():
        row = replace(metric_row("roc_auc", 0.8 + change, 0.8), slice_column="origin", slice_value=value, change=change)
        reached = Reached(40, {}, {"roc_auc": 0.1}, {"roc_auc": 0.09})
        rows.append(with_intervals(row, {row.candidate_version: reached, row.baseline_version: reached}, 0.95, 50))
    found = {row.slice_value: row for row in with_evidence(rows)}
    assert {value: row.evidence for value, row in found.items()} == {
        "a": "worse",
        "b": "unclear",
        "c": "unclear",
        "d": "unclear",
    }
    assert found["b"].p_value is not None
    assert found["b"].p_value < 0.05
    assert all(row.small for row in found.values())


def test_each_number_has_the_interval_of_its_own_error() -> None:
    row = metric_row("roc_auc", 0.8, 0.7)
    reached = {
        2: Reached(50, {}, {"roc_auc": 0.01}, {"roc_auc": 0.02}),
        1: Reached(50, {}, {"roc_auc": 0.03}, {"roc_auc": 0.0}),
    }
    found = with_intervals(row, reached, 0.9, 50)
    assert (found.candidate_low, found.candidate_high) == interval(0.8, 0.01, 0.9)
    assert (found.baseline_low, found.baseline_high) == interval(0.7, 0.03, 0.9)
    assert (found.change_low, found.change_high) == interval(row.change, 0.02, 0.9)
    assert found.p_value == p_value(row.change, 0.02)
    assert (found.rows, found.small, found.confidence) == (50, False, 0.9)
    assert with_intervals(row, reached, 0.9, 51).small


@pytest.mark.parametrize(
    "apart",
    [{"candidate_version": 3}, {"metric": "log_loss"}, {"source": "agreement"}, {"slice_column": None}],
    ids=["another candidate", "another metric", "another source", "all rows"],
)
def test_only_slices_of_one_metric_and_candidate_are_taken_together(apart: dict[str, Any]) -> None:
    first = replace(metric_row("roc_auc", 0.8, 0.7), slice_column="origin", slice_value="a", p_value=0.03)
    rows = [first, replace(first, slice_value="b", p_value=0.5), replace(first, p_value=0.9, **apart)]
    assert [row.adjusted_p_value for row in with_evidence(rows)] == [0.06, 0.5, 0.9]


@pytest.mark.parametrize(
    ("candidate", "baseline", "evidence"), [(0.1, 0.5, "better"), (-0.5, -0.1, "worse"), (-0.1, 0.5, "unclear")]
)
def test_a_change_across_zero_of_what_is_best_there_tells_nothing(
    candidate: float, baseline: float, evidence: str
) -> None:
    row = replace(metric_row("bias", candidate, baseline), confidence=0.95, p_value=0.001)
    assert [found.evidence for found in with_evidence([row])] == [evidence]


@pytest.mark.parametrize(("p", "evidence"), [(0.0499, "better"), (0.0501, "unclear"), (None, None)])
def test_evidence_is_what_is_below_the_level(p: float | None, evidence: str | None) -> None:
    row = replace(metric_row("roc_auc", 0.8, 0.7), confidence=0.95, p_value=p)
    assert [found.evidence for found in with_evidence([row])] == [evidence]
    assert [found.evidence for found in with_evidence([replace(row, verdict="none")])] == [None]
