import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import functions as F
from tests import lake
from tests.models import add_version, flights, log_pyfunc, pyfunc_of
from tests.steps.scoring import Desk, numbered

from spark_models.errors import ConfigError, DataError, SchemaError, SparkModelsError
from spark_models.spark.frames import local_frame
from spark_models.steps import score as module
from spark_models.steps.score import score

SECRET = 987654.25


def choosy() -> Any:
    """A model that refuses one distance, and tells it."""

    def predict(_context: Any, rows: pd.DataFrame, _params: Any) -> Any:
        for distance in rows["distance"]:
            if distance == 987654.25:
                raise ValueError(f"bad value {distance}")
        return rows["distance"].to_numpy() * 2.0

    return pyfunc_of(predict)


@pytest.fixture(scope="module")
def failed(shared_desk: Desk) -> tuple[Desk, DataError]:
    """A desk on which a job failed in the middle, for one row of 20, and the error."""
    add_version(shared_desk.store, "choosy", log_pyfunc(shared_desk.store, choosy()))
    rows = numbered(flights(20))
    rows.loc[13, "distance"] = SECRET
    shared_desk.write(rows)
    with pytest.raises(DataError) as caught:
        score(shared_desk.job("choosy/1"), spark=shared_desk.spark)
    return shared_desk, caught.value


def test_a_job_that_fails_in_the_middle_commits_nothing_and_leaves_a_failed_row(failed: tuple[Desk, DataError]) -> None:
    desk, error = failed
    assert len(desk.predictions()) == 0
    (run,) = [run for run in desk.runs() if run.mode == "append"]
    assert (run.status, run.error, run.rows_in, run.rows_scored) == ("failed", str(error), 20, None)
    assert run.output_version is None
    assert (run.model_name, run.model_version, run.input_version) == ("choosy", 1, 0)


def test_the_error_says_what_the_model_raised_and_where_but_no_value(failed: tuple[Desk, DataError]) -> None:
    _, error = failed
    assert error.subject == "choosy version 1 (pyfunc)"
    assert error.problems[0].startswith("predict raised ValueError in test_score_failures.py:")
    assert error.problems[1].startswith("on_row_error: record")
    told = "".join(traceback.format_exception(error))
    [calls] = error.__notes__
    assert calls.startswith("The model's own traceback:")
    assert "test_score_failures.py" in calls.splitlines()[-1]
    assert "987654" not in told
    assert "bad value" not in told


def test_nothing_that_the_model_said_of_rows_is_in_sparks_log(
    failed: tuple[Desk, DataError], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert failed
    # The folder itself; pytest puts a link to the current one beside it.
    [log] = tmp_path_factory.getbasetemp().glob("spark[0-9]/spark.log")
    text = log.read_text(encoding="utf-8", errors="replace")
    assert "predict raised ValueError" in text
    assert "987654" not in text


def test_a_rerun_that_records_errors_keeps_every_row(failed: tuple[Desk, DataError]) -> None:
    desk, _ = failed
    done = score(desk.job("choosy/1", on_row_error="record"), spark=desk.spark)
    assert done.run is not None
    assert (done.run.rows_in, done.run.rows_scored, done.run.rows_failed) == (20, 19, 1)
    found = desk.predictions().set_index("id")
    distances = desk.frame().toPandas().set_index("id")["distance"].drop(13).sort_index()
    assert found["prediction"].drop(13).tolist() == (distances * 2).tolist()
    assert desk.spark.read.format("delta").load(desk.output).where("prediction IS NULL").count() == 1
    assert found["error"].dropna().index.tolist() == [13]
    (told,) = found["error"].dropna().tolist()
    assert told.startswith("predict raised ValueError")
    assert "987654" not in told


@pytest.mark.parametrize(("writer", "commit"), [("auto", "commit_files"), ("spark", "commit_batches")])
def test_a_rerun_after_a_failure_writes_each_row_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, writer: str, commit: str
) -> None:
    desk.write()
    job = desk.job("doubling/1", writer=writer)

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, commit, killed)
        with pytest.raises(KeyboardInterrupt):
            score(job, spark=desk.spark)
    assert desk.version() == 0
    done = score(job, spark=desk.spark)
    assert done.run is not None
    assert (done.run.rows_in, done.run.rows_scored) == (20, 20)
    assert desk.predictions()["id"].tolist() == list(range(20))
    assert [(run.status, run.error) for run in desk.runs()] == [("failed", "KeyboardInterrupt"), ("succeeded", None)]
    assert len({run.batch_id for run in desk.runs()}) == 1


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_job_that_was_stopped_between_its_commit_and_its_row_gets_the_row_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    desk.write()
    job = desk.job("doubling/1", mode=mode)

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "append_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            score(job, spark=desk.spark)
    committed = desk.version()
    assert (len(desk.predictions()), desk.runs()) == (20, ())
    for _ in range(2):
        assert score(job, spark=desk.spark).skipped
        (run,) = desk.runs()
        assert (run.status, run.rows_in, run.rows_scored, run.rows_failed) == ("succeeded", None, 20, 0)
        assert (run.model_name, run.model_version, run.input_version, run.output_version) == ("doubling", 1, 0, None)
        assert run.batch_id == desk.predictions()["batch_id"][0]
        assert run.started_at == desk.predictions()["scored_at"][0]
        assert str(run.engine_reason).startswith("not known: the job that committed the batch was stopped")
    assert desk.version() == committed


def test_a_table_of_runs_with_other_columns_is_refused_before_the_work(desk: Desk) -> None:
    desk.write()
    other = f"{desk.lake}/elsewhere"
    lake.write(f"{other}/scoring_runs", "run_id string, status int", [("a", 1)])
    job = desk.job("doubling/1")
    job = job.model_copy(update={"tables": job.tables.model_copy(update={"location": other})})
    with pytest.raises(SchemaError) as refused:
        score(job, spark=desk.spark)
    told = str(refused.value)
    assert f"{other}/scoring_runs: column 'batch_id' is missing from the table" in told
    assert "column 'status' is int in the table, but would be written as string" in told
    assert desk.version() is None


def test_of_two_jobs_with_the_same_batch_at_once_one_is_skipped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write()
    together, waiting = Barrier(2), module._waiting

    def both_are_asked(job: Any) -> list[Any]:
        answer = waiting(job)
        together.wait(60)
        return answer

    monkeypatch.setattr(module, "_waiting", both_are_asked)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: score(desk.job("delay/1"), spark=desk.spark), range(2)))
    assert sorted(outcome.skipped for outcome in outcomes) == [False, True]
    assert desk.predictions()["id"].tolist() == list(range(20))
    assert [run.status for run in desk.runs()] == ["succeeded"]


def test_values_in_what_spark_says_do_not_reach_the_user(desk: Desk) -> None:
    frame = local_frame(desk.spark, [(1, "hush-hush")], "id bigint, text string")
    cast = frame.withColumn("distance", F.col("text").cast("double"))
    with pytest.raises(DataError, match="CAST_INVALID_INPUT") as caught:
        score(desk.job("doubling/1", table=None, batch_id="a"), cast, spark=desk.spark)
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert "hush" not in (desk.runs()[-1].error or "")
    raising = {"table": None, "batch_id": "b", "filter": "assert_true(text IS NULL, concat('no ', text)) IS NULL"}
    with pytest.raises(DataError, match="USER_RAISED_EXCEPTION in the filter") as caught:
        score(desk.job("doubling/1", **raising), frame.withColumn("distance", F.lit(1.0)), spark=desk.spark)
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert "hush" not in (desk.runs()[-1].error or "")


def test_what_spark_says_of_a_prediction_that_does_not_fit_has_no_values(desk: Desk) -> None:
    frame = local_frame(desk.spark, [(1, SECRET)], "id bigint, distance double")
    job = desk.job("doubling/1", table=None, batch_id="a", result_type="int")
    with pytest.raises(DataError, match="some of 'prediction' cannot be held as int32") as caught:
        score(job, frame, spark=desk.spark)
    assert "1975308" not in "".join(traceback.format_exception(caught.value))


def test_a_run_that_cannot_be_recorded_does_not_hide_the_failure(desk: Desk, tmp_path: Path) -> None:
    job = desk.job("doubling/1", filter="no such column")
    tables = job.tables.model_copy(update={"scoring_runs": "no_schema.scoring_runs"})
    desk.write()
    with pytest.raises(ConfigError) as caught:
        score(job.model_copy(update={"tables": tables}), spark=desk.spark)
    assert caught.value.__notes__ == ["and its row in scoring_runs could not be written: SchemaError"]
    assert not (tmp_path / "lake" / "predictions").exists()


def test_a_model_that_loses_rows_is_refused_and_nothing_is_committed(desk: Desk) -> None:
    first_row = pyfunc_of(lambda _context, rows, _params: rows["distance"].to_numpy()[:1])
    add_version(desk.store, "losing", log_pyfunc(desk.store, first_row))
    desk.write()
    with pytest.raises(SchemaError, match="rows went in, predictions for 1 came out") as caught:
        score(desk.job("losing/1"), spark=desk.spark)
    assert isinstance(caught.value, SparkModelsError)
    assert len(desk.predictions()) == 0
