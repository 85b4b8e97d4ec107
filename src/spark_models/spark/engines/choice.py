"""Which engine scores an input, and why."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from pyspark.sql import DataFrame, SparkSession

from spark_models.errors import ConfigError
from spark_models.spark.engines import arrow, direct, pandas_udf
from spark_models.spark.engines.request import Pass, Request
from spark_models.spark.engines.sink import FILES_DDL, Sink
from spark_models.spark.reading.footers import UnreadableError
from spark_models.spark.reading.reader import Sources

Engine = Literal["pandas_udf", "arrow", "direct"]


@dataclass(frozen=True)
class Chosen:
    """An engine, with the reason for it in words; ``sources`` are the files that ``direct`` will read."""

    engine: Engine
    reason: str
    sources: Sources | None = None

    def scored(self, spark: SparkSession, request: Request) -> DataFrame:
        """What the request asks for."""
        if self.engine == "pandas_udf":
            return pandas_udf.scored(request)
        rows = self._pass(spark, request)
        return rows.frame.mapInArrow(rows.run, request.schema)

    def written(self, spark: SparkSession, request: Request, sink: Sink) -> DataFrame:
        """What the request asks for, left in files by the workers: a row for each file; not by ``pandas_udf``."""
        rows = self._pass(spark, request)
        return rows.frame.mapInArrow(partial(sink.written, rows.run), FILES_DDL)

    def _pass(self, spark: SparkSession, request: Request) -> Pass:
        return arrow.passed(spark, request) if self.sources is None else direct.passed(spark, request, self.sources)


def choose(spark: SparkSession, asked: Engine | Literal["auto"], request: Request) -> Chosen:
    """The engine that was asked for, or the fastest one that reads the input exactly; ``arrow`` for group models.

    Raises:
        ConfigError: if ``direct`` is asked for and the input is not one that it reads exactly.
    """
    if request.given.place is not None:
        return Chosen("arrow", "rows are brought together by key")
    if asked in ("pandas_udf", "arrow"):  # a type checker narrows by a tuple
        return Chosen(asked, "as configured")
    try:
        found = direct.sources_of(spark, request)
    except UnreadableError as error:
        if asked == "direct":
            raise ConfigError("engine", [f"direct cannot read the input: {error}; set engine to auto"]) from error
        return Chosen("arrow", f"direct cannot read the input: {error}")
    reason = "as configured" if asked == "direct" else f"workers read the table's files, in {len(found.shares)} shares"
    return Chosen("direct", reason, found)
