"""Which engine scores an input, and why."""

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame, SparkSession

from spark_models.errors import ConfigError
from spark_models.spark.engines import arrow, direct, pandas_udf
from spark_models.spark.engines.direct import Sources
from spark_models.spark.engines.footers import UnreadableError
from spark_models.spark.engines.request import Request

Engine = Literal["pandas_udf", "arrow", "direct"]


@dataclass(frozen=True)
class Chosen:
    """An engine, with the reason for it in words; ``sources`` are the files that ``direct`` will read."""

    engine: Engine
    reason: str
    sources: Sources | None = None

    def scored(self, spark: SparkSession, request: Request) -> DataFrame:
        """What the request asks for."""
        if self.sources is not None:
            return direct.scored(spark, request, self.sources)
        return arrow.scored(spark, request) if self.engine == "arrow" else pandas_udf.scored(request)


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
        found = direct.sources(spark, request)
    except UnreadableError as error:
        if asked == "direct":
            raise ConfigError("engine", [f"direct cannot read the input: {error}; set engine to auto"]) from error
        return Chosen("arrow", f"direct cannot read the input: {error}")
    reason = "as configured" if asked == "direct" else f"workers read the table's files, in {len(found.shares)} shares"
    return Chosen("direct", reason, found)
