"""The frozen result of a drift job, and what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from spark_models.core.drift_tables import WHOLE_TABLE, ClassChange, DriftMetric, DriftRow, HypothesisTest, Window
from spark_models.core.slices import place_of_value


@dataclass(frozen=True)
class ColumnProfile:
    """What a column of one side is like; ``nans``, ``zeros`` and ``average`` are None where it holds no numbers.

    ``average`` is over what is neither NULL nor NaN, and None if there is nothing else; ``distinct`` is approximate.
    """

    nulls: int
    distinct: int
    nans: int | None = None
    zeros: int | None = None
    average: float | None = None


@dataclass(frozen=True)
class Profile:
    """What the rows of one side are like: their number, from when to when they are, and their columns."""

    rows: int
    window: Window | None
    columns: tuple[ColumnProfile, ...]


@dataclass(frozen=True)
class ScoredRows:
    """How many rows the baseline scored, the candidate, and both."""

    baseline: int
    candidate: int
    both: int


@dataclass(frozen=True)
class ChangedRow:
    """The keys of a row that two versions predict differently, as strings, and by how much; None of classes."""

    keys: dict[str, str | None]
    difference: float | None


@dataclass(frozen=True)
class Agreement:
    """How far two versions agree in one column, by the names of the columns of ``drift_metrics``."""

    rows_compared: int
    correlation: float | None
    mean_difference: float | None
    mean_absolute_difference: float | None
    max_absolute_difference: float | None
    agreement: float | None
    class_changes: tuple[ClassChange, ...] | None


@dataclass(frozen=True)
class Distances:
    """How far two distributions are apart, by the names of the columns of ``drift_metrics``; None where undefined."""

    js_distance: float | None = None
    ks_test: HypothesisTest | None = None
    wasserstein_distance: float | None = None
    population_stability_index: float | None = None
    chi_squared_test: HypothesisTest | None = None
    tv_distance: float | None = None
    l_infinity_distance: float | None = None
    ks_error: float | None = None
    wasserstein_error: float | None = None


@dataclass(frozen=True)
class Drift:
    """What drifted between two versions, or two windows; ``stored`` if it was found and not computed."""

    metrics: tuple[DriftMetric, ...]
    rows: tuple[DriftRow, ...] = ()
    stored: bool = False

    @property
    def drift_id(self) -> str:
        """The same inputs give the same id."""
        return self.metrics[0].drift_id

    @property
    def whole(self) -> DriftMetric:
        """The row about the table as a whole, over all rows."""
        return next(row for row in self.metrics if row.column_name == WHOLE_TABLE and row.slice_key is None)

    @property
    def overall(self) -> tuple[DriftMetric, ...]:
        """One row a column, over all rows."""
        return tuple(row for row in self.metrics if row.slice_key is None and row.column_name != WHOLE_TABLE)

    @property
    def sliced(self) -> tuple[DriftMetric, ...]:
        """One row a column and slice."""
        return tuple(row for row in self.metrics if row.slice_key is not None and row.column_name != WHOLE_TABLE)

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        # By name, since core may not know the report; it is loaded only where a notebook asks.
        shown: str = import_module("spark_models.report.notebook").outcome_html(self)
        return shown


def ordered(metrics: Iterable[DriftMetric]) -> tuple[DriftMetric, ...]:
    """The rows in one order, whatever order a table gives them in: all rows before slices, the table before columns."""
    return tuple(sorted(metrics, key=_place))


def _place(row: DriftMetric) -> tuple[object, ...]:
    slice_ = row.slice_key or "", place_of_value(row.slice_value)
    return (*slice_, row.column_name != WHOLE_TABLE, row.column_name)
