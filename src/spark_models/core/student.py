"""Student's t distribution for whole degrees of freedom, which is what is known of few groups of rows."""

from functools import lru_cache
from math import atan, cos, pi, sin, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
# With more of them the normal distribution is as good, to a thousandth.
_MOST = 1000


def two_sided(t: float, freedom: int | None) -> float:
    """The probability of a value at least as far from 0 as ``t``; None is as many degrees of freedom as there are rows.

    By the finite series of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.

    >>> round(two_sided(2.0, 3), 6), round(two_sided(1.959964, None), 6)
    (0.139326, 0.05)
    """
    if freedom is None or freedom > _MOST:
        return 2 * _NORMAL.cdf(-abs(t))
    angle = atan(abs(t) / sqrt(freedom))
    is_odd = freedom % 2
    term = total = cos(angle) if is_odd else 1.0
    for place in range(3 if is_odd else 2, freedom - 1, 2):
        term *= cos(angle) ** 2 * (place - 1) / place
        total += term
    if not is_odd:
        return max(0.0, 1 - sin(angle) * total)
    return max(0.0, 1 - 2 / pi * (angle + (sin(angle) * total if freedom > 1 else 0.0)))


@lru_cache
def reach(confidence: float, freedom: int | None) -> float:
    """How many standard errors a two-sided interval reaches to either side.

    >>> round(reach(0.95, None), 6), round(reach(0.95, 3), 6)
    (1.959964, 3.182446)
    """
    if freedom is None or freedom > _MOST:
        return _NORMAL.inv_cdf(0.5 + confidence / 2)
    low, high = 0.0, 1.0
    while two_sided(high, freedom) > 1 - confidence:
        low, high = high, 2 * high
    # Halved until both are the same double, or neighbours.
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if two_sided(middle, freedom) > 1 - confidence else (low, middle)
    return high
