"""What numpy and pandas call the types that a model's columns have, by Spark's names."""

from collections.abc import Mapping

NUMPY_TYPES: Mapping[str, str] = {
    "double": "float64",
    "float": "float32",
    "bigint": "int64",
    "int": "int32",
    "boolean": "bool",
}
# Where a column has NULLs, pandas' own types keep whole numbers whole and booleans booleans; floats have NaN.
NULLABLE_TYPES: Mapping[str, str] = {"bigint": "Int64", "int": "Int32", "boolean": "boolean"}

# From here on, a double is two whole numbers.
FIRST_INEXACT = 2**53
