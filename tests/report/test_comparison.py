from io import StringIO

import pytest
from rich.console import Console
from tests.report.comparisons import comparison
from tests.rows import count_rows, diff_row, metric_row

from spark_models.core.comparison import Comparison, ordered
from spark_models.report.comparison import comparison_tables
from spark_models.report.markdown import comparison_markdown
from spark_models.report.numbers import number
from spark_models.report.told import MOST_DIFFERENCES, agreement_line


def shown(comparison: Comparison, width: int = 120) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(comparison_tables(comparison))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line(text: str, start: str) -> str:
    """The first line of a table that starts so, with single spaces."""
    return next(" ".join(row.split()) for row in text.splitlines() if row.strip().startswith(start))


COUNTS = count_rows(
    rows=84000,
    rows_compared=81990,
    rows_without_label=2000.0,
    rows_failed=(10.0, 0.0),
    rows_without_value=(0.0, 3.0),
)
METRICS = (
    metric_row("roc_auc", 0.75, 0.5),
    metric_row("log_loss", 0.75, 0.5),
    metric_row("accuracy", 0.5, 0.5),
    metric_row("recall", None, 0.5),
    metric_row("true_positives", 12345.0, 12000.0),
)
SLICES = (
    metric_row("roc_auc", 0.625, 0.5, slice_column="origin", slice_value="JFK"),
    metric_row("log_loss", 0.1, 0.2, slice_column="origin", slice_value="JFK"),
    metric_row("rows_compared", 1234.0, 1234.0, source="rows", slice_column="origin", slice_value="JFK"),
    metric_row("roc_auc", None, None, slice_column="origin", slice_value=None),
    metric_row("rows_compared", 1.0, 1.0, source="rows", slice_column="origin", slice_value=None),
)
COMPARISON = Comparison(ordered([*COUNTS, *METRICS, *SLICES]), ())


def test_metrics_over_all_rows_have_both_values_the_change_and_a_verdict() -> None:
    text = shown(COMPARISON)
    assert "delay: version 2 against version 1" in text
    assert line(text, "metric") == "metric candidate baseline change relative verdict"
    assert line(text, "roc_auc  ") == "roc_auc 0.75000 0.50000 +0.25000 +50.00% better"
    assert line(text, "log_loss") == "log_loss 0.75000 0.50000 +0.25000 +50.00% worse"
    assert line(text, "accuracy") == "accuracy 0.50000 0.50000 +0.00000 +0.00% equal"
    assert line(text, "recall") == "recall 0.50000"
    assert line(text, "true_positives") == "true_positives 12,345 12,000 +345 +2.88%"


def test_the_rows_that_were_left_out_are_told_by_why_and_by_version() -> None:
    told = " ".join(shown(COMPARISON, 1000).split())
    assert "81,990 of 84,000 rows compared; left out: 2,000: the label is NULL;" in told
    assert "10 of the candidate, 0 of the baseline: scoring the row failed;" in told
    assert "0 of the candidate, 3 of the baseline: the prediction is NULL or NaN" in told
    assert "NaN;" not in told
    everything = Comparison((*count_rows(rows=5, rows_compared=5), *METRICS), ())
    assert "5 of 5 rows compared\n" in shown(everything, 1000).replace(" \n", "\n")


def test_slices_of_a_ranking_say_that_they_count_groups() -> None:
    more = {"task": "ranking", "rows": 30}
    rows = metric_row("mrr", 0.5, 0.25, **more), metric_row("mrr", 0.5, 0.25, **more, slice_column="a", slice_value="b")
    found = Comparison(rows, ())
    assert line(shown(found), "slice") == "slice groups candidate baseline change verdict"
    assert "| slice (groups) |" in comparison_markdown(found)
    assert "slice (groups)" in found._repr_html_()


def test_groups_of_a_ranking_are_told_beside_its_rows() -> None:
    groups = metric_row("groups", 15, 15, source="rows")
    counts = count_rows(rows=120, rows_compared=115, rows_failed=5, rows_not_labelled=7)
    told = " ".join(shown(Comparison((*counts, groups, *METRICS), ()), 1000).split())
    assert "115 of 120 rows compared in 15 groups; left out: 5: scoring the row failed" in told
    assert "scoring the row failed; scored, but not among the labelled rows: 7" in told
    without = metric_row("groups_without_relevant_item", 2, 2, source="rows")
    told = " ".join(shown(Comparison((*counts, groups, without, *METRICS), ()), 1000).split())
    assert "rows compared in 15 groups, 2 of them without a relevant item; left out" in told


def test_slices_show_the_first_metric_and_how_many_rows_they_have() -> None:
    text = shown(COMPARISON)
    assert "roc_auc by slice" in text
    assert line(text, "slice ") == "slice rows candidate baseline change verdict"
    assert line(text, "origin = JFK") == "origin = JFK 1,234 0.62500 0.50000 +0.12500 better"
    assert text.count("origin = JFK") == 1
    assert line(text, "origin = NULL") == "origin = NULL 1"
    assert "by slice" not in shown(Comparison((*COUNTS, *METRICS), ()))


def test_metrics_that_the_runs_logged_have_a_table_of_their_own() -> None:
    logged = (
        metric_row("rmse", 1.0, 2.0, source="logged"),
        metric_row("loss", float("nan"), float("inf"), source="logged"),
    )
    text = shown(Comparison((*COUNTS, *METRICS, *logged), ()))
    assert "logged by the versions' own runs" in text
    assert line(text, "rmse") == "rmse 1.00000 2.00000 -1.00000 -50.00% better"
    assert line(text, "loss") == "loss nan inf"


def test_differences_are_listed_up_to_a_screenful() -> None:
    few = [diff_row("alpha", "2.0", "1.0"), diff_row("numpy", None, "==2.0", kind="requirement")]
    text = shown(Comparison((*COUNTS, *METRICS), tuple(few)))
    assert "2 differences" in text
    assert line(text, "parameter alpha") == "parameter alpha 2.0 1.0"
    assert line(text, "requirement numpy") == "requirement numpy ==2.0"
    many = tuple(diff_row(f"p{place}", "1", "2") for place in range(MOST_DIFFERENCES + 5))
    text = shown(Comparison((*COUNTS, *METRICS), many))
    assert "and 5 more in comparison_diffs" in text
    assert text.count("parameter p") == MOST_DIFFERENCES
    assert "no differences in parameters" in shown(Comparison((*COUNTS, *METRICS), ()))


def test_each_candidate_has_its_own_part() -> None:
    third = [*count_rows(rows=1, rows_compared=1), *METRICS]
    both = ordered(
        [
            *COUNTS,
            *METRICS,
            *(metric_row(row.metric, 1.0, 0.5, source=row.source, candidate_version=3) for row in third),
        ]
    )
    text = shown(Comparison(both, (diff_row("alpha", "2", "1"),)))
    assert "version 2 against version 1" in text
    assert "version 3 against version 1" in text
    assert " ".join(text.split()).count("1 difference difference") == text.count("no differences") == 1


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    markup = "[bold]x[/bold] [/red]"
    rows = (
        *(metric_row(row.metric, 1.0, 1.0, source=row.source, model_name=markup) for row in (*COUNTS, *METRICS)),
        metric_row("roc_auc", 0.5, 0.5, slice_column="origin", slice_value=markup),
        metric_row(markup, 0.5, 0.5, source="logged"),
    )
    text = shown(Comparison(rows, (diff_row(markup, markup, "1"),)))
    assert text.count(markup) == 5


def test_everything_fits_into_80_columns() -> None:
    rows = (
        *COUNTS,
        *(metric_row(name, 123456.789, -0.00001234, task="regression") for name in ("median_absolute_error", "mae")),
        metric_row(
            "mae", 12.0, 1.0, slice_column="a_rather_long_column", slice_value="and a value that is longer still"
        ),
        metric_row("a_metric_with_a_very_long_name_that_a_run_logged_somewhere", 1e300, 1e-300, source="logged"),
    )
    diffs = (diff_row("requirement_of_a_package_with_a_long_name", "==1.2.3" * 9, "x" * 90),)
    text = shown(Comparison(rows, diffs), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert line(text, "median_absolute_error") == "median_absolute_error 123,456.8 -1.23e-05 +123,456.8 +1e+12% worse"
    assert line(text, "a_metric_with") == "a_metric_with_a_very_long_nam 1e+300 1e-300 +1e+300"
    assert "e_that_a_run_logged_somewhere" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (0.0, "0.00000"),
        (-0.5, "-0.50000"),
        (10.0, "10"),
        (999.5, "999.50000"),
        (1e9, "1e+09"),
        (5e-5, "5e-05"),
    ],
)
def test_numbers_are_no_wider_than_a_column(value: float | None, expected: str) -> None:
    assert number(value) == expected


def test_intervals_of_the_change_take_the_place_of_percentages() -> None:
    text = shown(comparison("first", 0), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert line(text, "metric") == "metric candidate baseline change 95% interval evidence"
    assert line(text, "average_precision") == "average_precision 0.61282 0.61000 +0.00282 -0.00174..+0.00739 unclear"
    assert line(text, "slice ") == "slice rows change 95% interval evidence"
    assert line(text, "hour = 23") == "hour = 23 40 small -0.00265 -0.161..+0.155 unclear"
    assert "predictions against the baseline's: agreement 0.96900, correlation 0.93200" in " ".join(text.split())


def test_a_line_tells_what_is_read_of_the_agreement_and_no_more() -> None:
    figures = {"agreement": 0.75, "correlation": 0.5, "mean_difference": None, "tv_distance": 0.125}
    rows = [metric_row(name, value, None, source="agreement") for name, value in figures.items()]
    told = agreement_line(Comparison(ordered(rows), ()), 2)
    assert told == "predictions against the baseline's: agreement 0.75000, correlation 0.50000"
