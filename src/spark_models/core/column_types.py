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


def struct_fields(kind: str) -> dict[str, str]:
    """The fields of a struct and their types, as a signature's types are written; none of anything else.

    >>> struct_fields("struct<a:bigint,b:map<string,int>>")
    {'a': 'bigint', 'b': 'map<string,int>'}
    """
    if not kind.startswith("struct<"):
        return {}
    fields, depth = [""], 0
    for letter in kind[len("struct<") : -1]:
        depth += (letter == "<") - (letter == ">")
        if letter == "," and not depth:
            fields.append("")
        else:
            fields[-1] += letter
    return {name: of_field for name, _, of_field in (field.partition(":") for field in fields)}
