from io import StringIO

from rich.console import Console
from tests.report.comparisons import HOSTILE, comparison
from tests.rows import count_rows, metric_row

from spark_models.core.comparison import Comparison
from spark_models.core.outcomes import Reporting
from spark_models.report.comparison import comparison_tables
from spark_models.report.markdown import comparison_markdown, escaped, outcome_markdown


def test_metrics_have_intervals_and_evidence() -> None:
    told = comparison_markdown(comparison("first", 0)).splitlines()
    assert told[0] == "### flight_delay: version 2 against version 1"
    assert told[2] == "| metric | candidate | baseline | change | 95% interval | evidence |"
    assert told[3] == "| --- | ---: | ---: | ---: | ---: | --- |"
    assert told[4] == "| roc_auc | 0.79819 | 0.78000 | +0.01819 | +0.0136 to +0.0228 | 🟢 better |"
    assert "| hour = 23 (40 small) | 0.83485 | 0.83750 | -0.00265 | -0.161 to +0.155 | ⚪ unclear |" in told
    assert "predictions against the baseline's: agreement 0.96900, correlation 0.93200, mean difference 0.01400" in told
    assert "<details><summary>1 difference</summary>" in told
    assert told[-1] == "comparison first"


def test_without_intervals_there_is_no_column_for_them() -> None:
    told = comparison_markdown(Comparison((*count_rows(rows=1, rows_compared=1), metric_row("roc_auc", 0.5, 0.5)), ()))
    assert "| metric | candidate | baseline | change | verdict |" in told
    assert "| roc_auc | 0.50000 | 0.50000 | +0.00000 | equal |" in told


def test_what_values_alone_say_is_no_evidence_beside_what_is() -> None:
    sure = metric_row("mae", 1.0, 2.0, evidence="better", confidence=0.95, change_low=-1.5, change_high=-0.5)
    found = Comparison((*count_rows(), sure, metric_row("max_error", 9.0, 5.0)), ())
    told = comparison_markdown(found)
    assert "| mae | 1.00000 | 2.00000 | -1.00000 | -1.5 to -0.5 | 🟢 better |" in told
    assert "| max_error | 9.00000 | 5.00000 | +4.00000 |  | worse, by value |" in told
    assert "<td>worse, by value</td>" in found._repr_html_()
    terminal = Console(file=StringIO(), width=100)
    terminal.print(comparison_tables(found))
    assert isinstance(terminal.file, StringIO)
    assert "(worse)" in terminal.file.getvalue()


def test_names_are_shown_as_they_are() -> None:
    name = f"a|b `c` [d](e) @f #1 :smile: {HOSTILE}\n# x"
    told = comparison_markdown(Comparison((*count_rows(), metric_row(name, 1.0, 2.0)), ()))
    (row,) = (line for line in told.splitlines() if line.startswith("| a&#124;b"))
    assert row.count("|") == 7 - 1 + 0
    assert not set("`[]@<>") & set(row.split(" | ")[0])
    assert escaped("snake_case (x) 1:2") == "snake_case (x) 1&#58;2"


def test_of_a_report_the_newest_comparison_is_told() -> None:
    result = Reporting("m", "out_dir/report.html", "r", (1, 2), ("first",), comparison("first", 0))
    assert outcome_markdown(result).endswith("comparison first\n\nreport of 2 versions in out_dir/report.html\n")
    assert outcome_markdown(Reporting("m", "f.html", "r", (1,), (), None)) == "report of 1 version in f.html\n"
