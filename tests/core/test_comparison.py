from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.rows import count_rows, diff_row, metric_row

from spark_models.core.comparison import Comparison, ordered, ordered_diffs

ROWS = (
    *count_rows(rows=10, rows_compared=8),
    metric_row("rows_compared", 3, 3, source="rows", slice_column="origin", slice_value="JFK"),
    metric_row("roc_auc", 0.75, 0.5),
    metric_row("log_loss", 0.25, 0.5),
    metric_row("roc_auc", 0.75, 0.5, slice_column="origin", slice_value=None),
    metric_row("log_loss", 0.25, 0.5, slice_column="origin", slice_value=None),
    metric_row("roc_auc", 0.75, 0.5, slice_column="origin", slice_value=""),
    metric_row("roc_auc", 0.75, 0.5, slice_column="origin", slice_value="JFK"),
    metric_row("a", 1.0, 2.0, source="logged"),
    metric_row("b", 1.0, 2.0, source="logged"),
    metric_row("roc_auc", 0.75, 0.5, candidate_version=3),
)


@given(st.permutations(ROWS))
def test_rows_have_one_order_however_the_table_gives_them(shuffled: list[Any]) -> None:
    assert ordered(shuffled) == ROWS


@given(
    st.permutations(
        [diff_row("alpha", "1", "2"), diff_row("beta", "1", None), diff_row("alpha", "1", "2", kind="file")]
    )
)
def test_differences_have_one_order_too(shuffled: list[Any]) -> None:
    assert [(diff.kind, diff.name) for diff in ordered_diffs(shuffled)] == [
        ("parameter", "alpha"),
        ("parameter", "beta"),
        ("file", "alpha"),
    ]


def test_multiclass_metrics_keep_the_order_of_their_own_task() -> None:
    rows = [metric_row(name, 0.5, 0.5, task="multiclass") for name in ("log_loss", "f1_macro", "accuracy")]
    assert [row.metric for row in ordered(rows)] == ["accuracy", "f1_macro", "log_loss"]


def test_metrics_with_a_parameter_are_in_the_order_of_their_numbers_after_those_without() -> None:
    names = ["mrr", "ndcg_at_2", "ndcg_at_5", "ndcg_at_10", "recall_at_5"]
    rows = [metric_row(name, 0.5, 0.5, task="ranking") for name in reversed(names)]
    assert [row.metric for row in ordered(rows)] == names


def test_slices_of_numbers_are_in_the_order_of_the_numbers() -> None:
    values = [None, "-2", "-1", "0.5", "3", "10", "", "1: up to 4", "2: up to 9", "10: above 70", "JFK", "NaN"]
    rows = [metric_row("mae", 0.5, 0.5, slice_column="hour", slice_value=value) for value in reversed(values)]
    assert [row.slice_value for row in ordered(rows)] == values


def test_a_comparison_gives_its_rows_by_candidate_and_source() -> None:
    comparison = Comparison(ROWS, ())
    assert (comparison.comparison_id, comparison.model_name, comparison.baseline_version) == ("first", "delay", 1)
    assert comparison.candidate_versions == (2, 3)
    assert list(comparison.overall(2)) == ["roc_auc", "log_loss"]
    assert comparison.overall(2)["roc_auc"].slice_column is None
    assert list(comparison.overall(2, "logged")) == ["a", "b"]
    assert comparison.overall(2, "rows")["rows_compared"].candidate_value == 8
    assert [row.slice_value for row in comparison.of(2)] == [None, None, None, None, "", "JFK"]
    assert list(comparison.overall(3)) == ["roc_auc"]
