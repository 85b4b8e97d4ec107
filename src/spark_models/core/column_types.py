"""What numpy and pandas call the types that a model's columns have, by Spark's names."""

import re
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

_FIELD = re.compile(r"(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<name>[^:`]+)):(?P<type>.+)", re.DOTALL)

# From here on, a double is two whole numbers.
FIRST_INEXACT = 2**53


def struct_of(fields: Mapping[str, str]) -> str:
    """The type of a struct of these fields, with names in quotes where Spark needs them.

    >>> struct_of({"a": "bigint", "b c": "int"})
    'struct<a:bigint,`b c`:int>'
    """
    names = (name if re.fullmatch(r"\w+", name) else f"`{name.replace('`', '``')}`" for name in fields)
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in zip(names, fields.values(), strict=True))}>"


def struct_fields(kind: str) -> dict[str, str]:
    """The fields of a struct and their types, whether their names are in quotes or not; none of anything else.

    >>> struct_fields("struct<a:bigint,b:map<string,int>>")
    {'a': 'bigint', 'b': 'map<string,int>'}
    """
    if not kind.startswith("struct<"):
        return {}
    fields = (_FIELD.fullmatch(field) for field in types_inside(kind))
    return {(found["quoted"] or "").replace("``", "`") or found["name"]: found["type"] for found in fields if found}


def types_inside(kind: str) -> list[str]:
    """What stands between the outermost brackets of a type, taken apart at its own commas.

    >>> types_inside("map<string,struct<a:decimal(10,2)>>")
    ['string', 'struct<a:decimal(10,2)>']
    """
    parts, depth, is_quoted = [""], 0, False
    for letter in kind.partition("<")[2][:-1]:
        is_quoted ^= letter == "`"
        depth += 0 if is_quoted else (letter in "<(") - (letter in ">)")
        if letter == "," and not depth and not is_quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
