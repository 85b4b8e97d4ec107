"""The engine ``pandas_udf``: the model as an expression of Spark's query."""

from collections.abc import Iterator
from dataclasses import replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.table_name import quoted
from spark_models.spark.engines.request import ERROR, PLACE, Request
from spark_models.spark.udf import predictor_udf
from spark_models.spark.worker import Task


def scored(request: Request) -> DataFrame:
    """What the request asks for, by one UDF a model."""
    carried = [F.col(quoted(name)) for name in request.carried]
    if len(request.tasks) == 1:
        return request.given.frame.select(*carried, *_outcome(request, 0, request.tasks[0]))
    outcomes = [F.struct(*_outcome(request, place, task)) for place, task in enumerate(request.tasks)]
    return request.given.frame.select(*carried, F.inline(F.array(*outcomes)))


def _outcome(request: Request, place: int, task: Task) -> Iterator[Column]:
    inputs = [_boxed(F.col(quoted(planned.column)).cast(planned.type), planned.type) for planned in task.inputs]
    prediction, error = _predicted(replace(task, is_boxed=True), request.result_type, inputs)
    yield prediction.alias(request.prediction)
    yield F.lit(place).cast("bigint").alias(PLACE)
    yield error.alias(ERROR)


def _boxed(column: Column, kind: str) -> Column:
    return F.struct(column) if kind.startswith("struct<") else column


def _predicted(task: Task, result_type: T.DataType, inputs: list[Column]) -> tuple[Column, Column]:
    """The prediction and the error; Spark evaluates the UDF once, however often it is referred to."""
    if not task.records_errors:
        return predictor_udf(task, result_type)(*inputs), F.lit(None).cast("string")
    fields = result_type.fields if isinstance(result_type, T.StructType) else [T.StructField("", result_type)]
    *places, last = task.result_names
    kinds = [T.StructField(place, field.dataType) for place, field in zip(places, fields, strict=True)]
    outcome = predictor_udf(task, T.StructType([*kinds, T.StructField(last, T.StringType())]))(*inputs)
    error = outcome.getField(last)
    parts = [outcome.getField(place).alias(field.name) for place, field in zip(places, fields, strict=True)]
    value = F.struct(*parts) if isinstance(result_type, T.StructType) else outcome.getField(places[0])
    return F.when(error.isNull(), value), error
