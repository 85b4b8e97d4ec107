"""The frozen result of a comparison: all that its tables hold, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from spark_models.core.differences import KINDS
from spark_models.core.metrics import AGREEMENT, METRICS
from spark_models.core.slices import by_number, place_of_value
from spark_models.core.tables import ComparisonCurve, ComparisonDiff, ComparisonMetric

# Why a row of the labels table does not enter a comparison, in the order in which it is asked.
LEFT_OUT: dict[str, str] = {
    "rows_without_label": "the label is NULL",
    "rows_with_nan_label": "the label is NaN",
    "rows_without_prediction": "the version has not scored the row",
    "rows_failed": "scoring the row failed",
    "rows_without_value": "the prediction is NULL or NaN",
}

# Rows that a version scored, of which the labels table, as it is filtered, has none with the key.
NOT_LABELLED = "rows_not_labelled"

# Every count of rows that a comparison holds, and of the groups that rankings are measured by.
COUNTS = ("rows", "rows_compared", *LEFT_OUT, NOT_LABELLED)
GROUPS = ("groups", "groups_without_relevant_item")

_SOURCES = ("rows", "computed", "agreement", "logged")
# What has a place of its own, by task; metrics with a parameter, those of a user's own, and logged ones follow by name.
_PLACES: dict[str, dict[str, int]] = {
    task: {name: place for place, name in enumerate([*COUNTS, *GROUPS, *(metric.name for metric in metrics)])}
    for task, metrics in METRICS.items()
}
_AGREEMENT_PLACES = {metric.name: place for place, metric in enumerate(AGREEMENT)}


@dataclass(frozen=True)
class Comparison:
    """Candidates against a baseline on the same rows; ``stored`` if it was found and not computed."""

    metrics: tuple[ComparisonMetric, ...]
    diffs: tuple[ComparisonDiff, ...]
    curves: tuple[ComparisonCurve, ...] = ()
    stored: bool = False

    @property
    def comparison_id(self) -> str:
        """The same inputs give the same id."""
        return self.metrics[0].comparison_id

    @property
    def model_name(self) -> str:
        """The registered model."""
        return self.metrics[0].model_name

    @property
    def baseline_version(self) -> int:
        """The version that is compared with."""
        return self.metrics[0].baseline_version

    @property
    def candidate_versions(self) -> tuple[int, ...]:
        """The versions that want the place, ascending."""
        return tuple(sorted({row.candidate_version for row in self.metrics}))

    def of(self, candidate_version: int, source: str = "computed") -> tuple[ComparisonMetric, ...]:
        """A candidate's rows of one source, all slices."""
        return tuple(row for row in self.metrics if row.candidate_version == candidate_version and row.source == source)

    def overall(self, candidate_version: int, source: str = "computed") -> dict[str, ComparisonMetric]:
        """A candidate's rows of one source that are over all rows, by metric."""
        return {row.metric: row for row in self.of(candidate_version, source) if row.slice_column is None}

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        # By name, since core may not know the report; it is loaded only where a notebook asks.
        shown: str = import_module("spark_models.report.notebook").comparison_html(self)
        return shown


def ordered(metrics: Iterable[ComparisonMetric]) -> tuple[ComparisonMetric, ...]:
    """The rows as a person reads them, whatever order a table gives them in.

    By candidate, then counts of rows, computed metrics, agreement and logged metrics; all rows before slices, NULL
    before other values, and numbers by size.
    """
    return tuple(sorted(metrics, key=_place))


def ordered_diffs(diffs: Iterable[ComparisonDiff]) -> tuple[ComparisonDiff, ...]:
    """The differences by candidate, kind and name, whatever order a table gives them in."""
    return tuple(sorted(diffs, key=lambda diff: (diff.candidate_version, KINDS.index(diff.kind), diff.name)))


def ordered_curves(curves: Iterable[ComparisonCurve]) -> tuple[ComparisonCurve, ...]:
    """The points by version and curve, along each, whatever order a table gives them in."""
    return tuple(sorted(curves, key=lambda row: (row.model_version, row.curve, row.point)))


def _place(row: ComparisonMetric) -> tuple[object, ...]:
    places = _AGREEMENT_PLACES if row.source == "agreement" else _PLACES[row.task]
    slice_ = row.slice_column or "", place_of_value(row.slice_value)
    place = places.get(row.metric, len(places)), by_number(row.metric)
    return (row.candidate_version, _SOURCES.index(row.source), *slice_, *place)
