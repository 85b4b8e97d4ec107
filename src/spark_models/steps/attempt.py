"""An attempt at scoring: what is known of it so far, and its row in ``scoring_runs`` whatever comes of it."""

import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from spark_models import errors
from spark_models.core.config import ScoreConfig
from spark_models.core.table_name import TableName
from spark_models.core.tables import ScoringRun
from spark_models.errors import SparkModelsError
from spark_models.spark.rows import append_rows, read_rows
from spark_models.spark.worker import OWN_TRACEBACK

# Our error in Spark's account of a worker's failure, which is a Python traceback in a Java one.
_OURS = re.compile(r"spark_models\.errors\.(?P<kind>\w+Error): (?P<subject>.+):\n(?P<problems>(?:\s+- .+\n?)+)")
_CALLS = re.compile(rf"{OWN_TRACEBACK}(?:\n +File .+)+")
# Spark's conditions of SQL's class 22, data exceptions, whose messages quote the values; and what a query raises by
# itself, by assert_true or raise_error, with a message that may hold anything.
_DATA_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_.]+)\][^\[]*?SQLSTATE: 22\w{3}|\[(USER_RAISED_EXCEPTION)\]")


class Attempt:
    """Gathers the facts of one attempt; failed until it is said to have succeeded."""

    def __init__(self, config: ScoreConfig, model_uri: str) -> None:
        now = datetime.now(UTC)
        self.run = ScoringRun(
            run_id=uuid.uuid4().hex,
            batch_id=config.batch_id,
            model_name=None,
            model_version=None,
            model_uri=model_uri,
            digest=None,
            method=config.method,
            engine=None,
            engine_reason=None,
            predictor=None,
            predictor_reason=None,
            acceleration=None,
            mode=config.output.mode,
            input_table=config.input.table,
            input_version=config.input.version,
            filter=config.input.filter,
            output_table=config.output.table,
            output_version=None,
            rows_in=None,
            rows_scored=None,
            rows_failed=None,
            status="failed",
            error=None,
            started_at=now,
            finished_at=now,
        )

    def by(self, model_uri: str) -> "Attempt":
        """The part of this attempt that one of its models has; it began when this one did."""
        part = copy(self)
        part.note(run_id=uuid.uuid4().hex, model_uri=model_uri)
        return part

    def note(self, **facts: Any) -> None:
        """Keep facts, by the names of the row's columns."""
        self.run = replace(self.run, **facts)

    def ended(self, **facts: Any) -> ScoringRun:
        """The row, with the time it ended and last facts."""
        self.note(finished_at=datetime.now(UTC), **facts)
        return self.run


def runs_of(
    spark: SparkSession, config: ScoreConfig, table: TableName, batch_ids: Collection[str]
) -> tuple[ScoringRun, ...]:
    """The rows of attempts at batches of these ids into this table, in whatever mode and with whatever outcome."""
    scoring_runs = config.tables.table("scoring_runs")
    return read_rows(spark, scoring_runs, ScoringRun, batch_id=tuple(batch_ids), output_table=str(table))


def succeeded(
    spark: SparkSession, config: ScoreConfig, table: TableName, batch_ids: Collection[str]
) -> tuple[ScoringRun, ...]:
    """Those of the attempts that succeeded, in the config's mode."""
    found = runs_of(spark, config, table, batch_ids)
    return tuple(run for run in found if run.status == "succeeded" and run.mode == config.output.mode)


@contextmanager
def failure_recorded(spark: SparkSession, config: ScoreConfig, attempts: Sequence[Attempt]) -> Iterator[None]:
    """Write the rows of attempts that fail inside the block, and raise the failure as one of our errors.

    What Spark says of a failure in a worker or in a row is left out, since it quotes values from rows.
    """
    try:
        yield
    except (PySparkException, Py4JError) as error:
        ours = _ours(str(error), config)
        _append(spark, config, attempts, ours or error)
        if ours is None:
            raise
        raise ours from None
    except BaseException as error:
        _append(spark, config, attempts, error)
        raise


def _append(spark: SparkSession, config: ScoreConfig, attempts: Sequence[Attempt], failure: BaseException) -> None:
    # Messages of Spark and of libraries may hold values from rows.
    told = str(failure) if isinstance(failure, SparkModelsError) else type(failure).__name__
    try:
        append_rows(spark, config.tables.table("scoring_runs"), [attempt.ended(error=told) for attempt in attempts])
    except (SparkModelsError, PySparkException, Py4JError) as second:
        # The first failure is the one to report; this one must not hide it.
        failure.add_note(f"and its row in scoring_runs could not be written: {type(second).__name__}")


def _ours(message: str, config: ScoreConfig) -> SparkModelsError | None:
    """The error that a worker raised, or ours for a value that Spark cannot compute with; None for anything else."""
    if found := _OURS.search(message):
        kind: type[errors.ProblemsError] = getattr(errors, found["kind"])
        problems = [line.strip().removeprefix("- ") for line in found["problems"].strip().splitlines()]
        if kind is errors.DataError and config.on_row_error == "fail":
            problems.append("on_row_error: record would keep such rows, without a prediction")
        ours = kind(found["subject"], problems)
        if calls := _CALLS.search(message):
            ours.add_note(calls[0])
        return ours
    if condition := _DATA_CONDITION.search(message):
        where = "in the filter, or in a column that a view or the DataFrame computes"
        return errors.DataError(
            f"{config.input.table or 'the DataFrame'} has rows that cannot be read",
            [f"Spark refuses a value with {condition[1] or condition[2]} {where}; the value is left out here"],
        )
    return None
