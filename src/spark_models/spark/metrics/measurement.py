"""What each version reached on each slice of the same labelled rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from pyspark.sql import DataFrame

from spark_models.core.metrics import METRICS, Task
from spark_models.spark.metrics.binary import binary_values
from spark_models.spark.metrics.long_form import ALL_ROWS, Key, slice_of
from spark_models.spark.metrics.multiclass import multiclass_values
from spark_models.spark.metrics.ranks import ROWS_PER_BUCKET
from spark_models.spark.metrics.regression import regression_values


@dataclass(frozen=True)
class Measurement:
    """What one version reached on one slice: value by metric, None where undefined.

    ``slice_column`` is None for all rows. ``slice_value`` is None for the rows where that column is NULL, and for
    all rows.
    """

    version: int
    slice_column: str | None
    slice_value: str | None
    rows: int
    values: Mapping[str, float | None]


def measure(  # noqa: PLR0913 - what is measured, on what, and two settings by keyword
    scored: DataFrame,
    task: Task,
    versions: Sequence[int],
    *,
    slices: Sequence[str] = (),
    threshold: float = 0.5,
    rows_per_bucket: int = ROWS_PER_BUCKET,
) -> tuple[Measurement, ...]:
    """Compute the metrics of ``core.metrics.METRICS[task]`` for each version, on all rows and on each slice.

    ``scored`` has a row for each labelled row that all versions scored, without nulls and NaNs in these columns:

    - regression: ``label`` double, ``prediction_<version>`` double
    - binary: ``label`` double, 0.0 or 1.0; ``prediction_<version>`` double, the score of the positive class, which
      is predicted at ``threshold`` and above
    - multiclass: ``label`` string; ``prediction_<version>`` string; ``probability_<version>`` double, what the
      version gave to the true class, NULL if the model gives no probabilities

    and the string columns named in ``slices``, where each value, NULL too, is a slice. It is read up to six times
    (regression in more than one bucket), so a costly query is better written or cached before.

    Values equal scikit-learn's on the same rows to 1e-9. None stands where a metric is undefined or not finite:
    R2 of one row, ROC AUC of one class, average precision without positives (scikit-learn's is 0.0 with a warning),
    log loss and Brier score of scores outside 0 to 1. Precision, recall and F1 are 0.0 where there is nothing to
    divide by. R2 on constant labels is 1.0 if every prediction is right and 0.0 otherwise.

    The result is ordered as ``versions``, then all rows first and ``slices`` as given, then by value, NULL first.
    ``rows_per_bucket`` bounds what one Spark task has to sort, and changes no value.
    """
    versions, slices = tuple(dict.fromkeys(versions)), tuple(dict.fromkeys(slices))
    match task:
        case "regression":
            reached = regression_values(scored, versions, slices, rows_per_bucket=rows_per_bucket)
        case "binary":
            reached = binary_values(scored, versions, slices, threshold=threshold, rows_per_bucket=rows_per_bucket)
        case "multiclass":
            reached = multiclass_values(scored, versions, slices)
    found = [_measurement(task, key, values, slices) for key, values in reached.items()] or [
        _measurement(task, (version, ALL_ROWS), {"rows": 0}, slices) for version in versions
    ]
    return tuple(sorted(found, key=lambda measurement: _place(measurement, versions, slices)))


def _measurement(task: Task, key: Key, values: Mapping[str, float | None], slices: Sequence[str]) -> Measurement:
    version, slice_key = key
    defined = {metric.name: _finite(values.get(metric.name)) for metric in METRICS[task]}
    return Measurement(version, *slice_of(slice_key, slices), int(values["rows"] or 0), defined)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _place(measurement: Measurement, versions: Sequence[int], slices: Sequence[str]) -> tuple[int, int, bool, str]:
    column, value = measurement.slice_column, measurement.slice_value
    number = -1 if column is None else slices.index(column)
    return versions.index(measurement.version), number, value is not None, value or ""
