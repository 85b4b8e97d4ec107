"""What is kept of a comparison, and which rows are in it."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.comparing import PROVENANCE, Tables, runs_of, scored
from tests.lake import rows_of, version, write
from tests.steps.conftest import Models

from spark_models.core.config import PredictionsConfig
from spark_models.core.tables import ComparisonDiff
from spark_models.spark.rows import replace_rows
from spark_models.steps.compare import compare

NAN = float("nan")


@pytest.fixture
def empty(models: Models, ops: Path, lake: str) -> Tables:
    """Tables that are still to be written, and those of the results in ``lake``."""
    copytree(ops, lake)
    return Tables(models.store, f"{lake}/data")


@pytest.fixture
def small(empty: Tables) -> Tables:
    """Two rows of labels, which both versions scored."""
    write(empty.labels, "id bigint, label double", [(1, 1.0), (2, 2.0)])
    rows = [(number, float(number + version), *scored(version)) for version in (1, 2) for number in (1, 2)]
    write(empty.predictions, f"id bigint, prediction double, {PROVENANCE}", rows)
    return empty


def test_a_rerun_gives_the_stored_comparison_back_and_writes_nothing_until_there_are_new_labels(
    spark: SparkSession, lake: str, small: Tables
) -> None:
    job = small.config(lake)
    first = compare(job, spark=spark)
    names = [job.tables.table(f"comparison_{name}") for name in ("metrics", "diffs")]
    written = [version(name) for name in names]
    again = compare(job, spark=spark)
    assert (first.stored, again.stored) == (False, True)
    assert (again.metrics, again.diffs) == (first.metrics, first.diffs)
    # The same work in other words: the current version by its number.
    labels = job.labels.model_copy(update={"version": 0})
    assert compare(job.model_copy(update={"labels": labels}), spark=spark).stored
    assert written == [version(name) for name in names]
    assert len(runs_of(small, again.comparison_id)) == 1

    # New labels are other work.
    write(small.labels, "id bigint, label double", [(3, 3.0)])
    second = compare(job, spark=spark)
    assert not second.stored
    assert first.comparison_id != second.comparison_id
    assert [found.overall(2, "rows")["rows"].candidate_value for found in (first, second)] == [2, 3]


def test_a_filter_that_lets_other_rows_through_each_time_is_compared_anew(
    spark: SparkSession, lake: str, small: Tables
) -> None:
    job = small.config(lake, labels={"filter": "current_date() > date'2024-01-01'"})
    first, again = (compare(job, spark=spark) for _ in range(2))
    assert (first.stored, again.stored) == (False, False)
    assert first.comparison_id != again.comparison_id


def test_a_comparison_that_was_stopped_before_its_metrics_is_done_again(
    spark: SparkSession, lake: str, small: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = small.config(lake)

    def stop_after_the_first(*given: Any, **equal: Any) -> None:
        replace_rows(*given, **equal)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("spark_models.spark.rows.replace_rows", stop_after_the_first)
        with pytest.raises(KeyboardInterrupt):
            compare(job, spark=spark)
    found = compare(job, spark=spark)
    assert not found.stored
    diffs = rows_of(job.tables.table("comparison_diffs"), ComparisonDiff)
    assert sorted(diffs, key=repr) == sorted(found.diffs, key=repr)
    assert compare(job, spark=spark).stored


def test_rows_are_counted_by_why_they_are_left_out(spark: SparkSession, lake: str, empty: Tables) -> None:
    labels = [
        (1, 1, 10.0),  # compared
        (1, 2, 20.0),  # compared, with the later of two predictions
        (2, 1, None),  # no label
        (2, 2, NAN),
        (3, 1, 10.0),  # not scored by version 2
        (3, 2, 10.0),  # failed in version 1
        (4, 1, 10.0),  # predicted as NULL by version 2
        (4, 2, 10.0),  # predicted as NaN by both
        (None, 1, 10.0),  # no key, so no prediction
        (None, 1, 10.0),
    ]
    write(empty.labels, "flight int, day int, label double", labels)
    first = [(1, 1, 11.0), (1, 2, 0.0), (2, 1, 1.0), (2, 2, 1.0), (3, 1, 1.0), (4, 1, 1.0), (4, 2, NAN), (5, 1, 1.0)]
    second = [(1, 1, 12.0), (1, 2, 0.0), (2, 1, 1.0), (2, 2, 1.0), (3, 2, 1.0), (4, 1, None), (4, 2, NAN)]
    predictions = [
        *((*row, *scored(1)) for row in first),
        (1, 2, 21.0, *scored(1, batch=1)),
        (3, 2, None, *scored(1, error="ValueError")),
        *((*row, *scored(2)) for row in second),
        (1, 2, 22.0, *scored(2, batch=1)),
        (1, 1, 99.0, *scored(1, model="another")),
    ]
    write(empty.predictions, f"flight bigint, day bigint, prediction double, {PROVENANCE}", predictions)

    found = compare(empty.config(lake, labels={"keys": ("flight", "day")}), spark=spark)
    counts = {name: (row.candidate_value, row.baseline_value) for name, row in found.overall(2, "rows").items()}
    assert counts == {
        "rows": (10, 10),
        "rows_compared": (2, 2),
        "rows_without_label": (1, 1),
        "rows_with_nan_label": (1, 1),
        "rows_without_prediction": (3, 2),
        "rows_failed": (0, 1),
        "rows_without_value": (2, 1),
        "rows_not_labelled": (0, 1),
    }
    bias = found.overall(2)["bias"]
    assert (bias.candidate_value, bias.baseline_value) == (2.0, 1.0)


def test_predictions_in_a_view_have_no_version_and_can_be_compared_all_the_same(
    spark: SparkSession, lake: str, small: Tables
) -> None:
    spark.read.format("delta").load(small.predictions).createOrReplaceTempView("latest_predictions")
    job = small.config(lake)
    found = compare(job.model_copy(update={"predictions": PredictionsConfig(table="latest_predictions")}), spark=spark)
    mae = found.overall(2)["mae"]
    assert (mae.candidate_value, mae.predictions_table, mae.predictions_version) == (2.0, "latest_predictions", None)
