"""The schema of a Delta table: columns with types and comments. Of the package's own tables a frozen dataclass is one.

Each field's annotation gives the column's type and, through ``Annotated``, its comment; ``X | None`` is a nullable
column. The first line of the class's docstring is the table's comment.
"""

import types
import typing
from collections.abc import Container, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from spark_models.core.table_name import quoted, sql_literal

_SCALARS: dict[Any, str] = {
    str: "string",
    int: "bigint",
    float: "double",
    bool: "boolean",
    datetime: "timestamp",
}

# Delta takes these in names only with column mapping, which other readers would have to know.
NOT_IN_NAMES = frozenset(" ,;{}()\n\t=")


@dataclass(frozen=True)
class Column:
    """A column of a table, with its Spark type as DDL."""

    name: str
    type: str
    comment: str
    nullable: bool = True


@dataclass(frozen=True)
class TableSchema:
    """What it takes to make a table.

    ``indexed`` is of how many leading columns Delta keeps the least and the greatest value of each file, by which
    readers skip files; of its own it takes 32.
    """

    comment: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ()
    indexed: int | None = None

    @property
    def ddl(self) -> str:
        """The columns' names and types, as DDL."""
        return ", ".join(f"{quoted(column.name)} {column.type}" for column in self.columns)

    @property
    def definition(self) -> str:
        """The columns as CREATE TABLE has them, with comments."""
        return ", ".join(
            f"{quoted(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
            f" COMMENT {sql_literal(column.comment)}"
            for column in self.columns
        )

    @property
    def properties(self) -> dict[str, str]:
        """The table's properties."""
        return {} if self.indexed is None else {"delta.dataSkippingNumIndexedCols": str(self.indexed)}


class Row:
    """The base of the row classes below."""

    KEY: ClassVar[tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """The row's values by column."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The row with these values by column, as readers of tables give them: structs as dicts, arrays as lists.

        NULL is the default of a column that has one: rows may be older than the column.
        """
        hints, younger = typing.get_type_hints(cls), _with_default(cls)
        told = {name: value for name, value in values.items() if value is not None or name not in younger}
        return cls(**{name: _python_value(value, hints[name]) for name, value in told.items()})


def values_of(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The rows' values, in the order of the columns."""
    return [tuple(row.as_dict().values()) for row in rows]


def _python_value(value: Any, hint: Any) -> Any:
    hint, _ = _without_none(hint)
    if typing.get_origin(hint) is dict:
        return dict(value)
    if is_dataclass(hint) and isinstance(hint, type) and value is not None:
        return hint(**value)
    if isinstance(value, list):
        item = typing.get_args(hint)[0]
        return tuple(item(**entry) if is_dataclass(item) and isinstance(item, type) else entry for entry in value)
    return value


def schema_of(row_class: type[Row]) -> TableSchema:
    """The table schema that a row class describes."""
    hints = typing.get_type_hints(row_class, include_extras=True)
    columns = [_column(field.name, hints[field.name]) for field in fields(row_class)]  # type: ignore[arg-type]  # idem
    return TableSchema(comment=(row_class.__doc__ or "").splitlines()[0], columns=tuple(columns))


def readable_columns(row_class: type[Row], there: Container[str]) -> tuple[Column, ...]:
    """The columns to read from a table that has those that are ``there``.

    One that is younger than the table is left out if rows have a default for it.
    """
    younger, columns = _with_default(row_class), schema_of(row_class).columns
    return tuple(column for column in columns if column.name in there or column.name not in younger)


def _with_default(row_class: type[Row]) -> frozenset[str]:
    return frozenset(field.name for field in fields(row_class) if field.default is not MISSING)  # type: ignore[arg-type]  # idem


def _column(name: str, hint: Any) -> Column:
    annotation, comment = typing.get_args(hint)
    inner, nullable = _without_none(annotation)
    return Column(name, spark_type(inner), comment, nullable)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    # Literal[...] | None is typing's own Union.
    if typing.get_origin(annotation) in {types.UnionType, typing.Union}:
        kept = [part for part in typing.get_args(annotation) if part is not type(None)]
        return kept[0], True
    return annotation, False


def spark_type(annotation: Any) -> str:
    """The Spark type, as DDL, that holds values of a Python annotation."""
    annotation, _ = _without_none(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if is_dataclass(annotation) and isinstance(annotation, type):
        hints = typing.get_type_hints(annotation)
        return "struct<" + ",".join(f"{name}:{spark_type(hint)}" for name, hint in hints.items()) + ">"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return "string"
    if origin is dict:
        return f"map<{spark_type(arguments[0])},{spark_type(arguments[1])}>"
    if origin is tuple:
        return f"array<{spark_type(arguments[0])}>"
    raise TypeError(f"no Spark type for {annotation}")
