"""The iterator pandas UDF around a predictor."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pyspark.sql import types as T
from pyspark.sql.functions import pandas_udf
from pyspark.sql.pandas.types import to_arrow_type

from spark_models.spark.worker import Task, predict_batches


def output_fields(result_type: T.DataType, name: str = "prediction") -> tuple[tuple[str, Any], ...]:
    """The fields of a result with their Arrow types: a struct's own, or one under ``name``."""
    if isinstance(result_type, T.StructType):
        return tuple((field.name, to_arrow_type(field.dataType, timezone="UTC")) for field in result_type.fields)
    return ((name, to_arrow_type(result_type, timezone="UTC")),)


def predictor_udf(task: Task, result_type: T.DataType) -> Any:
    """The UDF: columns in the order of ``task.inputs``, or one struct of them, to the result."""

    # The hint makes it an iterator UDF; Spark gives a tuple for several columns, one alone otherwise.
    def predict(batches: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.Series]:
        return predict_batches(task, batches)

    return pandas_udf(predict, returnType=result_type)
