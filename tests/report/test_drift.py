from io import StringIO
from typing import Any

from rich.console import Console
from tests.rows import START

from spark_models.core.config import DriftConfig
from spark_models.core.drift import Agreement, ChangedRow, ColumnProfile, Distances, Drift, Profile, ScoredRows, ordered
from spark_models.core.drift_rows import DriftRows, DriftSubject
from spark_models.core.drift_tables import ClassChange, HypothesisTest
from spark_models.core.model_version import ModelVersion
from spark_models.report.drift import MOST_CHANGES, MOST_SLICES
from spark_models.report.outcomes import outcome

WINDOWS = {"table": "/lake/flights", "baseline": {"filter": "month < 10"}, "current": {"filter": "month >= 10"}}
VERSIONS = {"candidate": "models:/m/2", "baseline": "models:/m/1", "table": "/lake/predictions", "keys": ["id"]}
APART = Distances(0.0123, HypothesisTest(0.25, 0.01), 12.5, 0.2, HypothesisTest(3.0, 0.5), 0.1, 0.05, 0.0, 0.0)
BOTH = (
    Profile(1000, None, (ColumnProfile(10, 5, 0, 3, 1.5),)),
    Profile(1200, None, (ColumnProfile(60, 5, 0, 3, 2.0),)),
)


def builder(kind: str, name: str = "delay") -> DriftRows:
    section: dict[str, Any] = {"windows": WINDOWS} if kind == "windows" else {"versions": VERSIONS}
    config = DriftConfig.model_validate({"tables": {"location": "ops"}, **section})
    baseline, candidate = (ModelVersion("m", 1), ModelVersion("m", 2)) if kind == "versions" else (None, None)
    return DriftRows(DriftSubject(config, baseline, candidate, 3, 4), "first", START, [(name, "double")])


def shown(drift: Drift, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(outcome(drift))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line(text: str, start: str) -> str:
    return next(" ".join(row.split()) for row in text.splitlines() if row.strip().startswith(start))


def windows(slices: int = 0, name: str = "delay") -> Drift:
    rows = builder("windows", name)
    found = [rows.of_table((None, None), BOTH), *rows.of_slice((None, None), BOTH, {0: APART})]
    for place in range(slices):
        apart = Distances(population_stability_index=place / 100)
        found.extend(rows.of_slice(("origin", f"A{place}"), BOTH, {0: apart}))
    return Drift(ordered(found))


def versions(changes: int = 2) -> Drift:
    rows = builder("versions")
    told = tuple(ClassChange("early", f"class {place}", 7) for place in range(changes))
    agreed = Agreement(90, 0.875, 0.5, 0.75, 4.0, 0.95, told)
    table = rows.of_table((None, None), BOTH, ScoredRows(1000, 1100, 900))
    changed = rows.changed([ChangedRow({"id": "7"}, 4.0)])
    return Drift(ordered([table, *rows.of_slice((None, None), BOTH, {0: APART}, [agreed])]), changed, stored=True)


def test_two_windows_are_named_and_each_column_has_its_distances() -> None:
    text = shown(windows())
    assert "/lake/flights: month >= 10 against month < 10" in text
    assert line(text, "column") == "column PSI JS KS Wasserstein mean % NULL"
    assert line(text, "delay") == "delay 0.2000 0.0123 0.2500 12.50000 +0.50000 +4.00"
    assert "1,200 rows against 1,000 (+200)" in text
    assert text.rstrip().endswith("drift first")


def test_two_versions_have_their_agreement_and_their_class_changes() -> None:
    text = shown(versions())
    assert "m: version 2 against version 1" in text
    assert "900 rows were scored by both; version 2 scored 1,100, version 1 1,000" in text
    assert line(text, "prediction") == "prediction rows agree correlation mean diff mean size max size"
    agreement = [" ".join(row.split()) for row in text.splitlines() if row.strip().startswith("delay")][1]
    assert agreement == "delay 90 95.00% 0.8750 +0.50000 0.75000 4.00000"
    assert line(text, "early") == "early class 0 7"
    assert "keys of the 1 rows that changed most are in drift_rows" in text
    assert "drift first (stored before)" in text


def test_slices_that_drifted_most_come_first_and_up_to_a_screenful() -> None:
    text = shown(windows(slices=MOST_SLICES + 3))
    assert f"by slice, the {MOST_SLICES} that drifted most" in text
    assert line(text, "origin") == f"origin = A{MOST_SLICES + 2} delay 1,200 0.{MOST_SLICES + 2}00 +0.50000"
    assert text.count("origin = ") == MOST_SLICES
    assert "and 4 more in drift_metrics" in shown(versions(MOST_CHANGES + 4))


def test_what_looks_like_markup_is_shown_as_it_is_and_everything_fits() -> None:
    markup = "[bold]x[/bold] [/red]"
    assert shown(windows(slices=1, name=markup)).count(markup) == 2
    long = "a_column_whose_name_is_longer_than_any_terminal_would_like_it_to_be_and_longer_still"
    assert max(map(len, shown(windows(slices=1, name=long)).splitlines())) <= 80
