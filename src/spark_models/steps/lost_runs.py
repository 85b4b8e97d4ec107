"""Where the predictions table and ``scoring_runs`` disagree, since they are written one after the other."""

from collections.abc import Collection, Mapping

from pyspark.sql import SparkSession

from spark_models.core.config import ScoreConfig
from spark_models.core.table_name import TableName
from spark_models.core.tables import ScoringRun
from spark_models.errors import DataError
from spark_models.spark.predictions import counted_batches
from spark_models.spark.writes import Batch
from spark_models.steps.attempt import Attempt, runs_of


def lost_runs(
    spark: SparkSession, config: ScoreConfig, table: TableName, attempts: Mapping[Batch, Attempt]
) -> tuple[ScoringRun, ...]:
    """Rows for batches that are in the table, but were committed by a job that was stopped before it wrote theirs.

    They tell what the table does: how many rows were scored and failed, and when. How many went in, how they were
    scored, and by which commit, nobody knows any more.
    """
    recorded = _committed(spark, config, table, attempts) if attempts else {}
    unknown = [batch for batch in attempts if batch.key not in recorded]
    counted = counted_batches(spark, table, unknown) if unknown else {}
    return tuple(
        attempts[batch].ended(
            status="succeeded",
            started_at=counts.scored_at,
            rows_scored=counts.rows_scored,
            rows_failed=counts.rows_failed,
            engine_reason="not known: the job that committed the batch was stopped before it wrote its row",
        )
        for batch, counts in counted.items()
    )


def require_whole_merges(
    spark: SparkSession, config: ScoreConfig, table: TableName, batches: Collection[Batch]
) -> None:
    """Refuse batches that are in the table, but of which fewer or more rows were merged than went in.

    Raises:
        DataError: listing them; what a merge wrote over is gone, so that they cannot be taken out again.
    """
    last = _committed(spark, config, table, batches) if batches else {}
    broken = [last[batch.key] for batch in batches if batch.key in last and last[batch.key].status == "failed"]
    if broken:
        problems = [
            f"batch {run.batch_id}: {run.rows_in} rows went in, {(run.rows_scored or 0) + (run.rows_failed or 0)} were"
            " merged, since the input gave other rows each time it was read"
            for run in broken
        ]
        raise DataError(f"table {table}", [*problems, "write the input to a table, and merge it with another batch_id"])


def _committed(
    spark: SparkSession, config: ScoreConfig, table: TableName, batches: Collection[Batch]
) -> dict[tuple[str | None, int | None, str | None], ScoringRun]:
    """The last attempt at each of the batches that committed something, by what names a batch."""
    runs = runs_of(spark, config, table, {batch.batch_id for batch in batches})
    committed = [run for run in runs if run.status == "succeeded" or run.output_version is not None]
    return {
        (run.model_name, run.model_version, run.batch_id): run
        for run in sorted(committed, key=lambda run: run.finished_at)
    }
