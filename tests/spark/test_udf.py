import subprocess
import sys

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.spark.udf import output_fields


def test_what_travels_to_workers_imports_no_mlflow() -> None:
    program = (
        "import spark_models.spark.udf, spark_models.flavors, spark_models.errors, sys;"
        "print([name for name in ('mlflow', 'sklearn', 'lightgbm') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (T.DoubleType(), [("prediction", pa.float64())]),
        (T.ArrayType(T.FloatType()), [("prediction", pa.list_(pa.float32()))]),
        (T.TimestampType(), [("prediction", pa.timestamp("us", "America/New_York"))]),
        (T.StructType([T.StructField("late", T.BooleanType())]), [("late", pa.bool_())]),
    ],
    ids=["scalar", "array", "timestamp", "struct"],
)
def test_a_result_has_arrow_fields(
    spark: SparkSession, kind: T.DataType, fields: list[tuple[str, pa.DataType]]
) -> None:
    assert list(output_fields(spark, kind)) == fields
