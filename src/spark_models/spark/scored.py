"""The rows of a predictions table: carried columns, the prediction, and where it came from."""

from datetime import datetime

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import OutputConfig
from spark_models.core.plan import Plan
from spark_models.core.table_name import quoted
from spark_models.core.tables import PROVENANCE, Column, TableSchema, predictions_schema
from spark_models.errors import SchemaError
from spark_models.spark.inputs import Input
from spark_models.spark.predictions import Batch
from spark_models.spark.udf import predictor_udf
from spark_models.spark.worker import Task


def output_schema(given: Input, output: OutputConfig, result_type: T.DataType) -> TableSchema:
    """The predictions table's schema for this input and this model."""
    types = {field.name: ddl(field.dataType) for field in given.frame.schema.fields}
    carried = tuple(Column(name, types[name], "") for name in (*output.keys, *output.passthrough))
    predicted = Column(output.prediction, ddl(result_type), "the model's prediction; NULL if it failed on the row")
    return predictions_schema(carried, (predicted,), output.keys)


def ddl(kind: T.DataType) -> str:
    """A type as DDL; names in structs are quoted, which ``simpleString`` leaves out."""
    if isinstance(kind, T.StructType):
        return f"struct<{','.join(f'{quoted(field.name)}:{ddl(field.dataType)}' for field in kind.fields)}>"
    if isinstance(kind, T.ArrayType):
        return f"array<{ddl(kind.elementType)}>"
    if isinstance(kind, T.MapType):
        return f"map<{ddl(kind.keyType)},{ddl(kind.valueType)}>"
    return kind.simpleString()


def require_distinct(output: OutputConfig) -> None:
    """Refuse an output with two columns of one name.

    Raises:
        SchemaError: listing every name that is taken twice.
    """
    names = [*output.keys, *output.passthrough, output.prediction, *PROVENANCE]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        problems = [f"output column {name!r} would be there twice; rename it or leave it out" for name in repeated]
        raise SchemaError("the output's columns", problems)


def scored_frame(
    given: Input, plan: Plan, task: Task, result_type: T.DataType, output: OutputConfig, batch: Batch, moment: datetime
) -> DataFrame:
    """The input's rows as rows of the predictions table, one for one."""
    inputs = [F.col(quoted(planned.column)).cast(planned.type) for planned in plan.inputs]
    carried = [F.col(quoted(name)) for name in (*output.keys, *output.passthrough)]
    outcome = F.lit(None).cast("string")
    if task.records_errors:
        returned = _with_error(task, result_type)
        frame = given.frame.select(*carried, predictor_udf(task, returned)(*inputs).alias("outcome_"))
        outcome, prediction = F.col("outcome_.error"), _prediction(result_type, task)
    else:
        frame, prediction = given.frame, predictor_udf(task, result_type)(*inputs)
    return frame.select(
        *carried,
        prediction.alias(output.prediction),
        F.lit(batch.model_version.name).alias("model_name"),
        F.lit(batch.model_version.version).cast("bigint").alias("model_version"),
        F.lit(batch.batch_id).alias("batch_id"),
        F.timestamp_micros(F.lit(round(moment.timestamp() * 1_000_000))).alias("scored_at"),
        outcome.alias("error"),
    )


def _with_error(task: Task, result_type: T.DataType) -> T.StructType:
    fields = result_type.fields if isinstance(result_type, T.StructType) else None
    kept = fields or [T.StructField(name, result_type) for name, _ in task.outputs]
    return T.StructType([*kept, T.StructField("error", T.StringType())])


def _prediction(result_type: T.DataType, task: Task) -> SparkColumn:
    parts = [F.col(f"outcome_.{quoted(name)}").alias(name) for name, _ in task.outputs]
    value = F.struct(*parts) if isinstance(result_type, T.StructType) else parts[0]
    return F.when(F.col("outcome_.error").isNull(), value)

