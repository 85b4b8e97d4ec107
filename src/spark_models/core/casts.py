"""Casts: how the type of a column becomes the type of an input, so that values stay what they are."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from spark_models.core.column_types import struct_fields, struct_of, types_inside

# What MLflow calls the type of an input that takes all of them.
ANY = "any"

ADVICE = "cast it in a view, or take another column by input.columns"

# Casts that keep every value as it is, or to the nearest double for decimals; target: sources.
SAFE_CASTS: dict[str, frozenset[str]] = {
    "int": frozenset({"tinyint", "smallint"}),
    "bigint": frozenset({"tinyint", "smallint", "int"}),
    "float": frozenset({"tinyint", "smallint"}),
    "double": frozenset({"tinyint", "smallint", "int", "float", "decimal"}),
    "string": frozenset({"char", "varchar"}),
    "timestamp": frozenset({"date", "timestamp_ntz"}),
}

# Casts that keep some values only: the rows are looked at before anything is scored.
CHECKED_CASTS: dict[str, frozenset[str]] = {
    "int": frozenset({"bigint", "float", "double", "decimal"}),
    "bigint": frozenset({"float", "double", "decimal"}),
    "float": frozenset({"int", "bigint"}),
    "double": frozenset({"bigint"}),
}


@dataclass(frozen=True)
class Cast:
    """The Spark type that a column is cast to, and what speaks against it, if anything does.

    ``checked`` marks a cast that is exact for some values only.
    """

    type: str
    checked: bool = False
    problems: tuple[str, ...] = ()


def cast_to(source: str, wanted: str, column: str, optional: Collection[str] = ()) -> Cast:
    """How a column becomes an input.

    Structs are compared by the names of their fields. The type keeps the column's order of them, since Spark casts by
    position, and models are given names. In arrays, maps and structs there are only casts that keep every value.

    Args:
        source: The column's Spark type.
        wanted: The input's.
        column: What problems call the column.
        optional: Fields of structs that may be missing, by their paths, which begin with the column's name.
    """
    plain = re.sub(r"\(.*\)", "", source)
    if wanted == ANY:
        # numpy has no NULL in small whole numbers, and the plan knows larger ones only.
        return Cast("int" if plain in SAFE_CASTS["int"] else source)
    if source == wanted or plain in SAFE_CASTS.get(wanted, ()):
        return Cast(wanted)
    if plain in CHECKED_CASTS.get(wanted, ()):
        return Cast(wanted, checked=True)
    outer = source.partition("<")[0]
    if outer != wanted.partition("<")[0] or outer == source:
        return _refused(source, wanted, column)
    return (_struct if outer == "struct" else _items)(source, wanted, column, optional)


def _items(source: str, wanted: str, column: str, optional: Collection[str]) -> Cast:
    """Of an array, or of a map, whose keys stay what they are."""
    (*key, item), (*wanted_key, wanted_item) = types_inside(source), types_inside(wanted)
    if key != wanted_key:
        return _refused(source, wanted, column)
    cast = _inside(item, wanted_item, column + ("{}" if key else "[]"), optional)
    if cast.problems and "struct<" not in source:
        return _refused(source, wanted, column)
    outer = source.partition("<")[0]
    return Cast(f"{outer}<{','.join([*key, cast.type])}>", problems=cast.problems)


def _struct(source: str, wanted: str, column: str, optional: Collection[str]) -> Cast:
    given, needed = struct_fields(source), struct_fields(wanted)
    casts = {
        name: _inside(kind, needed[name], f"{column}.{name}", optional)
        for name, kind in given.items()
        if name in needed
    }
    unknown = (
        f"column {column!r} has a field {name!r}, which the model does not take: drop it in a view"
        for name in given
        if name not in needed
    )
    missing = (
        f"column {column!r} has no field {name!r} ({kind}), which the model needs: add it in a view"
        for name, kind in needed.items()
        if name not in given and f"{column}.{name}" not in optional
    )
    problems = (*unknown, *missing, *(problem for cast in casts.values() for problem in cast.problems))
    return Cast(struct_of({name: cast.type for name, cast in casts.items()}), problems=problems)


def _inside(source: str, wanted: str, column: str, optional: Collection[str]) -> Cast:
    cast = cast_to(source, wanted, column, optional)
    return _refused(source, wanted, column) if cast.checked else cast


def _refused(source: str, wanted: str, column: str) -> Cast:
    problem = f"column {column!r} is {source}, but the model needs {wanted}; no cast keeps its values: {ADVICE}"
    return Cast(wanted, problems=(problem,))
