"""What each version reached on each slice of the same labelled rows, and how surely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import Any

from pyspark.sql import DataFrame

from spark_models.core import metrics as core_metrics
from spark_models.core.curve import Point
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.forecasts import ForecastTask
from spark_models.measures.means import MeansTask
from spark_models.measures.multilabel import MultilabelTask
from spark_models.measures.quantiles import QuantileTask
from spark_models.measures.tasks import BinaryTask, MulticlassTask, RegressionTask, Task
from spark_models.spark.metrics.agreement import Agreed
from spark_models.spark.metrics.blocks import ALL_ROWS, Layout, Slice
from spark_models.spark.metrics.errors import Errors, standard_errors
from spark_models.spark.metrics.totals import Totals, totals_of

# What one Spark task has to sort at a time.
ROWS_PER_RANGE = 1_000_000


@dataclass(frozen=True)
class Measurement:
    """What one version reached on one slice: value by metric, None where undefined.

    ``slice_column`` is None for all rows. ``slice_value`` is None for the rows where that column is NULL, and for
    all rows. ``errors`` are standard errors of the values, ``paired_errors`` those of the differences from the first
    version's values on the same rows; None where there is none. ``freedom`` are the degrees of freedom of the errors
    that come of few groups of rows: of clusters, one less than there are. Only all rows have ``curves``, and
    ``agreement``: how far the version's predictions agree with the first version's, see ``core.metrics.AGREEMENT``.
    """

    version: int
    slice_column: str | None
    slice_value: str | None
    rows: int
    values: Mapping[str, float | None]
    errors: Mapping[str, float | None] = field(default_factory=dict)
    paired_errors: Mapping[str, float | None] = field(default_factory=dict)
    freedom: Mapping[str, int] = field(default_factory=dict)
    curves: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    agreement: Mapping[str, float | None] = field(default_factory=dict)


def measure(  # noqa: PLR0913 - what is measured, on what, and settings by keyword
    blocks: DataFrame,
    layout: Layout,
    task: core_metrics.Task,
    *,
    excerpts: DataFrame | None = None,
    settings: BinarySettings | None = None,
    levels: Sequence[float] = (),
    reach: float = 1.959963984540054,
    rows_per_range: int = ROWS_PER_RANGE,
) -> tuple[Measurement, ...]:
    """Compute the metrics of a task for each version, on all rows and on each slice, with standard errors.

    ``blocks`` has in its one column ``block`` the labelled rows that all versions scored, as ``layout`` says; it
    should be kept by Spark, since passes go over it again and again. Only sums are collected. ``excerpts`` have blocks
    of some of the rows, which say where histograms are cut: what the cuts are changes no value, only how fine standard
    errors of ranks are. Without them all rows do.

    Values equal scikit-learn's on the same rows to 1e-9. A row of weight 0 counts among ``rows``, and is otherwise as
    if it were not there. None stands where a metric is undefined or not finite: R2 of one row, ROC AUC of one class,
    average precision without positives (scikit-learn's is 0.0 with a warning), log loss, D2 of it, Brier score and
    calibration error of scores outside 0 to 1, RMSLE if a label or prediction is below 0, everything but counts if no
    row has a weight. Precision, recall and F1 are 0.0 where there is nothing to divide by, as is MCC. R2, explained
    variance and D2 on constant labels are 1.0 if nothing is left to explain and 0.0 otherwise. The percentage error of
    a label of 0 is over the smallest step from 1.0, as scikit-learn has it.

    Infinities, which scikit-learn refuses: an infinite score has its place in the order, tied with those like it, and
    on one side of the threshold. An infinite number leaves of a regression the median absolute error alone, where that
    is finite, and not even that where label and prediction are both infinite.

    Standard errors are first order (see ``measures``); a maximum, and thresholds that were searched for, have none, nor
    has ROC AUC where a class has one row.

    The result is ordered as the layout's versions, then all rows first and slices as there, then by value, NULL
    first. Rows are groups where the layout has ``at``; ``levels`` are those of quantiles. Intervals of curves reach
    ``reach`` standard errors. ``rows_per_range`` bounds what one Spark task has to sort, and changes no value.
    """
    measures = _measures(task, settings or BinarySettings(), layout, levels)
    totals = totals_of(blocks, blocks if excerpts is None else excerpts, measures, rows_per_range)
    errors = standard_errors(blocks, measures, totals)
    of_families = core_metrics.metrics_of(task, at=layout.at, levels=levels)
    names = list(dict.fromkeys(metric.name for metric in (*core_metrics.METRICS[task], *of_families)))
    found = [
        _measurement(of, measures, errors.get(of[0], Errors({}, {})), layout, names) for of in totals.states.items()
    ] or [Measurement(version, None, None, 0, dict.fromkeys(names)) for version in layout.versions]
    found = [
        _over_all_rows(one, measures, totals, reach) if one.slice_column is None and one.rows else one for one in found
    ]
    return tuple(sorted(found, key=lambda measurement: _place(measurement, layout)))


def _measures(  # noqa: PLR0911 - one for each task
    task: core_metrics.Task, settings: BinarySettings, layout: Layout, levels: Sequence[float]
) -> Task:
    match task:
        case "regression":
            return RegressionTask()
        case "binary":
            return BinaryTask(settings)
        case "multiclass":
            return MulticlassTask(len(layout.classes or ()))
        case "multilabel":
            return MultilabelTask(settings.threshold)
        case "ranking":
            return MeansTask(tuple(metric.name for metric in core_metrics.metrics_of("ranking", at=layout.at)))
        case "quantile":
            return QuantileTask(tuple(levels))
        case "forecast":
            return ForecastTask()


def _measurement(
    state_of: tuple[tuple[int, Slice], Any], measures: Task, error: Errors, layout: Layout, names: Sequence[str]
) -> Measurement:
    (version, slice_), state = state_of
    column, value = (None, None) if slice_ == ALL_ROWS else (layout.slices[slice_[0]], slice_[1])
    values = _finite({**dict.fromkeys(names, nan), **measures.values(state)})
    freedom = dict.fromkeys(error.own, error.count - 1) if layout.has_cluster else {}
    rows, own, paired = state.sums.all_rows, _finite(error.own), _finite(error.paired)
    return Measurement(version, column, value, rows, values, own, paired, freedom)


def _over_all_rows(measurement: Measurement, measures: Task, totals: Totals, reach: float) -> Measurement:
    curves = measures.curves(totals.states[measurement.version, ALL_ROWS], reach)
    agreed = totals.agreed.get(measurement.version, Agreed({}, {}))
    return replace(measurement, curves={**curves, **agreed.curves}, agreement=_finite(agreed.figures))


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: float(value) if isfinite(value) else None for name, value in values.items()}


def _place(measurement: Measurement, layout: Layout) -> tuple[int, int, bool, str]:
    column, value = measurement.slice_column, measurement.slice_value
    number = -1 if column is None else layout.slices.index(column)
    return layout.versions.index(measurement.version), number, value is not None, value or ""
