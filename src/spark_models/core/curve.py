"""A point of a curve."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A point of a curve; of a histogram a bar from ``x`` to ``x_high``, whose share of the weight is ``y``."""

    x: float
    y: float
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    weight: float | None = None
