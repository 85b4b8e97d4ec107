"""An attempt at scoring: what is known of it so far, and its row in ``scoring_runs`` whatever comes of it."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from spark_models.core.config import ScoreConfig
from spark_models.core.tables import ScoringRun
from spark_models.errors import DataError, SchemaError, SparkModelsError
from spark_models.spark.rows import append_rows

_OURS = re.compile(r"spark_models\.errors\.(DataError|SchemaError): (?P<subject>.+):\n(?P<problems>(?:\s+- .+\n?)+)")


class Attempt:
    """Gathers the facts of one attempt; failed until it is said to have succeeded."""

    def __init__(self, config: ScoreConfig, engine: str) -> None:
        now = datetime.now(UTC)
        self.run = ScoringRun(
            run_id=uuid.uuid4().hex,
            batch_id=config.batch_id,
            model_name=None,
            model_version=None,
            model_uri=config.model,
            digest=None,
            method=config.method,
            engine=engine,
            predictor=None,
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

    def note(self, **facts: Any) -> None:
        """Keep facts, by the names of the row's columns."""
        self.run = replace(self.run, **facts)

    def ended(self, **facts: Any) -> ScoringRun:
        """The row, with the time it ended and last facts."""
        self.note(finished_at=datetime.now(UTC), **facts)
        return self.run


@contextmanager
def failure_recorded(spark: SparkSession, config: ScoreConfig, attempt: Attempt) -> Iterator[None]:
    """Write the row of an attempt that fails inside the block, and raise the failure as one of our errors."""
    try:
        yield
    except BaseException as error:
        failure = _ours(error)
        _append(spark, config, attempt.ended(error=_told(failure)), failure)
        if failure is error:
            raise
        raise failure from error


def _append(spark: SparkSession, config: ScoreConfig, run: ScoringRun, failure: BaseException) -> None:
    try:
        append_rows(spark, config.tables.table("scoring_runs"), [run])
    except (SparkModelsError, PySparkException, Py4JError) as second:
        # The first failure is the one to report; this one must not hide it.
        failure.add_note(f"and its row in scoring_runs could not be written: {type(second).__name__}")


def _ours(error: BaseException) -> BaseException:
    """The error that a worker raised, taken out of Spark's account of it; other errors as they are."""
    if isinstance(error, (PySparkException, Py4JError)) and (found := _OURS.search(str(error))):
        problems = [line.strip().removeprefix("- ") for line in found["problems"].splitlines() if line.strip()]
        return {"DataError": DataError, "SchemaError": SchemaError}[found[1]](found["subject"], problems)
    return error


def _told(error: BaseException) -> str:
    # Messages of Spark and of libraries may hold values from rows.
    return str(error) if isinstance(error, SparkModelsError) else type(error).__name__
