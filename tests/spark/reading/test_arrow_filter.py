"""Conditions mean to Arrow what they mean to Spark: both are asked, on values that tell them apart."""

import math
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from spark_models.spark.frames import local_frame
from spark_models.spark.reading.arrow_filter import UntranslatableError, arrow_filter

NAN, INF = math.nan, math.inf
TYPES = {
    "id": "int",
    "whole": "bigint",
    "small": "tinyint",
    "x": "double",
    "f": "float",
    "name": "string",
    "on": "boolean",
}
ROWS: list[tuple[Any, ...]] = [
    (0, 5, 1, 1.5, 0.1, "AA", True),
    (1, None, None, None, None, None, None),
    (2, -5, -1, NAN, NAN, "", False),
    (3, 2**62, 127, INF, INF, "aa", True),
    (4, -(2**63), -128, -INF, -INF, "B6 ", False),
    (5, 0, 0, -0.0, -0.0, "it's", None),
    (6, 1, 1, 0.0, 1e-45, "Ä", True),
    (7, 2**53 + 1, 2, 5e-324, 3.4e38, "AA", False),
]
CONDITIONS = [
    "whole = 5",
    "whole <> 5",
    "5 != whole",
    "NOT whole = 5",
    "whole > 0",
    "0 < whole",
    "whole >= -5 AND whole < 9007199254740993",
    "whole = 9007199254740993",
    "small > 1 OR x > 1",
    "small BETWEEN -1 AND 1",
    "NOT small BETWEEN -1 AND 1",
    "small IN (1, 2, 300)",
    "small NOT IN (1, 2)",
    "x > 1",
    "x >= 1.5",
    "x < 1",
    "x <= 0",
    "x = 0",
    "x <> 1.5",
    "NOT (x > 1)",
    "x BETWEEN -1 AND 2",
    "x IN (1.5, 0)",
    "NOT x IN (1.5, 0)",
    "x = 1.5e0",
    "f = 0.1",
    "f > 0.1",
    "f < 0.1",
    "f >= 0",
    "name = 'AA'",
    "name <> 'AA'",
    "name > 'AA'",
    "name IN ('AA', '')",
    "name = 'it\\'s'",
    "name = 'Ä'",
    "name IS NULL",
    "name IS NOT NULL AND NOT `on`",
    "x IS NULL",
    "x IS NOT NULL",
    "`on`",
    "NOT `on`",
    "`on` = TRUE",
    "`on` <> false",
    "(whole > 0 OR name IS NULL) AND NOT (x < 0)",
    "WHOLE > 0",
]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    kinds = [pa.int32(), pa.int64(), pa.int8(), pa.float64(), pa.float32(), pa.string(), pa.bool_()]
    columns = [pa.array(values, kind) for values, kind in zip(zip(*ROWS, strict=True), kinds, strict=True)]
    return pa.table(dict(zip(TYPES, columns, strict=True)))


def test_each_condition_keeps_the_rows_that_spark_keeps(spark: SparkSession, table: pa.Table) -> None:
    frame = local_frame(spark, ROWS, ", ".join(f"`{name}` {kind}" for name, kind in TYPES.items()))
    expressions = [f"collect_list(id) FILTER (WHERE {condition})" for condition in CONDITIONS]
    expected = frame.coalesce(1).selectExpr(*expressions).first()
    assert expected is not None
    for condition, ids in zip(CONDITIONS, expected, strict=True):
        expression, _ = arrow_filter(condition, TYPES)
        assert table.filter(expression)["id"].to_pylist() == ids, condition


def test_the_columns_that_a_condition_reads_are_told() -> None:
    _, read = arrow_filter("WHOLE > 0 AND (x IS NULL OR name = 'a')", TYPES)
    assert read == {"whole", "x", "name"}


@pytest.mark.parametrize(
    "condition",
    [
        "upper(name) = 'AA'",
        "whole = '5'",
        "name = 5",
        "whole > 1.5",
        "whole = x",
        "whole + 1 = 2",
        "name LIKE 'A%'",
        "x = 'NaN'",
        "whole <=> 5",
        "whole = NULL",
        "whole IN (SELECT 1)",
        "t.whole = 1",
        "missing = 1",
        "whole = 9223372036854775808",
        "whole",
        "name IS TRUE",
        "rand() < 0.5",
        "whole IN (" + ", ".join(map(str, range(101))) + ")",
    ],
)
def test_what_spark_might_take_otherwise_is_refused(condition: str) -> None:
    with pytest.raises(UntranslatableError, match="the filter"):
        arrow_filter(condition, TYPES)
