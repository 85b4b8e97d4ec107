"""Two windows of one table with everything awkward in it, against numpy and SciPy over the same values."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from scipy import stats
from tests.lake import rows_of, version, write
from tests.models import make_store

from spark_models.core.config import DriftConfig
from spark_models.core.drift import Drift
from spark_models.core.drift_tables import DriftMetric, HypothesisTest, NonNullColumns, Window
from spark_models.steps.drift import drift

COLUMNS = (
    "day int, seen timestamp, origin string, delay double, seats bigint, price decimal(9,2), late boolean,"
    " carrier string, tail string, odd double, gone double, came double, constant int, tags array<string>"
)
RNG = np.random.default_rng(11)
ROWS = 600
DAY = np.repeat([1, 2], [350, 250])
ORIGIN = [("EWR", "JFK", None)[place] for place in RNG.choice(3, ROWS, p=[0.6, 0.3, 0.1])]
DELAY = RNG.normal(0, 30, ROWS) + 10 * DAY
SEATS = RNG.poisson(3 + DAY)
CARRIER = [("AA", "B6", "UA", "")[place] for place in np.where(DAY == 1, RNG.choice(3, ROWS), RNG.choice(4, ROWS))]
# NULL, NaN, both infinities, both zeros and the least number there is, more of them on the second day.
ODD: list[float | None] = [
    (None, math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.0, 2.0, 3.0)[place]
    for place in np.where(DAY == 1, RNG.integers(3, 10, ROWS), RNG.integers(0, 10, ROWS))
]
EVERY = np.full(ROWS, fill_value=True)
WINDOWS = {
    "slices": ["origin", "seats > 3", ["origin", "late"]],
    "time_column": "seen",
    "granularity": "1 day",
    "drift_type": "CONSECUTIVE",
}
START = datetime(2024, 3, 9, tzinfo=UTC)


def row(place: int) -> tuple[Any, ...]:
    day = int(DAY[place])
    return (
        day,
        START + timedelta(days=day, minutes=place),
        ORIGIN[place],
        float(DELAY[place]),
        int(SEATS[place]),
        None if place % 7 == 0 else Decimal(place % 13) / 4,
        bool(SEATS[place] > 3),
        CARRIER[place],
        f"N{place % 200}",
        ODD[place],
        1.0 if day == 1 else None,
        None if day == 1 else 1.0,
        7,
        ["x"],
    )


def config(folder: str, **more: Any) -> DriftConfig:
    windows = {
        "table": f"{folder}/flights",
        "baseline": {"filter": "day = 1"},
        "current": {"filter": "day = 2"},
        **more.pop("windows", {}),
    }
    places = {"tables": {"location": f"{folder}/ops"}, "registry": {"tracking_uri": f"sqlite:///{folder}/mlflow.db"}}
    return DriftConfig.model_validate({**places, "windows": windows, **more})


@pytest.fixture(scope="module")
def folder(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001  # Spark reads DDL
    lake = str(tmp_path_factory.mktemp("lake"))
    write(f"{lake}/flights", COLUMNS, [row(place) for place in range(ROWS)])
    make_store(Path(lake))
    return lake


@pytest.fixture(scope="module")
def found(spark: SparkSession, folder: str) -> Drift:
    return drift(config(folder, windows=WINDOWS, max_categories=150), spark=spark)


def of(found: Drift, column: str, *slice_: str | None) -> DriftMetric:
    wanted = (slice_[0], slice_[1]) if slice_ else (None, None)
    (row,) = [m for m in found.metrics if m.column_name == column and (m.slice_key, m.slice_value) == wanted]
    return row


def halves(values: Any, where: NDArray[np.bool_] = EVERY) -> tuple[NDArray[Any], NDArray[Any]]:
    values = np.asarray(values)
    return values[(DAY == 1) & where], values[(DAY == 2) & where]


def both(test: HypothesisTest | None) -> tuple[float, float]:
    assert test is not None
    return test.statistic, test.pvalue


@pytest.mark.parametrize(("column", "values"), [("delay", DELAY), ("seats", SEATS)])
def test_distances_of_numbers_are_those_of_scipy(found: Drift, column: str, values: NDArray[Any]) -> None:
    metric, (baseline, current) = of(found, column), halves(values)
    expected = stats.ks_2samp(baseline, current, method="asymp")
    assert both(metric.ks_test) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)
    assert metric.wasserstein_distance == pytest.approx(stats.wasserstein_distance(baseline, current), rel=1e-9)
    assert (metric.ks_error, metric.wasserstein_error) == (0, 0)
    assert metric.avg_delta == pytest.approx(current.mean() - baseline.mean(), rel=1e-9)
    assert (metric.baseline_count, metric.current_count, metric.count_delta) == (350, 250, -100)


def test_coarse_distances_of_numbers_are_over_the_baselines_deciles(found: Drift) -> None:
    metric, (baseline, current) = of(found, "delay"), halves(DELAY)
    ends = np.quantile(baseline, np.arange(1, 10) / 10, method="inverted_cdf")
    table = [np.bincount(np.searchsorted(ends, side), minlength=10) for side in (baseline, current)]
    expected = stats.chi2_contingency(table, correction=False)
    assert both(metric.chi_squared_test) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
    p, q = table[0] / 350, table[1] / 250
    assert metric.population_stability_index == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=1e-9)
    assert metric.tv_distance == pytest.approx(np.abs(q - p).sum() / 2, rel=1e-9)
    assert metric.l_infinity_distance == pytest.approx(np.abs(q - p).max(), rel=1e-9)


def test_distances_of_categories_are_over_their_counts(found: Drift) -> None:
    metric, counts = of(found, "carrier"), [Counter(side.tolist()) for side in halves(CARRIER)]
    table = [[side[name] for name in ("AA", "B6", "UA", "")] for side in counts]
    expected = stats.chi2_contingency(table, correction=False)
    assert both(metric.chi_squared_test) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
    apart = np.abs(np.array(table[0]) / 350 - np.array(table[1]) / 250)
    assert metric.l_infinity_distance == pytest.approx(apart.max(), rel=1e-9)
    assert metric.tv_distance == pytest.approx(apart.sum() / 2, rel=1e-9)
    undefined = (metric.ks_test, metric.wasserstein_distance, metric.avg_delta, metric.percent_zeros_delta)
    assert undefined == (None,) * 4
    assert of(found, "late").data_type == "boolean"
    assert of(found, "late").js_distance


def test_categories_beyond_the_most_frequent_count_as_one(found: Drift) -> None:
    counts = [Counter(side.tolist()) for side in halves([f"N{place % 200}" for place in range(ROWS)])]
    together = counts[0] + counts[1]
    kept = sorted(together, key=lambda name: (-together[name], name))[:150]
    before, after = (
        np.array([*(side[name] for name in kept), sum(side.values()) - sum(side[name] for name in kept)])
        / sum(side.values())
        for side in counts
    )
    assert of(found, "tail").tv_distance == pytest.approx(np.abs(before - after).sum() / 2, rel=1e-9)


def test_nulls_nans_zeros_and_infinities_are_told_apart(found: Drift) -> None:
    metric, (baseline, current) = of(found, "odd"), halves(np.array(ODD, dtype=object))

    def percent(of_baseline: int, of_current: int) -> float:
        return 100 * of_current / 250 - 100 * of_baseline / 350

    nulls, zeros, nans = (
        percent(*(sum(map(is_one, side)) for side in (baseline, current)))
        for is_one in (
            lambda value: value is None,
            lambda value: value == 0,
            lambda value: value is not None and math.isnan(value),
        )
    )
    assert metric.percent_null_delta == pytest.approx(nulls)
    assert metric.percent_zeros_delta == pytest.approx(zeros)
    assert metric.percent_nan_delta == pytest.approx(nans)
    numbers = [[v for v in side if v is not None and not math.isnan(v)] for side in (baseline, current)]
    assert metric.ks_test is not None
    assert metric.ks_test.statistic == pytest.approx(stats.ks_2samp(*numbers, method="asymp").statistic, abs=1e-9)
    assert metric.wasserstein_distance == math.inf
    assert metric.ks_error == 0


def test_a_column_without_values_in_one_window_has_no_distances(found: Drift) -> None:
    for name, delta in (("gone", 100), ("came", -100)):
        metric = of(found, name)
        assert metric.percent_null_delta == delta
        distances = (metric.js_distance, metric.ks_test, metric.wasserstein_distance, metric.population_stability_index)
        assert distances == (None, None, None, None)
        assert (metric.avg_delta, metric.ks_error, metric.chi_squared_test, metric.tv_distance) == (None,) * 4
    table = of(found, ":table")
    assert table.non_null_columns_delta == NonNullColumns(added=1, missing=1)
    assert (table.count_delta, table.data_type, table.js_distance) == (-100, None, None)


def test_one_value_in_both_windows_is_no_drift(found: Drift) -> None:
    metric = of(found, "constant")
    assert (both(metric.ks_test), both(metric.chi_squared_test)) == ((0, 1), (0, 1))
    assert (metric.js_distance, metric.wasserstein_distance, metric.population_stability_index) == (0, 0, 0)


def test_times_have_counts_only_and_other_types_are_left_out(found: Drift) -> None:
    metric = of(found, "seen")
    assert metric.percent_distinct_delta == pytest.approx(0, abs=15)
    assert (metric.percent_null_delta, metric.data_type) == (0, "timestamp")
    assert (metric.js_distance, metric.ks_test, metric.avg_delta) == (None,) * 3
    assert "tags" not in {row.column_name for row in found.metrics}


def test_slices_are_measured_as_the_whole_is(found: Drift) -> None:
    for value in ("EWR", "JFK", None):
        metric = of(found, "seats", "origin", value)
        baseline, current = halves(SEATS, np.array([origin == value for origin in ORIGIN]))
        assert (metric.baseline_count, metric.current_count) == (len(baseline), len(current))
        assert metric.avg_delta == pytest.approx(current.mean() - baseline.mean(), rel=1e-9)
        assert metric.ks_test is not None
        assert metric.ks_error is not None
        exact = stats.ks_2samp(baseline, current, method="asymp").statistic
        assert metric.ks_test.statistic - 1e-9 <= exact <= metric.ks_test.statistic + metric.ks_error + 1e-9
        assert metric.wasserstein_distance == pytest.approx(
            stats.wasserstein_distance(baseline, current), abs=(metric.wasserstein_error or 0) + 1e-9
        )


def test_slices_are_expressions_and_crossed_as_in_comparisons(found: Drift) -> None:
    assert {row.slice_key for row in found.sliced} == {"origin", "seats > 3", "origin x late"}
    for late in (False, True):
        metric, (baseline, current) = (
            of(found, "seats", "seats > 3", str(late).lower()),
            halves(SEATS, (SEATS > 3) == late),
        )
        assert (metric.baseline_count, metric.current_count) == (len(baseline), len(current))
        assert metric.avg_delta == pytest.approx(current.mean() - baseline.mean(), rel=1e-9)
        for origin in ("EWR", "JFK", None):
            where = np.array([one == origin for one in ORIGIN]) & ((SEATS > 3) == late)
            crossed = of(found, "seats", "origin x late", f"{origin or 'NULL'} x {str(late).lower()}")
            assert (crossed.baseline_count, crossed.current_count) == tuple(map(len, halves(SEATS, where)))


def test_rows_say_which_windows_they_are_about(found: Drift, folder: str) -> None:
    metric = of(found, "delay")
    assert metric.window == Window(START + timedelta(days=2, minutes=350), START + timedelta(days=2, minutes=599))
    assert metric.window_cmp == Window(START + timedelta(days=1), START + timedelta(days=1, minutes=349))
    assert (metric.granularity, metric.drift_type, metric.kind) == ("1 day", "CONSECUTIVE", "windows")
    assert (metric.table, metric.baseline_table_version, metric.current_table_version) == (f"{folder}/flights", 0, 0)
    assert (metric.baseline_filter, metric.current_filter, metric.model_name) == ("day = 1", "day = 2", None)


def test_what_is_stored_is_given_back(spark: SparkSession, folder: str, found: Drift) -> None:
    job = config(folder, windows=WINDOWS, max_categories=150)
    table = job.tables.table("drift_metrics")
    before = version(table)
    again = drift(job, spark=spark)
    assert (again.metrics, again.stored, version(table)) == (found.metrics, True, before)
    assert len(rows_of(table, DriftMetric)) == len(found.metrics)


def test_the_run_of_two_windows_has_their_numbers_and_what_was_read(folder: str, found: Drift) -> None:
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name("spark-models")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], f"params.drift_id = '{found.drift_id}'")
    assert run.info.run_name == f"drift {folder}/flights"
    assert run.data.params == {
        "drift_id": found.drift_id,
        "kind": "windows",
        "table": f"{folder}/flights",
        "baseline_table_version": "0",
        "current_table_version": "0",
        "baseline_filter": "day = 1",
        "current_filter": "day = 2",
    }
    assert run.data.metrics["count_delta"] == -100
    assert run.data.metrics["delay/avg_delta"] == pytest.approx(of(found, "delay").avg_delta)
    # It is infinite, which no chart can show.
    assert "odd/wasserstein_distance" not in run.data.metrics
