from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tests.models import flights
from tests.steps.scoring import Desk, numbered, with_missing

from spark_models.errors import ConfigError, DataError
from spark_models.spark.frames import local_frame
from spark_models.spark.survey import Surveyed
from spark_models.steps import score as module
from spark_models.steps.score import score


def provenance(desk: Desk) -> list[tuple[object, ...]]:
    found = desk.predictions()[["model_version", "batch_id", "id"]]
    return list(found.itertuples(index=False, name=None))


def test_replace_writes_its_batch_again_and_leaves_the_others_as_they_are(desk: Desk) -> None:
    desk.write(numbered(flights(4)))
    for model, batch in (("delay/1", "a"), ("delay/1", "b"), ("delay/2", "a")):
        score(desk.job(model, batch_id=batch), spark=desk.spark)
    before = desk.predictions()

    desk.write(numbered(flights(6)).tail(2))
    done = score(desk.job("delay/1", batch_id="a", mode="replace"), spark=desk.spark)

    assert done.run is not None
    assert (done.run.rows_scored, done.run.output_version) == (6, desk.version())
    after = desk.predictions()
    mine = (after["model_version"] == 1) & (after["batch_id"] == "a")
    assert after[mine]["id"].tolist() == list(range(6))
    others = (before["model_version"] != 1) | (before["batch_id"] != "a")
    pd.testing.assert_frame_equal(
        after[~mine].reset_index(drop=True), before[others].reset_index(drop=True), check_exact=True
    )
    assert [run.status for run in desk.runs()] == ["succeeded"] * 4


@pytest.mark.parametrize(("versions", "kind"), [(("delay/1",), "array<double>"), (("delay/1", "doubling/1"), "double")])
def test_workers_and_spark_write_the_same_rows(
    desk: Desk, versions: tuple[str, ...], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "spark_models")
    desk.write(with_missing(numbered(flights(50))))
    tables, reasons = [f"{desk.lake}/by_workers", f"{desk.lake}/by_spark"], []
    for writer, table in zip(("auto", "spark"), tables, strict=True):
        job = desk.job(
            *versions,
            writer=writer,
            on_row_error="record",
            batch_id="é/1 %",
            passthrough=("carrier", "hour", "dep_delay"),
            result_type=kind,
        )
        job = job.model_copy(update={"output": job.output.model_copy(update={"table": table})})
        done = score(job, spark=desk.spark)
        assert done.run is not None
        reasons.append(str(done.run.engine_reason))
    written = [reason.partition("; ")[2] for reason in reasons]
    assert written == ["workers write the predictions", "Spark writes the predictions, as configured"]
    told = [record.getMessage() for record in caplog.records if record.name == "spark_models.steps.score"]
    assert told == [
        f"{desk.input} into {table}: engine direct: {why}" for table, why in zip(tables, reasons, strict=True)
    ]
    by_workers, by_spark = (desk.spark.table(f"delta.`{table}`").drop("scored_at") for table in tables)
    assert by_workers.schema == by_spark.schema
    assert by_workers.count() == 50 * len(versions)
    assert by_workers.exceptAll(by_spark).isEmpty()
    # Other readers have them, too, with NULLs as NULLs.
    theirs, ours = (desk.predictions(table).drop(columns="scored_at") for table in tables)
    pd.testing.assert_frame_equal(theirs, ours)


def test_merge_updates_keys_of_the_version_and_an_older_batch_never_comes_back(desk: Desk) -> None:
    desk.write(numbered(flights(3)))
    first = desk.job("delay/1", mode="merge", version=0)
    old = score(first, spark=desk.spark)
    score(desk.job("delay/2", mode="merge"), spark=desk.spark)
    desk.write(numbered(flights(5)).tail(2))
    new = score(desk.job("delay/1", mode="merge"), spark=desk.spark)

    assert new.batch_id != old.batch_id
    assert new.run is not None
    assert (new.run.rows_in, new.run.rows_scored, new.run.output_version) == (5, 5, desk.version())
    rows = provenance(desk)
    assert [row for row in rows if row[0] == 1] == [(1, new.batch_id, key) for key in range(5)]
    assert len([row for row in rows if row[0] == 2]) == 3

    before = desk.version(), desk.runs()
    assert score(first, spark=desk.spark).skipped
    assert (desk.version(), desk.runs()) == before


def test_a_merged_batch_is_written_again_if_its_table_is_gone(desk: Desk) -> None:
    desk.write(numbered(flights(3)))
    table = "merged_and_dropped"
    job = desk.job("delay/1", mode="merge")
    job = job.model_copy(update={"output": job.output.model_copy(update={"table": table})})
    score(job, spark=desk.spark)
    desk.spark.sql(f"DROP TABLE {table}")
    again = score(job, spark=desk.spark)
    assert again.run is not None
    assert (again.run.rows_scored, desk.spark.table(table).count()) == (3, 3)


def test_merge_into_keys_that_earlier_batches_wrote_twice_is_refused(desk: Desk) -> None:
    desk.write(numbered(flights(3)))
    for batch in ("a", "b"):
        score(desk.job("delay/1", batch_id=batch), spark=desk.spark)
    before = desk.version()
    with pytest.raises(DataError, match="3 rows of delay version 1 that repeat the key of another"):
        score(desk.job("delay/1", mode="merge"), spark=desk.spark)
    assert desk.version() == before
    assert desk.runs()[-1].status == "failed"


def test_a_dataframe_is_scored_under_a_given_batch_id(desk: Desk) -> None:
    frame = local_frame(desk.spark, [(1, 2.0), (2, 3.0)], "id bigint, distance double")
    job = desk.job("doubling/1", table=None, batch_id="mine", filter="id > 1")
    done = score(job, frame, spark=desk.spark)
    assert done.run is not None
    assert (done.run.input_table, done.run.input_version, done.run.rows_in) == (None, None, 1)
    assert desk.predictions()["prediction"].tolist() == [6.0]
    assert score(job, frame, spark=desk.spark).skipped


def test_a_dataframe_without_a_batch_id_can_only_be_merged(desk: Desk) -> None:
    frame = local_frame(desk.spark, [(1, 2.0)], "id bigint, distance double")
    with pytest.raises(ConfigError, match="a DataFrame has no version to derive it from; give batch_id"):
        score(desk.job("doubling/1", table=None), frame, spark=desk.spark)
    assert [run.status for run in desk.runs()] == ["failed"]
    for distance in (2.0, 5.0):
        merged = frame.withColumn("distance", F.lit(distance))
        done = score(desk.job("doubling/1", table=None, mode="merge"), merged, spark=desk.spark)
        assert done.run is not None
        assert done.batch_id == done.run.run_id
    assert desk.predictions()["prediction"].tolist() == [10.0]


def changing(desk: Desk, calls: Path) -> DataFrame:
    """399 rows when it is read for the first time, and none from then on, until ``calls`` is taken away."""

    def fewer_each_time() -> float:
        with calls.open("ab") as opened:
            opened.write(b".")
            return float(opened.tell())

    read = F.udf(fewer_each_time, "double").asNondeterministic()
    return desk.spark.range(500).withColumn("distance", read()).where("distance < 400")


def test_an_input_that_changes_while_it_is_read_is_told(desk: Desk, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    rows = changing(desk, calls)
    job = desk.job("doubling/1", table=None, batch_id="a", mode="replace")
    with pytest.raises(DataError, match="the input gives other rows each time it is read"):
        score(job, rows, spark=desk.spark)
    assert [(run.status, run.output_version) for run in desk.runs()] == [("failed", None)]
    assert desk.version() == 0
    # What Spark writes is counted when it is there.
    calls.unlink()
    with pytest.raises(DataError, match="the input gives other rows each time it is read"):
        score(job.model_copy(update={"writer": "spark"}), rows, spark=desk.spark)
    assert [run.output_version for run in desk.runs()] == [None, None]


def test_a_batch_that_is_not_whole_is_no_batch_for_the_next_run(desk: Desk, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    rows = changing(desk, calls)
    job = desk.job("doubling/1", table=None, batch_id="a", writer="spark")
    for _ in range(2):
        calls.unlink(missing_ok=True)
        with pytest.raises(DataError, match="the input gives other rows each time it is read"):
            score(job, rows, spark=desk.spark)
        assert len(desk.predictions()) == 0
    # Of a merge what is there stays, and is no reason to skip it.
    merge = desk.job("doubling/1", table=None, batch_id="c", mode="merge")
    few = desk.spark.range(2).withColumn("distance", F.lit(2.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_surveyed", lambda job, *_: (job.given, [Surveyed(3, frozenset())]))
        with pytest.raises(DataError, match="3 rows went in, 2 came out"):
            score(merge, few, spark=desk.spark)
    assert desk.runs()[-1].output_version == desk.version()
    with pytest.raises(DataError, match="batch c: 3 rows went in, 2 were merged"):
        score(merge, few, spark=desk.spark)
    assert not score(merge.model_copy(update={"batch_id": "d"}), few, spark=desk.spark).skipped
