"""SQL conditions as Arrow's expressions, where both mean the same for every value; anything else is said to be other.

Spark takes NaN for a number above all others, Arrow for one that nothing compares with. Both take AND, OR and NOT
with NULL as SQL does. Only a column compared with literals of its own kind is translated: Spark casts the rest.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from spark_models.core.comparison_operators import COMPARISON_OPERATORS

WHOLE = frozenset({"tinyint", "smallint", "int", "bigint"})
FLOATING = frozenset({"float", "double"})

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}

# A longer list makes an expression too deep to be quick.
LONGEST_LIST = 100


class UntranslatableError(Exception):
    """A condition that Arrow may not be asked; the message says which part of it."""


def arrow_filter(condition: str, types: Mapping[str, str]) -> tuple[Any, frozenset[str]]:
    """The condition as an expression, and the columns that it reads.

    Args:
        condition: Spark SQL that has been accepted by Spark.
        types: The columns with their Spark types, as in ``simpleString()``.

    Raises:
        UntranslatableError: if Spark and Arrow might differ on it.
    """
    try:
        parsed = sqlglot.parse_one(condition, dialect="spark")
    except SqlglotError:
        raise UntranslatableError("the filter is not read by sqlglot") from None
    columns = _Columns(types)
    return _boolean(parsed, columns), frozenset(columns.read)


class _Columns:
    """Finds columns as Spark does, whatever their case, and keeps the names of those found."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.read: set[str] = set()

    def find(self, node: exp.Expr) -> tuple[str, str]:
        if not isinstance(node, exp.Column) or node.table:
            raise _untranslatable(node)
        found = [name for name in self.types if name.casefold() == node.name.casefold()]
        if len(found) != 1:
            raise _untranslatable(node)
        self.read.add(found[0])
        return found[0], self.types[found[0]]


def _untranslatable(node: exp.Expr) -> UntranslatableError:
    return UntranslatableError(f"the filter has {type(node).__name__} where Arrow and Spark might differ")


def _boolean(node: exp.Expr, columns: _Columns) -> Any:
    translate = _TRANSLATORS.get(type(node))
    if translate is None:
        raise _untranslatable(node)
    return translate(node, columns)


def _and(node: Any, columns: _Columns) -> Any:
    return _boolean(node.left, columns) & _boolean(node.right, columns)


def _or(node: Any, columns: _Columns) -> Any:
    return _boolean(node.left, columns) | _boolean(node.right, columns)


def _is_null(node: Any, columns: _Columns) -> Any:
    if not isinstance(node.expression, exp.Null):
        raise _untranslatable(node)
    return pc.field(columns.find(node.this)[0]).is_null(nan_is_null=False)


def _between(node: Any, columns: _Columns) -> Any:
    lower = _compared(exp.GTE, node.this, node.args["low"], columns)
    return lower & _compared(exp.LTE, node.this, node.args["high"], columns)


def _in(node: Any, columns: _Columns) -> Any:
    if not 0 < len(node.expressions) <= LONGEST_LIST:
        raise _untranslatable(node)
    return reduce(or_, [_compared(exp.EQ, node.this, value, columns) for value in node.expressions])


def _column(node: Any, columns: _Columns) -> Any:
    name, kind = columns.find(node)
    if kind != "boolean":
        raise _untranslatable(node)
    return pc.field(name)


def _comparison(node: Any, columns: _Columns) -> Any:
    kind, left, right = type(node), node.args["this"], node.args["expression"]
    if not isinstance(left, exp.Column):
        kind, left, right = _MIRRORED.get(kind, kind), right, left
    return _compared(kind, left, right, columns)


def _compared(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, columns: _Columns) -> Any:
    name, spark_type = columns.find(left)
    field, value = pc.field(name), _literal(right, spark_type)
    if spark_type not in FLOATING:
        return COMPARISON_OPERATORS[kind](field, value)
    # Spark compares floats as doubles.
    field = field.cast(pa.float64())
    compared = COMPARISON_OPERATORS[kind](field, value)
    return compared | pc.is_nan(field) if kind in {exp.GT, exp.GTE} else compared


def _literal(node: exp.Expr, spark_type: str) -> Any:
    negative = isinstance(node, exp.Neg)
    inner = node.this if negative else node
    if isinstance(inner, exp.Boolean) and spark_type == "boolean":
        return pc.scalar(bool(inner.this))
    if not isinstance(inner, exp.Literal) or (negative and inner.is_string):
        raise _untranslatable(node)
    text = f"-{inner.this}" if negative else str(inner.this)
    if inner.is_string and spark_type == "string":
        return pc.scalar(text)
    if inner.is_string or spark_type not in WHOLE | FLOATING:
        raise _untranslatable(node)
    if spark_type in FLOATING:
        return pc.scalar(pa.scalar(float(text), pa.float64()))
    if not text.removeprefix("-").isdigit() or abs(int(text)) >= 2**63:
        raise _untranslatable(node)
    return pc.scalar(pa.scalar(int(text), pa.int64()))


_TRANSLATORS: dict[type[exp.Expr], Callable[[Any, _Columns], Any]] = {
    exp.And: _and,
    exp.Or: _or,
    exp.Not: lambda node, columns: ~_boolean(node.this, columns),
    exp.Paren: lambda node, columns: _boolean(node.this, columns),
    exp.Is: _is_null,
    exp.Between: _between,
    exp.In: _in,
    exp.Column: _column,
    **dict.fromkeys(COMPARISON_OPERATORS, _comparison),
}
