import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.config import OutputConfig
from spark_models.errors import SchemaError
from spark_models.spark.frames import local_frame
from spark_models.spark.inputs import Input
from spark_models.spark.scored import ddl, output_schema, require_writable

STRUCT = T.StructType([T.StructField("late", T.DoubleType()), T.StructField("on time", T.DoubleType())])


def output(**more: object) -> OutputConfig:
    return OutputConfig.model_validate({"table": "predictions", "keys": ["id"], **more})


@pytest.mark.parametrize(
    "text",
    ["double", "array<array<float>>", "map<string,bigint>", "struct<`on time`:double,`a``b`:array<struct<`c.d`:int>>>"],
)
def test_a_type_reads_back_from_its_ddl(spark: SparkSession, text: str) -> None:  # noqa: ARG001  # Spark parses it
    kind = T.DataType.fromDDL(text)
    assert ddl(kind) == text
    assert T.DataType.fromDDL(ddl(kind)) == kind


def test_the_output_has_the_inputs_types_and_the_predictions(spark: SparkSession) -> None:
    given = Input(local_frame(spark, [], "id bigint, `a.b` decimal(5,2), x double"), None, None)
    schema = output_schema(given, output(passthrough=["a.b"], prediction="late"), T.ArrayType(T.DoubleType()))
    assert [(column.name, column.type) for column in schema.columns[:3]] == [
        ("id", "bigint"),
        ("a.b", "decimal(5,2)"),
        ("late", "array<double>"),
    ]
    assert all(column.comment for column in schema.columns)


def test_a_column_that_is_there_twice_is_refused_whatever_its_case() -> None:
    with pytest.raises(SchemaError) as caught:
        require_writable(output(passthrough=["ID", "carrier", "batch_id"], prediction="Carrier"), T.DoubleType())
    assert [problem.split("'")[1] for problem in caught.value.problems] == ["id", "carrier", "batch_id"]


def test_characters_that_delta_does_not_take_are_refused_in_columns_and_in_fields() -> None:
    with pytest.raises(SchemaError) as caught:
        require_writable(output(passthrough=["dep delay"]), STRUCT)
    assert [problem.split("'")[1] for problem in caught.value.problems] == ["dep delay", "on time"]
    require_writable(output(passthrough=["a.b", "Verspätung", "x-y"]), T.DoubleType())


def test_fields_of_a_prediction_that_differ_in_case_only_are_refused() -> None:
    kind = T.ArrayType(T.StructType([T.StructField(name, T.DoubleType()) for name in ("a", "A")]))
    with pytest.raises(SchemaError, match="field of the prediction 'a' would be there twice; give result_type"):
        require_writable(output(), kind)
