import csv
import io
from pathlib import Path

from playwright.sync_api import expect
from tests.report.browsing import Look
from tests.report.comparisons import HOSTILE


def row(look: Look, table: str, name: str) -> list[str]:
    found = look(f"{table} tbody tr").filter(has=look.tab.locator("th", has_text=name)).first
    return [" ".join(text.split()) for text in found.locator("th, td").all_inner_texts()]


def test_metrics_have_intervals_and_what_the_evidence_says(look: Look) -> None:
    assert row(look, "#metric-tables", "roc_auc") == [
        "roc_auc ↑ higher is better",
        "0.7800 [0.7709, 0.7891]",
        "0.7982 [0.7891, 0.8073]",
        "+0.0182 [+0.0136, +0.0228]",
        "▲ better",
        "0.7828 [0.7737, 0.7920]",
        "+0.0028 [\N{MINUS SIGN}0.0017, +0.0074]",
        "≈ unclear",
    ]
    assert row(look, "#metric-tables", "rmse")[4] == "▲ better, by value"


def test_another_comparison_is_chosen(look: Look) -> None:
    choice = look.tab.get_by_label("Comparison", exact=True)
    assert choice.locator("option").count() == 2
    choice.select_option("first")
    expect(look("#comparison-choice p")).to_contain_text("comparison first")
    assert look.state["comparison"] == "first"


def test_slices_show_a_metric_of_choice_with_counts_and_flags(look: Look) -> None:
    assert row(look, "#slice-table", "hour = 23")[1] == "40 small"
    expect(look("#slice-chart svg")).to_contain_text("hour = 23 (small, 40 rows)")
    look("#slice-tools").get_by_label("Metric").select_option("average_precision")
    expect(look("#slice-chart svg")).to_contain_text("average_precision: change by slice, 95% confidence intervals")
    assert row(look, "#slice-table", "hour = 6")[4:6] == ["+0.0198 [+0.0107, +0.0289]", "▲ better"]
    look("#slice-tools").get_by_label("Metric").select_option("log_loss")
    look.tab.get_by_label("Only flagged as worse").check()
    assert look("#slice-table tbody tr").count() == 2
    assert look("#slice-table .badge.worse").count() == 3
    look("#slice-tools").get_by_label("Chart of").select_option("value")
    expect(look("#slice-chart svg")).to_contain_text("log_loss by slice")
    assert look("#slice-chart svg .role-mark.mark-rule line[aria-label*='version: 1']").count() == 2


def test_curves_lie_over_one_another(look: Look) -> None:
    for title in ("ROC", "Precision and recall", "Calibration", "Gain", "Scores"):
        plot = look("#curve-charts .card", has_text=title).first
        lines = [plot.locator(f".mark-line path[aria-label*='version: {version}']").count() for version in (1, 2, 3)]
        assert lines == [1, 1, 1], title
        assert plot.locator(".role-mark.mark-rule line").count() == (60 if title == "Calibration" else 0), title
    assert look("#curve-charts .mark-area path").count() == 3


def test_agreement_is_a_table_and_a_histogram(look: Look) -> None:
    assert row(look, "#agreement-table", "correlation") == ["correlation", "0.9320", "0.9330"]
    assert look("#agreement-chart .mark-line path[aria-label*='version: 2']").count() == 1


def test_rows_left_out_are_counted_by_kind(look: Look) -> None:
    assert row(look, "#rows-table", "rows compared") == ["rows compared", "48,000", "48,000", "48,000"]
    assert row(look, "#rows-table", "scoring the row failed")[1:] == ["90", "100", "100"]


def test_only_differences_or_everything_against_a_baseline_of_choice(look: Look) -> None:
    rows = look("#difference-table tbody tr")
    few = rows.count()
    # By digest: the cards' own, and of files that have none there the comparison's.
    assert row(look, "#difference-table", "MLmodel")[0] == "file"
    assert row(look, "#difference-table", "model.pkl") == [
        "file (comparison)",
        "model.pkl",
        "sha256:a",
        "sha256:b",
        "sha256:b",
    ]
    look.tab.get_by_label("Only differences").uncheck()
    assert rows.count() > few
    assert "flavor" in look("#difference-table tbody th").all_inner_texts()
    look.tab.get_by_label("Baseline", exact=True).select_option("3")
    assert look("#difference-table thead th").last.inner_text() == "v3 (baseline)"
    assert look.state["baseline"] == 3
    with look.tab.expect_download() as download:
        look.tab.get_by_role("button", name="CSV of differences").click()
    told = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert ["hyperparameter", "booster", "gbtree", "dart", "gbtree"] in told


def test_metrics_slices_and_agreement_as_csv_have_all_that_the_comparison_has(look: Look) -> None:
    def told(name: str) -> list[dict[str, str]]:
        with look.tab.expect_download() as download:
            look.tab.get_by_role("button", name=f"CSV of {name}").click()
        return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))

    slices = told("slices")
    assert (len(slices), {row["slice_value"] for row in slices}) == (30, {"6", "12", "23"})
    assert {row["metric"] for row in told("agreement")} == {"correlation", "mean_difference", "agreement"}
    first = told("metrics")[0]
    assert (first["metric"], first["candidate_version"], first["evidence"]) == ("roc_auc", "2", "better")
    assert {"change_low", "change_high", "p_value", "slice_column"} <= first.keys()


def test_a_card_has_all_its_fields(look: Look) -> None:
    card = look("#card-list article").nth(2)
    assert card.locator("dt").all_inner_texts() == ["Time created", "Run name", "Run id", "Flavor", "Digest"]
    assert [text.split(" (")[0] for text in card.locator("summary").all_inner_texts()] == [
        "Hyperparameters",
        "Metrics",
        "Signature",
        "Logged files",
        "Requirements",
        "Datasets",
        "Tags",
    ]
    expect(card).to_contain_text("@challenger")
    expect(card.get_by_role("row", name="model.pkl")).to_contain_text("2.5 MB")
    expect(card.get_by_role("row", name="MLmodel")).to_contain_text("1.2 kB, 000000000000")
    expect(card.get_by_role("row", name="flights (training)")).to_contain_text("digest 3")
    expect(card.get_by_role("row", name="input distance")).to_contain_text("double")
    expect(card.get_by_role("row", name="note")).to_contain_text(HOSTILE)
