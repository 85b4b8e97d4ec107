"""The numbers of a drift job by the names that its MLflow run has them by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from spark_models.core.drift import Drift
from spark_models.core.drift_tables import DriftMetric

_OF_TABLE = ("baseline_count", "current_count", "count_delta", "rows_compared", "non_null_columns_delta")
_OF_COLUMN = (
    "population_stability_index",
    "js_distance",
    "ks_test",
    "wasserstein_distance",
    "chi_squared_test",
    "tv_distance",
    "l_infinity_distance",
    "ks_error",
    "wasserstein_error",
    "baseline_avg",
    "current_avg",
    "avg_delta",
    "percent_null_delta",
    "percent_zeros_delta",
    "percent_nan_delta",
    "percent_distinct_delta",
    "rows_compared",
    "correlation",
    "mean_difference",
    "mean_absolute_difference",
    "max_absolute_difference",
    "agreement",
)

# MLflow takes names of up to 250 characters, with what is measured.
_LONGEST = 200


def numbers_by_name(drift: Drift) -> dict[str, float | None]:
    """What was measured over all rows: ``count_delta`` of the table, ``delay/js_distance`` of a column, and so on.

    A field of a struct has a dot before it, ``delay/ks_test.pvalue``, as in SQL.
    """
    found = dict(_numbers(drift.whole, _OF_TABLE))
    for name, row in zip(plain_names([row.column_name for row in drift.overall]), drift.overall, strict=True):
        found |= {f"{name}/{measure}": value for measure, value in _numbers(row, _OF_COLUMN)}
    return found


def _numbers(row: DriftMetric, names: Sequence[str]) -> Iterator[tuple[str, float | None]]:
    values = asdict(row)
    for name in names:
        value = values[name]
        if isinstance(value, dict):
            yield from ((f"{name}.{field}", number) for field, number in value.items())
        else:
            yield name, value


def plain_names(columns: Sequence[str]) -> list[str]:
    """The columns' names with nothing but what MLflow takes in a name; two that become alike are numbered.

    >>> plain_names(["delay", "prediction[0]", "a/b", "a?b"])
    ['delay', 'prediction.0', 'a_b', 'a_b 2']
    """
    found: dict[str, None] = {}
    for column in columns:
        plain = re.sub(r"[^\w.\- ]", "_", re.sub(r"\[(\d+)\]$", r".\1", column))[:_LONGEST]
        # A name of dots would be a step up or down in a path.
        name = plain = plain.replace(".", "_") if not plain.strip(".") else plain
        number = 1
        while name in found:
            number += 1
            name = f"{plain} {number}"
        found[name] = None
    return list(found)
