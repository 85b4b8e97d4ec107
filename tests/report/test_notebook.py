from html import unescape
from pathlib import Path

from tests.report.comparisons import HOSTILE, comparison
from tests.rows import count_rows, metric_row

from spark_models.core.comparison import Comparison
from spark_models.core.outcomes import Reporting


def test_a_comparison_is_a_small_table() -> None:
    shown = comparison("first", 0)._repr_html_()
    assert len(shown) < 10_000
    assert "<h4>flight_delay: version 2 against version 1</h4>" in shown
    assert "<td>+0.0136 to +0.0228</td>" in shown
    assert "(40 small)" in shown
    assert '<td style="color:#c62a3b">worse</td>' in shown


def test_nothing_in_it_can_become_markup() -> None:
    shown = Comparison((*count_rows(), metric_row(HOSTILE, 1.0, 2.0, model_name=HOSTILE)), ())._repr_html_()
    assert "<img" not in shown
    assert "<script" not in shown


def test_a_report_is_its_page_in_a_frame_that_may_only_run_scripts(tmp_path: Path) -> None:
    page = '<!doctype html><p class="x">a & b</p>'
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    shown = Reporting("m", str(tmp_path / "report.html"), "r", (1,), (), None)._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts" srcdoc="')
    assert unescape(shown.split('srcdoc="')[1].split('"')[0]) == page
