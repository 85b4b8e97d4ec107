import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.spark.udf import output_fields


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
