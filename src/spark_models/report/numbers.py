"""Numbers and intervals as a person reads them, no wider than a column."""

from collections.abc import Iterable

from spark_models.core.tables import ComparisonMetric


def number(value: float | None, *, sign: str = "") -> str:
    """A number that is no wider than a column: five decimals, or what its size asks for.

    >>> number(0.25), number(0.25, sign="+"), number(1234.0), number(123456.789), number(0.0000125), number(None)
    ('0.25000', '+0.25000', '1,234', '123,456.8', '1.25e-05', '')
    """
    if value is None:
        return ""
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-4:
        return f"{value:{sign}.3g}"
    if size >= 10 and value.is_integer():
        return f"{value:{sign},.0f}"
    return f"{value:{sign},.1f}" if size >= 1000 else f"{value:{sign}.5f}"


def counted(count: int, what: str) -> str:
    """So many of something.

    >>> counted(1, "version"), counted(2, "comparison")
    ('1 version', '2 comparisons')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def interval(low: float | None, high: float | None, *, sign: str = "", to: str = " to ") -> str:
    """Both ends with three digits that say something; empty where there is no interval.

    >>> interval(-0.001234, 0.0234567, sign="+"), interval(0.5, None)
    ('-0.00123 to +0.0235', '')
    """
    return "" if low is None or high is None else f"{low:{sign}.3g}{to}{high:{sign}.3g}"


def percent(value: float | None) -> str:
    """A share as percents with a sign.

    >>> percent(0.0288), percent(1e6), percent(None)
    ('+2.88%', '+1e+08%', '')
    """
    if value is None:
        return ""
    return f"{value:+.2%}" if abs(value) < 100 else f"{100 * value:+.3g}%"


def level(rows: Iterable[ComparisonMetric]) -> str:
    """What a column of the rows' intervals is called: 95% interval; empty if no row has one.

    >>> level([])
    ''
    """
    found = next((row.confidence for row in rows if row.change_low is not None and row.confidence is not None), None)
    return "" if found is None else f"{100 * found:g}% interval"
