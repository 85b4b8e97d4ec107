"""What a slice is called: a column, a SQL expression, or several of them crossed."""

import re
from collections.abc import Iterable
from math import isfinite, nan

Slice = str | tuple[str, ...]

CROSS = " x "
IS = " = "

# What stands for a value that is not there, and texts that are quoted so that they are told from it.
NO_VALUE = "NULL"
QUOTED = ("", NO_VALUE)


def parts_of(slice_: Slice) -> tuple[str, ...]:
    """The columns or expressions that a slice is made of."""
    return (slice_,) if isinstance(slice_, str) else slice_


def each_once(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    """The slices in their order without repetitions, of which a list of one, ``["a"]`` beside ``"a"``, is one."""
    return tuple({slice_title(one): one for one in slices}.values())


def slice_title(slice_: Slice) -> str:
    """What a slice is called in tables: different slices differently.

    >>> slice_title("origin"), slice_title(("origin", "hour < 6")), slice_title("a x b")
    ('origin', 'origin x hour < 6', "'a x b'")
    """
    return CROSS.join(_told(part, CROSS) for part in parts_of(slice_))


def slice_name(column: str | None, value: str | None) -> str:
    """One value of a slice in reports.

    >>> slice_name("origin", "JFK"), slice_name("origin", None), slice_name("origin", "NULL"), slice_name("a", "b = c")
    ('origin = JFK', 'origin = NULL', "origin = 'NULL'", "a = 'b = c'")
    """
    return f"{column}{IS}{NO_VALUE if value is None else _told(value, IS)}"


def _told(text: str, separator: str) -> str:
    """The text, in quotes as SQL has them where it could be taken for something else beside the separator."""
    # With a space on both sides, since "a x" and "b" are joined to what "a" and "x b" are.
    is_plain = text not in QUOTED and not text.startswith("'") and separator not in f" {text} "
    return text if is_plain else "'" + text.replace("'", "''") + "'"


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
