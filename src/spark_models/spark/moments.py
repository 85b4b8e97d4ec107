"""Moments as Spark counts them: Python would get them in the driver's own zone, without saying so."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(microseconds: int) -> datetime:
    """The moment that is so many microseconds after the start of 1970 in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
