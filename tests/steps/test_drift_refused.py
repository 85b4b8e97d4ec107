from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.lake import write
from tests.models import make_store

from spark_models.core.config import DriftConfig
from spark_models.errors import ConfigError, DataError, ProblemsError, SchemaError
from spark_models.steps.drift import drift


@pytest.fixture(scope="module")
def folder(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001  # Spark reads DDL
    lake = str(tmp_path_factory.mktemp("lake"))
    write(f"{lake}/flights", "day int, delay double, tags array<string>", [(1, 1.0, []), (2, 2.0, [])])
    make_store(Path(lake))
    return lake


def refused(spark: SparkSession, folder: str, kind: type[ProblemsError], **windows: Any) -> str:
    section = {"table": f"{folder}/flights", "baseline": {"filter": "day = 1"}, "current": {"filter": "day = 2"}}
    places = {"tables": {"location": f"{folder}/ops"}, "registry": {"tracking_uri": f"sqlite:///{folder}/mlflow.db"}}
    places = {name: windows.pop(name, place) for name, place in places.items()}
    job = {**places, "windows": {**section, **windows}, "max_slice_values": 1}
    with pytest.raises(kind) as error:
        drift(DriftConfig.model_validate(job), spark=spark)
    return str(error.value)


def test_columns_that_cannot_be_compared_are_all_listed(spark: SparkSession, folder: str) -> None:
    wrong = {"columns": ["dely", "tags"], "slices": ["dya", ["day", "day >"]], "time_column": "when"}
    told = refused(spark, folder, SchemaError, **wrong)
    assert "column 'dely' is not in it; did you mean 'delay'?" in told
    assert "slice column 'dya' is not in it; did you mean 'day'?" in told
    assert "slice 'day >' is neither a column nor a SQL expression over its columns" in told
    assert "time column 'when' is not in it" in told
    assert "column 'tags' is array<string>; numbers, texts, booleans and times can be compared" in told


def test_a_table_of_results_with_other_columns_is_refused_before_the_work(spark: SparkSession, folder: str) -> None:
    write(f"{folder}/other/drift_rows", "drift_id string", [("a",)])
    told = refused(spark, folder, SchemaError, tables={"location": f"{folder}/other"})
    assert f"{folder}/other/drift_rows: column 'rank' is missing from the table" in told


def test_what_is_not_there_is_told(spark: SparkSession, folder: str) -> None:
    told = refused(spark, folder, DataError, baseline={"filter": "day = 3"})
    assert "no row is in the baseline window" in told
    assert "no row is in the current window" not in told
    assert "no version 9; the newest is 0" in refused(spark, folder, DataError, current={"version": 9})
    assert "no Delta table" in refused(spark, folder, DataError, table=f"{folder}/nothing")
    told = refused(spark, folder, ConfigError, current={"filter": "nothing > 1"})
    assert "it is not a condition on the table's columns" in told


def test_a_slice_with_many_values_in_both_windows_together_is_refused(spark: SparkSession, folder: str) -> None:
    told = refused(spark, folder, DataError, slices=["day", "day > 0", ["day", "day > 0"]])
    assert "slice column 'day' has 2 values, more than max_slice_values (1): raise it, or leave the slice out" in told
    assert "slice column 'day x day > 0' has 2 values" in told
    assert "slice column 'day > 0' has" not in told


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({}, "give either versions or windows"),
        (
            {
                "windows": {"table": "t"},
                "versions": {"candidate": "models:/m/2", "baseline": "models:/m/1", "table": "t", "keys": ["id"]},
            },
            "give either versions or windows",
        ),
        ({"windows": {"table": "t"}}, "are the same rows; give one of them another filter"),
    ],
)
def test_a_config_is_of_versions_or_of_windows(section: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        DriftConfig.model_validate({"tables": {"location": "ops"}, **section})
