from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from typing import Any

from rich.console import Console
from tests.rows import START, card_row, count_rows, metric_row, tenure_row

from spark_models.core.comparison import Comparison
from spark_models.core.gate import Check
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Promotion, Registration, Rollback, Scoring
from spark_models.core.tables import ScoringRun
from spark_models.report.outcomes import outcome

VERSION = ModelVersion("delay", 2)
MARKUP = "[bold]x[/bold]"


def shown(result: Any, width: int = 120) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(outcome(result))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def scoring_run(**more: Any) -> ScoringRun:
    values: dict[str, Any] = {
        "run_id": "a",
        "batch_id": "b",
        "model_name": "delay",
        "model_version": 2,
        "model_uri": "models:/delay/2",
        "digest": "0",
        "method": "predict",
        "engine": "pandas_udf",
        "engine_reason": "as configured",
        "predictor": "sklearn",
        "predictor_reason": None,
        "acceleration": None,
        "mode": "append",
        "input_table": "flights",
        "input_version": 1,
        "filter": None,
        "output_table": "predictions",
        "output_version": 3,
        "rows_in": 1000,
        "rows_scored": 1000,
        "rows_failed": 0,
        "status": "succeeded",
        "error": None,
        "started_at": START,
        "finished_at": START,
    }
    return ScoringRun(**{**values, **more})


def test_a_registration_says_whether_the_version_is_new() -> None:
    new = Registration(VERSION, "abcdef0123456789", created=True, aliases=("challenger",), card=card_row())
    assert shown(new) == "delay version 2 registered (digest abcdef012345); now challenger"
    known = Registration(VERSION, "abcdef0123456789", created=False, aliases=(), card=card_row())
    assert shown(known) == "delay version 2 was registered already, with the same files (digest abcdef012345)"


def test_a_scoring_says_how_many_rows_went_where() -> None:
    done = Scoring(VERSION, "b", "predictions", scoring_run())
    assert shown(done) == "delay version 2, batch b: 1,000 of 1,000 rows scored into predictions"
    failing = Scoring(VERSION, "b", "predictions", scoring_run(rows_scored=998, rows_failed=2))
    assert shown(failing) == "delay version 2, batch b: 998 of 1,000 rows scored, 2 failed into predictions"
    assert shown(Scoring(VERSION, "b", "t", None)) == "delay version 2, batch b: already in t, nothing to do"
    without = Scoring(None, "b", "t", scoring_run(model_name=None, model_version=None))
    assert shown(without) == "batch b: no rows, and so no models of theirs; nothing to do"


def test_a_comparison_ends_with_its_id() -> None:
    rows = (*count_rows(rows=2, rows_compared=2), metric_row("roc_auc", 0.75, 0.5))
    text = shown(Comparison(rows, ()))
    assert "delay: version 2 against version 1" in text
    assert text.splitlines()[-1] == "comparison first"
    assert shown(Comparison(rows, (), stored=True)).splitlines()[-1] == "comparison first (stored before)"


def test_a_promotion_says_what_the_gate_said() -> None:
    checks = (Check("roc_auc", "at least 0.7", "0.75", passed=True), Check("mae", "at most 1", "2", passed=False))
    done = Promotion(VERSION, "champion", moved=True, previous=1, comparison_id="first", checks=checks, forced=True)
    assert shown(done).splitlines() == [
        "delay version 2 is champion now, before it version 1, by comparison first (forced against the gate)",
        "  passed: roc_auc at least 0.7: 0.75",
        "  failed: mae at most 1: 2",
    ]
    first = Promotion(VERSION, "champion", moved=True, previous=None, comparison_id=None, checks=())
    assert shown(first) == "delay version 2 is champion now"
    kept = Promotion(VERSION, "champion", moved=False, previous=None, comparison_id=None, checks=())
    assert shown(kept) == "delay version 2 is champion already, nothing to do"


def test_a_rollback_says_who_holds_the_alias_again() -> None:
    done = Rollback(VERSION, "champion", moved=True, previous=3)
    assert shown(done) == "delay version 2 is champion again, instead of version 3"
    kept = Rollback(VERSION, "champion", moved=False, previous=None)
    assert shown(kept) == "delay version 2 is champion; nothing to roll back"


def test_a_card_shows_every_field_and_markup_as_it_is() -> None:
    card = card_row(tags={"team": MARKUP}, description=MARKUP, hyperparameters={"alpha": MARKUP}, run_name=MARKUP)
    text = shown(card)
    assert text.count(MARKUP) == 4
    for told in (
        "delay version 1",
        "2024-01-01 00:00:00+00:00",
        "rmse = 1.5",
        "MLmodel  1,234 bytes",
        "0" * 64,
        "sklearn",
        "scikit-learn==1.9.0",
        "champion",
    ):
        assert told in text
    assert max(map(len, shown(card_row(signature="x" * 500), 80).splitlines())) <= 80


def test_a_history_is_a_table_in_utc_with_markup_as_it_is() -> None:
    paris = timezone(timedelta(hours=1))
    first = tenure_row(1, 0, "register", since=datetime(2024, 1, 1, 0, 30, tzinfo=paris), until=START)
    now = tenure_row(2, 1, reason=MARKUP, forced=True, comparison_id="0123456789abcdef")
    heading, _, before, after = [line for line in shown((first, now)).splitlines() if line]
    assert heading.split() == ["alias", "version", "since", "(UTC)", "until", "(UTC)", "by", "why"]
    assert " ".join(before.split()) == "champion 1 2023-12-31 23:30 2024-01-01 00:00 register because"
    assert " ".join(after.split()) == (
        f"champion 2 2024-01-01 01:00 promote (forced) {MARKUP} (comparison 0123456789abcdef)"
    )
    assert START.tzinfo is UTC


def test_a_long_history_fits_into_80_columns_and_loses_nothing() -> None:
    reason = "the old one was wrong about every flight from Newark in the second week of December"
    text = shown((tenure_row(2, 1, until=START, reason=reason, forced=True, comparison_id="0123456789abcdef"),), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    letters = "".join(text.split())
    for word in ("promote", "(forced)", "2024-01-01", "01:00", "Newark", "December"):
        assert word in letters


def test_no_history_is_said_in_words() -> None:
    assert shown(()) == "no alias was given yet, by the alias history"
