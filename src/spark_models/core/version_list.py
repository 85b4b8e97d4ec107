"""The versions of a model as a list, and a metric of theirs over time: frozen values, rendered elsewhere."""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Literal


@dataclass(frozen=True)
class TrendPoint:
    """A version's value of a metric, None if it has none; with the interval of the comparison that computed it."""

    version: int
    created_at: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    comparison_id: str | None = None


@dataclass(frozen=True)
class Trend:
    """A metric over versions, oldest first; ``source`` is who said its values: comparisons, or the versions' runs."""

    metric: str
    source: Literal["computed", "logged"]
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True)
class VersionList:
    """Versions of a registered model: ``pandas.DataFrame(versions.rows)`` has one row each.

    ``columns`` are the facts that each row has by name, None where the version does not have one. ``matched`` is how
    many versions met the condition, of ``total``; a limit may have left out some of them. ``computed`` has the
    comparisons, each of which is over rows of its own, that columns' values were computed by.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    matched: int
    total: int
    computed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trend: Trend | None = None

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        # By name, since core may not know the report; it is loaded only where a notebook asks.
        shown: str = import_module("spark_models.report.notebook").outcome_html(self)
        return shown
