from datetime import UTC, datetime

import deltalake
import duckdb
import pytest
from pyspark.sql import functions as F
from tests.steps.scoring import Desk, mlflows

from spark_models.core.config import ScoreConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Scoring
from spark_models.core.tables import ScoringRun
from spark_models.spark.inputs import read_input
from spark_models.steps.score import score

START = datetime.now(UTC)


@pytest.fixture(scope="module")
def job(shared_desk: Desk) -> ScoreConfig:
    """A job on the second version of the input, in which each flight is there twice."""
    shared_desk.write()
    shared_desk.write()
    return shared_desk.job("delay/1", filter="id < 5", passthrough=("carrier",), prediction="delay")


@pytest.fixture(scope="module")
def done(shared_desk: Desk, job: ScoreConfig) -> Scoring:
    return score(job, spark=shared_desk.spark)


@pytest.fixture(scope="module")
def run(done: Scoring) -> ScoringRun:
    assert done.run is not None
    return done.run


def test_each_row_has_its_prediction_and_where_it_came_from(shared_desk: Desk, done: Scoring) -> None:
    found = shared_desk.predictions()
    mine = ["id", "carrier", "delay"]
    assert list(found) == [*mine, "model_name", "model_version", "batch_id", "scored_at", "error"]
    assert found["id"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    rows = shared_desk.frame().where("id < 5").orderBy("id").toPandas()
    assert found["carrier"].tolist() == rows["carrier"].tolist()
    expected = mlflows(shared_desk.store, ModelVersion("delay", 1), rows[["carrier", "distance", "dep_delay", "hour"]])
    assert found["delay"].to_numpy().tobytes() == expected.tobytes()
    provenance = found[["model_name", "model_version", "batch_id"]].drop_duplicates()
    assert provenance.to_numpy().tolist() == [["delay", 1, done.batch_id]]
    assert found["error"].isna().all()


def test_the_run_is_recorded_with_all_that_it_depended_on(shared_desk: Desk, job: ScoreConfig, run: ScoringRun) -> None:
    assert shared_desk.runs() == (run,)
    assert (run.status, run.error) == ("succeeded", None)
    assert (run.model_name, run.model_version, run.model_uri) == ("delay", 1, "models:/delay/1")
    assert (run.input_table, run.input_version, run.filter) == (job.input.table, 1, "id < 5")
    assert (run.output_table, run.output_version) == (job.output.table, shared_desk.version())
    assert (run.rows_in, run.rows_scored, run.rows_failed) == (10, 10, 0)
    assert (run.method, run.engine, run.predictor, run.mode) == ("predict", "direct", "sklearn", "append")
    assert run.engine_reason == "workers read the table's files, in 1 shares; workers write the predictions"
    assert run.digest == shared_desk.store.client.get_model_version("delay", "1").tags["spark_models.digest"]
    assert START <= run.started_at <= run.finished_at <= datetime.now(UTC)


def test_rows_are_marked_with_the_moment_at_which_the_run_began(shared_desk: Desk, run: ScoringRun) -> None:
    frame = shared_desk.spark.read.format("delta").load(shared_desk.output)
    moments = frame.select(F.unix_micros("scored_at")).distinct().collect()
    assert [moment[0] for moment in moments] == [round(run.started_at.timestamp() * 1_000_000)]


def test_the_run_is_in_mlflow_too(shared_desk: Desk, done: Scoring) -> None:
    client = shared_desk.store.client
    experiment = client.get_experiment_by_name("spark-models")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], f"params.batch_id = '{done.batch_id}'")
    assert [mlflow_run.info.run_name for mlflow_run in found] == ["score delay version 1"]
    assert found[0].data.metrics == {"rows_in": 10, "rows_scored": 10, "rows_failed": 0}


def test_other_readers_can_read_the_tables_and_their_comments(shared_desk: Desk, done: Scoring) -> None:
    table = deltalake.DeltaTable(shared_desk.output)
    assert table.protocol().min_reader_version == 1
    assert table.metadata().partition_columns == ["model_name", "model_version", "batch_id"]
    comments = {field.name: field.metadata.get("comment") for field in table.schema().fields}
    assert (comments["id"], comments["carrier"]) == ("key", "carried over from the input")
    assert all(comments.values())
    predictions = table.to_pyarrow_dataset()  # noqa: F841  # the query names it
    query = "SELECT batch_id, count(*) FROM predictions WHERE model_version = 1 AND delay IS NOT NULL GROUP BY ALL"
    assert duckdb.execute(query).fetchall() == [(done.batch_id, 10)]

    runs = deltalake.DeltaTable(f"{shared_desk.lake}/ops/scoring_runs")
    assert runs.protocol().min_reader_version == 1
    assert all(field.metadata.get("comment") for field in runs.schema().fields)
    scoring_runs = runs.to_pyarrow_dataset()  # noqa: F841  # the query names it
    assert duckdb.execute("SELECT rows_in, status FROM scoring_runs").fetchall() == [(10, "succeeded")]


def test_a_rerun_of_the_same_batch_writes_nothing(shared_desk: Desk, job: ScoreConfig, done: Scoring) -> None:
    before = shared_desk.version(), shared_desk.runs()
    again = score(job, spark=shared_desk.spark)
    assert (again.skipped, again.batch_id, again.model_version) == (True, done.batch_id, done.model_version)
    assert (shared_desk.version(), shared_desk.runs()) == before


def test_a_rerun_does_no_work_before_it_skips(
    shared_desk: Desk, job: ScoreConfig, done: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_models.steps.score._scored", None)
    assert score(job, spark=shared_desk.spark).batch_id == done.batch_id


def test_an_alias_that_moves_while_the_job_runs_changes_nothing_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write()
    client = desk.store.client
    client.set_registered_model_alias("delay", "moving", "1")

    def read_while_it_moves(*arguments: object) -> object:
        client.set_registered_model_alias("delay", "moving", "2")
        return read_input(*arguments)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr("spark_models.steps.score.read_input", read_while_it_moves)
    done = score(desk.job("delay@moving"), spark=desk.spark)

    assert done.model_version == ModelVersion("delay", 1)
    found, rows = desk.predictions(), desk.frame().orderBy("id").toPandas().drop(columns="id")
    assert set(found["model_version"]) == {1}
    assert found["prediction"].tolist() == list(mlflows(desk.store, ModelVersion("delay", 1), rows))


def test_an_empty_input_is_a_batch_without_rows_and_is_not_scored_again(desk: Desk) -> None:
    desk.write()
    job = desk.job("delay/1", filter="id < 0")
    done = score(job, spark=desk.spark)
    assert done.run is not None
    assert (done.run.rows_in, done.run.rows_scored, done.run.rows_failed) == (0, 0, 0)
    before = desk.version(), desk.runs()
    assert score(job, spark=desk.spark).skipped
    assert (desk.version(), desk.runs()) == before


def test_tables_may_have_names(desk: Desk) -> None:
    desk.write()
    spark = desk.spark
    spark.sql("CREATE SCHEMA IF NOT EXISTS scoring")
    desk.frame().write.format("delta").saveAsTable("scoring.flights")
    job = desk.job("late/1", table="scoring.flights").model_copy(update={"output": desk.job("late/1").output})
    named = job.model_copy(update={"output": job.output.model_copy(update={"table": "scoring.`the_predictions`"})})
    done = score(named, spark=spark)
    assert done.run is not None
    assert (done.run.input_table, done.run.input_version, done.run.rows_scored) == ("scoring.flights", 0, 20)
    assert spark.table("scoring.`the_predictions`").count() == 20
    assert score(named, spark=spark).skipped
    spark.sql("DROP SCHEMA scoring CASCADE")
