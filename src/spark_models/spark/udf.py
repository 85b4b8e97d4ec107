"""The iterator pandas UDF around a predictor."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import types as T
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.pandas.types import to_arrow_type

from spark_models.spark.session import session_zone
from spark_models.spark.worker import Task, predict_batches


def output_fields(spark: SparkSession, result_type: T.DataType) -> tuple[tuple[str, pa.DataType], ...]:
    """The fields of a result with their Arrow types: a struct's own, or one alone; times are in the session's zone."""
    zone = session_zone(spark)
    fields = result_type.fields if isinstance(result_type, T.StructType) else [T.StructField("prediction", result_type)]
    return tuple((field.name, to_arrow_type(field.dataType, timezone=zone)) for field in fields)


def predictor_udf(task: Task, result_type: T.DataType) -> Any:
    """The UDF: columns in the order of ``task.inputs``, or one struct of them, to the result."""

    # The hint makes it an iterator UDF; Spark gives a tuple for several columns, one alone otherwise.
    def predict(batches: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.Series]:
        return predict_batches(task, batches)

    return pandas_udf(predict, returnType=result_type)  # type: ignore[call-overload]  # they leave out some types
