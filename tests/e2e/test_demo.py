import re

import pandas as pd
import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import Demo
from tests.e2e.processes import EVERY, Ended
from tests.report.browsing import chromium, watched

FLIGHTS = 336_776


@pytest.fixture(scope="module")
def versions(demo: Demo) -> dict[str, int]:
    """The tables' Delta versions after the first run."""
    return demo.workspace.versions()


@pytest.fixture(scope="module")
def again(demo: Demo, versions: dict[str, int]) -> Ended:
    """The demo's second run."""
    assert versions
    return demo.again()


def test_the_screen_shows_the_demos_own_lines_only(demo: Demo) -> None:
    assert demo.run.err == ""
    assert not re.search(r"Traceback|Warning|WARN|\x1b", demo.run.out)
    assert demo.run.out.startswith("Everything goes into the folder demo/, Spark's log into demo/spark.log\n")


def test_a_step_says_what_it_did_and_how_long_it_took(demo: Demo) -> None:
    rows = len(range(0, FLIGHTS, EVERY))
    assert re.search(rf"flights into Delta \(\d+\.\d s\)\ndemo/lake/flights: {rows:,} rows\n", demo.run.out)
    assert re.search(r"flight_delay version 1 registered \(digest [0-9a-f]{12}\); now champion", demo.run.out)
    assert re.search(r"flight_delay version 2 registered \(digest [0-9a-f]{12}\); now challenger", demo.run.out)
    assert re.search(r"│ in all +│ +\d+\.\d │", demo.run.out)


def test_the_whole_quarter_is_scored_by_both_versions(demo: Demo, quarter: pd.DataFrame) -> None:
    rows = f"{len(quarter):,}"
    for version in (1, 2):
        line = rf"flight_delay version {version}, batch [0-9a-f]{{16}}: {rows} of {rows} rows scored"
        assert re.search(line, demo.run.out)


def test_the_comparison_says_how_many_rows_it_left_out_and_why(demo: Demo, quarter: pd.DataFrame) -> None:
    unlabelled = int(quarter["arr_delay"].isna().sum())
    compared = f"{len(quarter) - unlabelled:,} of {len(quarter):,} rows compared"
    assert f"{compared}; left out: {unlabelled:,}: the label is NULL" in demo.run.out


def test_the_challenger_passes_the_gate_and_its_batch_is_not_scored_again(demo: Demo) -> None:
    assert "flight_delay version 2 is champion now, before it version 1" in demo.run.out
    last = demo.run.out.index("with models:/flight_delay@champion")
    assert re.search(r"version 2, batch [0-9a-f]{16}: already in demo/lake/predictions", demo.run.out[last:])


def test_sparks_log_is_in_the_file_that_the_screen_names(demo: Demo) -> None:
    assert (demo.workspace.folder / "demo/spark.log").stat().st_size > 0


def test_everything_stays_in_the_demos_folder(demo: Demo) -> None:
    made = {path.name for path in demo.workspace.folder.iterdir()} - {"conf", "jobs", ".venv", "cluster"}
    assert made == {"demo"}


def test_the_report_that_the_screen_names_is_there_and_opens(demo: Demo) -> None:
    assert "in a browser: demo/report.html\n" in demo.run.out
    report = demo.workspace.folder / "demo/report.html"
    assert report.is_file()
    with chromium() as context, watched(context) as look:
        look.open(report)
        expect(look("#selection")).to_have_text("2 selected")
        expect(look("#metric-tables tbody tr").first).to_be_visible()
        expect(look("#curve-charts svg").first).to_be_visible()


def test_missing_numbers_are_null_and_not_nan(demo: Demo, quarter: pd.DataFrame) -> None:
    (counted,) = demo.workspace.query("""
        SELECT count_if(dep_delay IS NULL), count_if(isnan(dep_delay)), count_if(late IS NULL)
        FROM flights WHERE month >= 10
    """).fetchall()
    assert counted == (quarter["dep_delay"].isna().sum(), 0, quarter["arr_delay"].isna().sum())


def test_a_second_run_finds_everything_done_and_changes_no_table(
    demo: Demo, versions: dict[str, int], again: Ended
) -> None:
    assert again.code == 0, again.out + again.err
    assert "\nEverything was done already; no table was changed.\n" in again.out
    assert "already there" in again.out
    assert again.out.count("was registered already, with the same files") == 2
    assert again.out.count("already in demo/lake/predictions, nothing to do") == 3
    assert "(stored before)" in again.out
    assert "flight_delay version 2 is champion already, nothing to do" in again.out
    assert demo.workspace.versions() == versions


def test_both_runs_print_the_same_comparison(demo: Demo, again: Ended) -> None:
    def comparison(run: Ended) -> str:
        return run.out[run.out.index("version 2 against version 1") : run.out.index("\ncomparison ")]

    assert comparison(again) == comparison(demo.run)
