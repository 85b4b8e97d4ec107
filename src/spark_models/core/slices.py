"""What a slice is called: a column, a SQL expression, or several of them crossed."""

import re
from math import isfinite, nan

Slice = str | tuple[str, ...]

CROSS = " x "

# What stands for a value that is not there, and texts that are quoted so that they are told from it.
NO_VALUE = "NULL"
QUOTED = ("", NO_VALUE)


def parts_of(slice_: Slice) -> tuple[str, ...]:
    """The columns or expressions that a slice is made of."""
    return (slice_,) if isinstance(slice_, str) else slice_


def slice_title(slice_: Slice) -> str:
    """The slice's name in tables and reports.

    >>> slice_title("origin"), slice_title(("origin", "hour < 6"))
    ('origin', 'origin x hour < 6')
    """
    return CROSS.join(parts_of(slice_))


def value_title(value: str | None) -> str:
    """A slice's value in tables and reports.

    >>> value_title("JFK"), value_title(None), value_title("NULL"), value_title("")
    ('JFK', 'NULL', "'NULL'", "''")
    """
    if value is None:
        return NO_VALUE
    return f"'{value}'" if value in QUOTED else value


def place_of_value(value: str | None) -> tuple[object, ...]:
    """NULL, then numbers by size, then texts; of bins of numbers the tenth after the ninth."""
    if value is None:
        return (0,)
    try:
        number = float(value)
    except ValueError:
        number = nan
    # What are the same numbers are still in one order.
    return (1, number, value) if isfinite(number) else (2, by_number(value), value)


def by_number(name: str) -> tuple[str | float, ...]:
    """What orders names with their numbers as numbers, ``ndcg_at_5`` before ``ndcg_at_10``."""
    parts = re.split(r"(\d+(?:\.\d+)?)", name)
    return tuple(float(part) if place % 2 else part for place, part in enumerate(parts))
