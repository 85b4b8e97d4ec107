"""What a slice is called: a column, a SQL expression, or several of them crossed."""

Slice = str | tuple[str, ...]

CROSS = " x "


def parts_of(slice_: Slice) -> tuple[str, ...]:
    """The columns or expressions that a slice is made of."""
    return (slice_,) if isinstance(slice_, str) else slice_


def slice_title(slice_: Slice) -> str:
    """The slice's name in tables and reports.

    >>> slice_title("origin"), slice_title(("origin", "hour < 6"))
    ('origin', 'origin x hour < 6')
    """
    return CROSS.join(parts_of(slice_))
