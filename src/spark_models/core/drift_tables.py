"""The tables of drift; the first columns of ``drift_metrics`` are those of Databricks' drift metrics tables.

https://docs.databricks.com/en/lakehouse-monitoring/monitor-output.html
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from spark_models.core.table_schema import Row

# What Databricks calls the row that is about no column but the table as a whole.
WHOLE_TABLE = ":table"

DriftType = Literal["BASELINE", "CONSECUTIVE"]


@dataclass(frozen=True)
class Window:
    """From when to when rows are."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class HypothesisTest:
    """A test's statistic and p-value."""

    statistic: float
    pvalue: float


@dataclass(frozen=True)
class NonNullColumns:
    """How many columns have values in the window only, and in the one it is compared with only."""

    added: int
    missing: int


@dataclass(frozen=True)
class ClassChange:
    """How many rows the baseline puts in one class and the candidate in another, or in the same."""

    baseline: str | None
    candidate: str | None
    count: int


@dataclass(frozen=True)
class DriftMetric(Row):
    """Drift metrics: how far one column, or the table, of one slice is from what it is compared with."""

    KEY: ClassVar[tuple[str, ...]] = ("drift_id", "slice_key", "slice_value", "column_name")

    window: Annotated[Window, "the current window, by the time column; without one, when it was computed"]
    granularity: Annotated[str | None, "how long a window is, as the config names it"]
    slice_key: Annotated[str | None, "column or expression that makes the slice; NULL for all rows"]
    slice_value: Annotated[str | None, "its value in the slice, as a string"]
    column_name: Annotated[str, "the column; :table for the table as a whole"]
    data_type: Annotated[str | None, "type of the column; NULL for the table"]
    window_cmp: Annotated[Window | None, "the window that is compared with; NULL without a time column"]
    drift_type: Annotated[DriftType, "BASELINE, or CONSECUTIVE where the baseline is the window before"]
    count_delta: Annotated[int, "change of the number of rows; of the table, of two versions, of those they scored"]
    avg_delta: Annotated[float | None, "change of the mean; of numbers"]
    percent_null_delta: Annotated[float | None, "change of the percentage of rows that are NULL"]
    percent_zeros_delta: Annotated[float | None, "change of the percentage of rows that are 0; of numbers"]
    percent_distinct_delta: Annotated[float | None, "change of distinct values, as a percentage of rows; approximate"]
    non_null_columns_delta: Annotated[NonNullColumns | None, "columns that got or lost all values; of the table"]
    js_distance: Annotated[float | None, "Jensen-Shannon distance in base 2; of numbers by deciles"]
    ks_test: Annotated[HypothesisTest | None, "Kolmogorov-Smirnov test; of numbers"]
    wasserstein_distance: Annotated[float | None, "Wasserstein distance; of numbers"]
    population_stability_index: Annotated[float | None, "population stability index; of numbers by deciles"]
    chi_squared_test: Annotated[HypothesisTest | None, "chi-squared test; of numbers by deciles"]
    tv_distance: Annotated[float | None, "total variation distance; of numbers by deciles"]
    l_infinity_distance: Annotated[float | None, "L-infinity distance; of numbers by deciles"]

    drift_id: Annotated[str, "this computation; the same inputs give the same id"]
    computed_at: Annotated[datetime, "when it was computed"]
    kind: Annotated[Literal["versions", "windows"], "whether two versions are compared, or two windows"]
    table: Annotated[str, "table that was read"]
    baseline_table_version: Annotated[int | None, "Delta version of it that the baseline is from"]
    current_table_version: Annotated[int | None, "Delta version of it that the current rows are from"]
    baseline_filter: Annotated[str | None, "SQL condition of the baseline's rows"]
    current_filter: Annotated[str | None, "SQL condition of the current rows"]
    model_name: Annotated[str | None, "registered model; NULL where no model is named"]
    baseline_version: Annotated[int | None, "version of the model that is compared with"]
    model_version: Annotated[int | None, "version of the model that is compared; of two windows, of both"]
    baseline_count: Annotated[int, "rows of the baseline"]
    current_count: Annotated[int, "rows of the current window, or of the candidate"]
    baseline_avg: Annotated[float | None, "mean of the baseline; of numbers"]
    current_avg: Annotated[float | None, "mean of the current window, or of the candidate; of numbers"]
    percent_nan_delta: Annotated[float | None, "change of the percentage of rows that are NaN; of numbers"]
    ks_error: Annotated[float | None, "by how much the exact Kolmogorov-Smirnov statistic may be larger; 0 if exact"]
    wasserstein_error: Annotated[float | None, "how far the exact Wasserstein distance may be; 0 if exact"]
    rows_compared: Annotated[int | None, "rows that both versions have a value for; the rest is over them"] = None
    correlation: Annotated[float | None, "Pearson's, of both versions' numbers"] = None
    mean_difference: Annotated[float | None, "mean of candidate minus baseline"] = None
    mean_absolute_difference: Annotated[float | None, "mean size of the differences"] = None
    max_absolute_difference: Annotated[float | None, "size of the largest difference"] = None
    agreement: Annotated[
        float | None, "share of the rows that both put in the same class; of numbers, that are equal"
    ] = None
    class_changes: Annotated[tuple[ClassChange, ...] | None, "rows by both versions' classes, most first"] = None


@dataclass(frozen=True)
class DriftRow(Row):
    """Drift rows: keys of the rows whose predictions two versions differ most in."""

    KEY: ClassVar[tuple[str, ...]] = ("drift_id", "rank")

    drift_id: Annotated[str, "see drift_metrics"]
    computed_at: Annotated[datetime, "when it was computed"]
    model_name: Annotated[str, "registered model"]
    baseline_version: Annotated[int, "the version that is compared with"]
    model_version: Annotated[int, "the version that is compared"]
    rank: Annotated[int, "1 for the row that changed most"]
    keys: Annotated[dict[str, str | None], "the row's key columns, as strings"]
    difference: Annotated[float | None, "size of the difference, of arrays of the largest; NULL of classes"]
