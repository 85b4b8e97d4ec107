"""The engine ``arrow``: whole batches of Arrow's go to Python and back, in sizes of our own."""

from collections.abc import Iterator
from functools import partial

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from spark_models.core.table_name import quoted
from spark_models.spark.engines.batches import Lane, Work, scored_batches
from spark_models.spark.engines.request import Pass, Request
from spark_models.spark.session import session_zone


def passed(spark: SparkSession, request: Request) -> Pass:
    """The input's rows, in Arrow batches from the JVM."""
    carried = (F.col(quoted(name)) for name in request.carried)
    place = [] if request.given.place is None else [F.col(quoted(request.given.place))]
    given = request.given.frame.select(*carried, *_cast(request.inputs), *place)
    if place:
        # A worker then goes from model to model, and has few of them in memory.
        given = given.repartition(*place).sortWithinPartitions(*place)
    return Pass(given, partial(scored_batches, work_of(spark, request)))


def _cast(inputs: tuple[tuple[str, str], ...]) -> Iterator[Column]:
    for place, (column, kind) in enumerate(inputs):
        yield F.col(quoted(column)).cast(kind).alias(f"input_{place}")


def work_of(spark: SparkSession, request: Request) -> Work:
    """The work on batches of the carried columns, then the request's inputs, and then the place, if there is one."""
    places = {given: len(request.carried) + place for place, given in enumerate(request.inputs)}
    lanes = tuple(
        Lane(task, tuple(places[planned.column, planned.type] for planned in task.inputs)) for task in request.tasks
    )
    place = None if request.given.place is None else len(request.carried) + len(request.inputs)
    return Work(len(request.carried), lanes, to_arrow_schema(request.schema, timezone=session_zone(spark)), place=place)
