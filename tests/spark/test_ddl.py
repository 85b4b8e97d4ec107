import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.table_schema import Column, schema_of
from spark_models.core.tables import (
    AliasTenure,
    Card,
    ComparisonCurve,
    ComparisonDiff,
    ComparisonMetric,
    ScoringRun,
    predictions_schema,
)
from spark_models.spark.ddl import plain_schema

OWN = [schema_of(row) for row in (AliasTenure, Card, ComparisonCurve, ComparisonDiff, ComparisonMetric, ScoringRun)]
AWKWARD = predictions_schema(
    (Column("it's a `key`", "decimal(20,2)", "of it's \\ kind", nullable=False),),
    (Column("prediction", "struct<a:array<double>,`b c`:map<string,timestamp_ntz>>", ""),),
    ("it's a `key`",),
)


@pytest.mark.parametrize("ddl", [text for schema in (*OWN, AWKWARD) for text in (schema.ddl, schema.definition)])
def test_the_packages_own_tables_are_read_as_spark_reads_them(spark: SparkSession, ddl: str) -> None:
    assert spark is not None
    found = plain_schema(ddl)
    assert found == T.DataType.fromDDL(ddl)
    assert found is not None
    assert found.json() == T.DataType.fromDDL(ddl).json()


@pytest.mark.parametrize(
    "ddl",
    [
        "",
        "a",
        "a bigint,",
        "a INT",
        "a varchar(3)",
        "a decimal",
        "a decimal(x,2)",
        "a array<double",
        "a map<string>",
        "a struct<b bigint>",
        "1a bigint",
        "a string COLLATE UTF8_LCASE",
        "a bigint COMMENT 'one' 'two'",
        "a bigint COMMENT 'tab\\t'",
        "a bigint NOT",
        "a bigint DEFAULT 1 + 2",
    ],
)
def test_what_is_not_plain_is_left_to_spark(ddl: str) -> None:
    assert plain_schema(ddl) is None
