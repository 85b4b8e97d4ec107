"""The Spark type of a prediction: as a text names it, or seen in a prediction that was made."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.errors import ParseException, PySparkTypeError
from pyspark.sql import types as T
from pyspark.sql.pandas.types import from_arrow_type

from spark_models.core.signature import TENSOR_TYPES
from spark_models.errors import ConfigError

UNKNOWN = "the prediction's type cannot be told from an example; give result_type"


def parsed_result_type(text: str) -> T.DataType:
    """The type that a DDL text names: ``double``, ``array<float>``, ``struct<a:double,b:string>``, ``a int, b string``.

    Raises:
        ConfigError: if it names none.
    """
    try:
        # MLflow takes numpy's word, too.
        return T.DataType.fromDDL("boolean" if text.strip().lower() == "bool" else text)
    except ParseException as error:
        raise ConfigError("result_type", [f"{text!r} is not a Spark type; write double, array<double>, ..."]) from error


def observed_result_type(predictions: Any) -> T.DataType:
    """The type that holds the predictions of n rows.

    An array's comes from its dtype and shape, a DataFrame's is a struct of its columns, unless there is just one.

    Raises:
        ConfigError: if no type holds them; giving a result type is what helps.
    """
    if hasattr(predictions, "toarray"):  # scipy's sparse matrices
        predictions = predictions.toarray()
    if isinstance(predictions, pd.DataFrame) and predictions.shape[1] == 1:
        return observed_result_type(predictions.iloc[:, 0])
    if isinstance(predictions, (pd.DataFrame, Mapping)):
        columns = {str(name): observed_result_type(column) for name, column in predictions.items()}
        return T.StructType([T.StructField(name, kind) for name, kind in columns.items()])
    values = predictions.to_numpy() if isinstance(predictions, pd.Series) else _array(predictions)
    scalar = TENSOR_TYPES.get(values.dtype.name)
    # An empty list is doubles to numpy.
    if scalar is None or values.dtype == object or (isinstance(predictions, list) and not predictions):
        return _type_of_objects(predictions)
    kind = T.DataType.fromDDL(scalar)
    for _ in range(values.ndim - 1):
        kind = T.ArrayType(kind)
    return kind


def _array(predictions: Any) -> np.ndarray:
    try:
        return np.asarray(predictions)
    except ValueError:  # lists of different lengths
        return np.empty(0, dtype=object)


def _type_of_objects(predictions: Any) -> T.DataType:
    try:
        kind = from_arrow_type(pa.array(list(predictions), from_pandas=True).type, prefer_timestamp_ntz=False)
    except (pa.ArrowException, PySparkTypeError, TypeError) as error:
        raise ConfigError("result_type", [UNKNOWN]) from error
    if isinstance(kind, T.NullType):
        raise ConfigError("result_type", [UNKNOWN])
    return kind
