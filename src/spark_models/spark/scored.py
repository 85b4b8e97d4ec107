"""The rows of a predictions table: carried columns, the prediction, and where it came from."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import OutputConfig
from spark_models.core.table_name import quoted
from spark_models.core.table_schema import NOT_IN_NAMES, Column, TableSchema
from spark_models.core.tables import PROVENANCE, predictions_schema
from spark_models.errors import SchemaError
from spark_models.spark.engines.request import ERROR, PLACE
from spark_models.spark.frames import structs_in
from spark_models.spark.inputs import Input
from spark_models.spark.writes import Write


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


def require_writable(output: OutputConfig, result_type: T.DataType) -> None:
    """Refuse names that Delta would refuse: two of one name, whatever their case, and some characters.

    Raises:
        SchemaError: listing all of them.
    """
    names = [*output.keys, *output.passthrough, output.prediction, *PROVENANCE]
    problems = _repeated("output column", names, "rename it or leave it out")
    for fields in structs_in(result_type):
        problems += _repeated("field of the prediction", fields, "give result_type with other names")
        names += fields
    problems += [
        f"output column {name!r} has a space or one of , ; {{ }} ( ) = in it, which Delta does not take; rename it"
        for name in dict.fromkeys(names)
        if NOT_IN_NAMES & set(name)
    ]
    if problems:
        raise SchemaError("the output's columns", problems)


def _repeated(role: str, names: list[str], advice: str) -> list[str]:
    counts = Counter(name.casefold() for name in names)
    first = {name.casefold(): name for name in reversed(names)}
    return [f"{role} {first[name]!r} would be there twice; {advice}" for name, count in counts.items() if count > 1]


def scored_frame(predicted: DataFrame, output: OutputConfig, write: Write) -> DataFrame:
    """What an engine gave, as rows of the predictions table."""
    return predicted.select(
        *(F.col(quoted(name)) for name in (*output.keys, *output.passthrough, output.prediction)),
        *_provenance(write),
        _moment(write.scored_at).alias("scored_at"),
        F.col(ERROR).alias("error"),
    )


def _moment(moment: datetime) -> SparkColumn:
    """A moment as a column: Python's own conversion would take the driver's zone for the session's."""
    return F.timestamp_micros(F.lit(round(moment.timestamp() * 1_000_000)))


def _provenance(write: Write) -> Iterator[SparkColumn]:
    """Which model and batch a row is of: constants for one batch, which Spark then need not sort by."""
    facts = {
        "model_name": [F.lit(batch.model_version.name) for batch in write.batches],
        "model_version": [F.lit(batch.model_version.version).cast("bigint") for batch in write.batches],
        "batch_id": [F.lit(batch.batch_id) for batch in write.batches],
    }
    for name, values in facts.items():
        column = values[0] if len(values) == 1 else F.get(F.array(*values), F.col(PLACE).cast("int"))
        yield column.alias(name)
