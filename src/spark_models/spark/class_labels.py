"""Class labels as text, so that those of two tables can be compared: 1, 1.0, true and '1' are one class."""

import re

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

_WHOLE = r"^([-+]?\d+)\.0+$"


def class_label(value: Column, kind: T.DataType) -> Column:
    """A class label of any type as text; NULL and NaN are none, and stay or become NULL."""
    if isinstance(kind, T.BooleanType):
        return value.cast("int").cast("string")
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        whole = F.when(value == F.floor(value), F.floor(value).cast("string"))
        return F.when(~F.isnan(value), F.coalesce(whole, value.cast("string")))
    text = value.cast("string")
    if isinstance(kind, T.DecimalType):
        # Its text has as many decimals as its type.
        return F.regexp_replace(F.regexp_replace(text, r"(\.\d*?)0+$", "$1"), r"\.$", "")
    if isinstance(kind, T.StringType):
        return (
            F.when(F.lower(text) == "true", "1")
            .when(F.lower(text) == "false", "0")
            .otherwise(F.regexp_replace(text, _WHOLE, "$1"))
        )
    return text


def class_name(text: str) -> str:
    """The same for a class that a config names.

    >>> class_name("true"), class_name("1.0"), class_name("late")
    ('1', '1', 'late')
    """
    return {"true": "1", "false": "0"}.get(text.lower(), re.sub(_WHOLE, r"\1", text))
