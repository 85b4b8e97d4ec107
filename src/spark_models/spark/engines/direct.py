"""The engine ``direct``: workers read the table's files themselves; only carried columns and predictions enter the JVM.

Spark still plans (which files there are, and the filter leaves) and schedules.
"""

from pyspark.sql import SparkSession

from spark_models.spark.engines.arrow import work_of
from spark_models.spark.engines.direct_work import DirectWork
from spark_models.spark.engines.request import Pass, Request
from spark_models.spark.reading.reader import Sources
from spark_models.spark.reading.sources import numbers_of_shares, sources


def sources_of(spark: SparkSession, request: Request) -> Sources:
    """The files that hold the input: of each row the carried columns first, and then the inputs.

    Raises:
        UnreadableError: with the reason, if Arrow might read them otherwise than Spark.
    """
    columns = request.given.columns
    return sources(spark, request.given, [*((name, columns[name]) for name in request.carried), *request.inputs])


def passed(spark: SparkSession, request: Request, read: Sources) -> Pass:
    """A task for each share of the files."""
    return Pass(numbers_of_shares(spark, read), DirectWork(work_of(spark, request), read).run)
