"""Delta tables: made from a schema, checked against it, versioned."""

from datetime import UTC, datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import TableName, quoted, sql_literal
from spark_models.core.tables import TableSchema
from spark_models.errors import DataError, SchemaError

# What Spark and Delta call a table that is not there, or that is not Delta's.
_ABSENT = frozenset(
    {
        "DELTA_MISSING_DELTA_TABLE",
        "DELTA_TABLE_NOT_FOUND",
        "DELTA_TABLE_ONLY_OPERATION",
        "PATH_NOT_FOUND",
        "SCHEMA_NOT_FOUND",
        "TABLE_OR_VIEW_NOT_FOUND",
    }
)
_NOT_DELTA = frozenset({"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "DELTA_TABLE_ONLY_OPERATION"})


def table_exists(spark: SparkSession, table: TableName) -> bool:
    """Whether there is such a table or view; a path counts if it holds a Delta table."""
    try:
        _ = spark.table(table.sql).schema
    except AnalysisException as error:
        if error.getCondition() in _ABSENT:
            return False
        raise
    return True


def latest_version(spark: SparkSession, table: TableName) -> int | None:
    """The table's current Delta version; None if it is a view or another kind of table, or is not there."""
    try:
        newest = spark.sql(f"DESCRIBE HISTORY {table.sql} LIMIT 1").first()
    except AnalysisException as error:
        if error.getCondition() in _ABSENT | _NOT_DELTA:
            return None
        raise
    return None if newest is None else int(newest["version"])


def version_at(spark: SparkSession, table: TableName, moment: datetime) -> int:
    """The Delta version that was current at ``moment``; one without a time zone is in the session's.

    Raises:
        DataError: if the table is younger than that, or its log no longer goes back so far.
    """
    wanted = F.lit(moment) if moment.tzinfo is None else F.timestamp_micros(F.lit(_micros(moment)))
    versions = spark.sql(f"DESCRIBE HISTORY {table.sql}").where(F.col("timestamp") <= wanted)
    found = versions.agg(F.max("version").alias("version")).first()
    if found is None or found["version"] is None:
        raise DataError(f"table {table}", [f"it has no version from {moment.isoformat()} or before"])
    return int(found["version"])


def _micros(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1_000_000)


def read_table(spark: SparkSession, table: TableName, version: int | None = None) -> DataFrame:
    """The table, at a Delta version if one is given.

    Raises:
        DataError: if there is no such table or version.
    """
    reader = spark.read if version is None else spark.read.option("versionAsOf", version)
    try:
        frame = reader.table(table.sql)
        _ = frame.schema
    except AnalysisException as error:
        if error.getCondition() in _ABSENT:
            raise DataError(f"table {table}", [_absence(spark, table)]) from error
        if version is not None and "VERSION" in (error.getCondition() or ""):
            newest = latest_version(spark, table)
            raise DataError(f"table {table}", [f"it has no version {version}; the newest is {newest}"]) from error
        raise
    return frame


def _absence(spark: SparkSession, table: TableName) -> str:
    if table.path is not None:
        return "there is no Delta table at this path"
    if len(table.parts) > 1:
        schema = ".".join(quoted(part) for part in table.parts[:-1])
        if not spark.catalog.databaseExists(schema):
            return f"there is no schema {'.'.join(table.parts[:-1])}"
        names = [entry.name for entry in spark.catalog.listTables(schema)]
    else:
        names = [entry.name for entry in spark.catalog.listTables()]
    return "there is no such table" + did_you_mean(table.parts[-1], names, listed="existing tables")


def make_table(spark: SparkSession, table: TableName, schema: TableSchema) -> None:
    """Make the table, with comments on it and its columns; one that is there must have the same columns.

    Raises:
        SchemaError: if the table is there with other columns or types, or its schema (database) is not there.
    """
    if table_exists(spark, table):
        require_columns(spark, table, schema)
        return
    columns = ", ".join(
        f"{quoted(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
        f" COMMENT {sql_literal(column.comment)}"
        for column in schema.columns
    )
    partitions = ", ".join(quoted(name) for name in schema.partition_by)
    try:
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS {table.sql} ({columns}) USING DELTA COMMENT {sql_literal(schema.comment)}"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
        )
    except AnalysisException as error:
        if error.getCondition() == "SCHEMA_NOT_FOUND":
            schema_name = ".".join(table.parts[:-1])
            raise SchemaError(f"table {table}", [f"make its schema first: CREATE SCHEMA {schema_name}"]) from error
        raise


def require_columns(spark: SparkSession, table: TableName, schema: TableSchema) -> None:
    """Refuse a table whose columns are not those of ``schema``, by name and type, in any order.

    Raises:
        SchemaError: listing every column that is missing, unknown or of another type.
    """
    found = {field.name: field.dataType.simpleString() for field in spark.table(table.sql).schema.fields}
    wanted = {
        field.name: field.dataType.simpleString()
        for field in StructType.fromDDL(
            ", ".join(f"{quoted(column.name)} {column.type}" for column in schema.columns)
        ).fields
    }
    problems = [
        *(f"column {name!r} is missing from the table" for name in wanted if name not in found),
        *(f"column {name!r} of the table would get no values" for name in found if name not in wanted),
        *(
            f"column {name!r} is {found[name]} in the table, but would be written as {kind}"
            for name, kind in wanted.items()
            if name in found and found[name] != kind
        ),
    ]
    if problems:
        raise SchemaError(f"table {table} has another schema", [*problems, "choose another table, or migrate this one"])
