"""The Spark type of a prediction, seen in a prediction that was made."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import types as T
from pyspark.sql.pandas.types import from_arrow_type

from spark_models.errors import ConfigError


def parsed_result_type(text: str) -> T.DataType:
    """The type that a DDL text names: ``double``, ``array<float>``, ``struct<a:double,b:string>``, ``a double, b string``.

    Raises:
        ConfigError: if it names none.
    """
    from pyspark.errors import ParseException

    try:
        return T.DataType.fromDDL(text)
    except ParseException as error:
        raise ConfigError("result_type", [f"{text!r} is not a Spark type; write double, array<double>, ..."]) from error


def observed_result_type(predictions: Any) -> T.DataType:
    """The type that holds the predictions of n rows: an array's from its dtype and shape, a frame's by column.

    Raises:
        ConfigError: if no type holds them; giving a result type is what helps.
    """
    if isinstance(predictions, pd.DataFrame):
        if predictions.shape[1] == 1:
            return observed_result_type(predictions.iloc[:, 0])
        fields = [T.StructField(str(name), observed_result_type(predictions[name])) for name in predictions.columns]
        return T.StructType(fields)
    values = np.asarray(predictions)
    if values.dtype == object or values.dtype.kind == "U":
        return _type_of_objects(predictions)
    kind: T.DataType = from_arrow_type(pa.from_numpy_dtype(values.dtype))
    for _ in range(values.ndim - 1):
        kind = T.ArrayType(kind)
    return kind


def _type_of_objects(predictions: Any) -> T.DataType:
    try:
        return from_arrow_type(pa.array(list(predictions)).type)
    except (pa.ArrowException, TypeError) as error:
        raise ConfigError("result_type", ["the prediction's type cannot be told from an example; give it"]) from error
