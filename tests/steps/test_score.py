from datetime import UTC, datetime

from tests.steps.scoring import Desk

from spark_models.steps.score import score


def test_rows_get_predictions_and_where_they_came_from(desk: Desk) -> None:
    rows = desk.write()
    before = datetime.now(UTC)

    done = score(desk.job("delay/1", passthrough=("carrier",)), spark=desk.spark)

    found = desk.predictions()
    assert list(found) == [
        "id",
        "carrier",
        "prediction",
        "model_name",
        "model_version",
        "batch_id",
        "scored_at",
        "error",
    ]
    assert found["id"].tolist() == rows["id"].tolist()
    assert found["carrier"].tolist() == rows["carrier"].tolist()
    assert set(found["model_name"]) == {"delay"}
    assert set(found["model_version"]) == {1}
    assert set(found["batch_id"]) == {done.batch_id}
    assert found["error"].isna().all()
    assert done.run is not None
    assert before <= done.run.started_at <= done.run.finished_at


def test_the_run_is_recorded_with_all_that_it_depended_on(desk: Desk) -> None:
    desk.write()
    desk.write()
    job = desk.job("delay/1", filter="id < 5", mode="append")

    done = score(job, spark=desk.spark)

    (run,) = desk.runs()
    assert run == done.run
    assert (run.status, run.error) == ("succeeded", None)
    assert (run.model_name, run.model_version, run.model_uri) == ("delay", 1, "models:/delay/1")
    assert (run.input_table, run.input_version, run.filter) == (desk.input, 1, "id < 5")
    assert (run.output_table, run.output_version) == (desk.output, desk.version())
    assert (run.rows_in, run.rows_scored, run.rows_failed) == (10, 10, 0)
    assert (run.method, run.engine, run.predictor, run.mode) == ("predict", "pandas_udf", "sklearn", "append")
    assert run.digest == desk.store.client.get_model_version("delay", "1").tags["spark_models.digest"]


def test_the_run_is_in_mlflow_too(desk: Desk) -> None:
    desk.write()
    done = score(desk.job("doubling/1"), spark=desk.spark)
    experiment = desk.store.client.get_experiment_by_name("spark-models")
    assert experiment is not None
    found = desk.store.client.search_runs([experiment.experiment_id], f"params.batch_id = '{done.batch_id}'")
    assert [run.info.run_name for run in found] == ["score doubling version 1"]
    assert found[0].data.metrics == {"rows_in": 20, "rows_scored": 20, "rows_failed": 0}
