"""What a slice is called: a column, a SQL expression, or several of them crossed."""

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
