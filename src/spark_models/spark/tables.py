"""Delta tables: made from a schema, checked against it, versioned."""

import random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from delta.exceptions import (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentWriteException,
    MetadataChangedException,
    ProtocolChangedException,
)
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructType

from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import TableName, quoted, sql_literal
from spark_models.core.table_schema import TableSchema
from spark_models.errors import DataError, SchemaError
from spark_models.spark.frames import schema_from
from spark_models.spark.on_disk import LOG, has_defaults, is_created, is_of_delta, opened, shared_folder, table_on_disk

R = TypeVar("R")

# What Spark and Delta call a table that is not there, or that is not Delta's.
_ABSENT = frozenset(
    {
        "DELTA_MISSING_DELTA_TABLE",
        "DELTA_TABLE_NOT_FOUND",
        "DELTA_TABLE_ONLY_OPERATION",
        "PATH_NOT_FOUND",
        "REQUIRES_SINGLE_PART_NAMESPACE",
        "SCHEMA_NOT_FOUND",
        "TABLE_OR_VIEW_NOT_FOUND",
    }
)
_NOT_DELTA = frozenset({"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "DELTA_ONLY_OPERATION", "DELTA_TABLE_ONLY_OPERATION"})

# What Delta raises when others have committed something meanwhile that this commit depends on.
CONFLICTS = (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentWriteException,
    MetadataChangedException,
    ProtocolChangedException,
)

# How often a write is tried that others' writes get in the way of.
COMMIT_TRIES = 10

# What to do about a table of other columns than ours.
MIGRATE = "choose another table, or migrate this one"

# How long to wait for a table that another job is making.
TRIES, PAUSE_SECONDS = 12, 0.25


def table_exists(spark: SparkSession, table: TableName) -> bool:
    """Whether there is such a table or view; a path counts if it holds a Delta table."""
    return columns_of(spark, table) is not None


def columns_of(spark: SparkSession, table: TableName) -> StructType | None:
    """The columns of the table or view; None if there is none, as where a path holds no Delta table."""
    folder = _folder_of_path(spark, table)
    if folder is not None and not is_of_delta(folder):
        return None
    here = None if folder is None else opened(folder)
    if here is not None:
        return here.schema
    try:
        return spark.table(table.sql).schema
    except AnalysisException as error:
        if error.getCondition() in _ABSENT:
            return None
        raise


def _folder_of_path(spark: SparkSession, table: TableName) -> Path | None:
    # Only the catalog knows whether a name is there.
    return shared_folder(spark, table) if table.path is not None else None


def latest_version(spark: SparkSession, table: TableName) -> int | None:
    """The table's current Delta version; None if it is a view or another kind of table, or is not there."""
    if here := table_on_disk(spark, table):
        return here.version
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
    # As text, since Python's own conversion would take the driver's zone for the session's.
    wanted = F.lit(moment.isoformat()).cast("timestamp")
    versions = spark.sql(f"DESCRIBE HISTORY {table.sql}").where(F.col("timestamp") <= wanted)
    found = versions.agg(F.max("version").alias("version")).first()
    if found is None or found["version"] is None:
        raise DataError(f"table {table}", [f"it has no version from {moment.isoformat()} or before"])
    return int(found["version"])


def read_table(spark: SparkSession, table: TableName, version: int | None = None) -> DataFrame:
    """The table, at a Delta version if one is given.

    Raises:
        DataError: if there is no such table or version.
    """
    reader = spark.read if version is None else spark.read.option("versionAsOf", version)
    try:
        # Of a path that is not there, a version gets no answer but a Java exception.
        _ = spark.table(table.sql).schema
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


def pinned_table(spark: SparkSession, table: TableName, version: int | None = None) -> tuple[DataFrame, int | None]:
    """The table at a Delta version, by default the current one, and that version; None if it has none.

    Raises:
        DataError: if there is no such table or version.
    """
    pinned = latest_version(spark, table) if version is None else version
    return read_table(spark, table, pinned), pinned


def _absence(spark: SparkSession, table: TableName) -> str:
    if table.path is not None:
        return f"there is no Delta table at this path{_beside(spark, table)}"
    if len(table.parts) > 1:
        schema = ".".join(quoted(part) for part in table.parts[:-1])
        if not spark.catalog.databaseExists(schema):
            return f"there is no schema {'.'.join(table.parts[:-1])}"
        names = [entry.name for entry in spark.catalog.listTables(schema)]
    else:
        names = [entry.name for entry in spark.catalog.listTables()]
    return "there is no such table" + did_you_mean(table.parts[-1], names, listed="existing tables")


def _beside(spark: SparkSession, table: TableName) -> str:
    """The Delta tables in the folder where this one should be, if that is on a disk here."""
    folder = _folder_of_path(spark, table)
    if folder is None:
        return ""
    try:
        names = sorted(log.parent.name for log in folder.parent.glob(f"*/{LOG}"))
    except OSError:
        return ""
    return did_you_mean(folder.name, names, listed=f"Delta tables in {folder.parent}")


def make_table(spark: SparkSession, table: TableName, schema: TableSchema) -> None:
    """Make the table, with comments on it and its columns; one that is there must have the same columns.

    Raises:
        SchemaError: if the table is there with other columns or types, its schema (database) is not, or
            other files are in its place.
    """
    for _ in range(TRIES):
        there = columns_of(spark, table)
        if there is not None:
            require_columns(table, there, schema)
            return
        if _is_created(spark, table, schema):
            return
        # Another job is making it: its files are there a moment before the table is.
        time.sleep(PAUSE_SECONDS)
    raise SchemaError(f"table {table}", ["files that are no Delta table are in its place; choose another name or path"])


def _is_created(spark: SparkSession, table: TableName, schema: TableSchema) -> bool:
    folder = _folder_of_path(spark, table)
    if folder is not None and not has_defaults(spark):
        if is_created(folder, schema):
            return True
        if (folder / LOG).exists():
            return False  # another job was first
    try:
        spark.sql(_create_statement(table, schema))
    except CONFLICTS:
        return False
    except AnalysisException as error:
        if error.getCondition() == "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION":
            return False
        if error.getCondition() in _ABSENT:
            raise SchemaError(f"table {table}", [_advice(table)]) from error
        raise
    return True


def _create_statement(table: TableName, schema: TableSchema) -> str:
    comment = sql_literal(schema.comment)
    clauses = [f"CREATE TABLE IF NOT EXISTS {table.sql} ({schema.definition}) USING DELTA COMMENT {comment}"]
    if schema.partition_by:
        clauses.append(f"PARTITIONED BY ({', '.join(quoted(name) for name in schema.partition_by)})")
    if schema.properties:
        told = ", ".join(f"{sql_literal(name)} = {sql_literal(value)}" for name, value in schema.properties.items())
        clauses.append(f"TBLPROPERTIES ({told})")
    return " ".join(clauses)


def _advice(table: TableName) -> str:
    if len(table.parts) > 2:
        return f"there is no catalog {table.parts[0]}, or no schema {table.parts[1]} in it"
    return f"make its schema first: CREATE SCHEMA {'.'.join(table.parts[:-1])}"


def require_columns(table: TableName, there: StructType, schema: TableSchema) -> None:
    """Refuse a table whose columns, which are ``there``, are not those of ``schema``, by name and type, in any order.

    Raises:
        SchemaError: listing every column that is missing, unknown or of another type.
    """
    if problems := schema_problems(there, schema):
        raise SchemaError(f"table {table} has another schema", [*problems, MIGRATE])


def schema_problems(there: StructType, schema: TableSchema) -> list[str]:
    """Every column that is missing, unknown or of another type than that of ``schema``."""
    found, wanted = _types(there), _types(schema_from(schema.ddl))
    return [
        *(f"column {name!r} is missing from the table" for name in wanted if name not in found),
        *(f"column {name!r} of the table would get no values" for name in found if name not in wanted),
        *(
            f"column {name!r} is {found[name]} in the table, but would be written as {kind}"
            for name, kind in wanted.items()
            if name in found and found[name] != kind
        ),
    ]


def committed(table: TableName, write: Callable[[], R], conflicts: tuple[type[Exception], ...] = CONFLICTS) -> R:
    """Write in one commit, after those that others made meanwhile; gives what ``write`` gives.

    ``conflicts`` are what ``write`` raises if theirs are in the way of its own; by default Delta's in Spark.

    Raises:
        DataError: if others kept writing to the same rows.
    """
    for _ in range(COMMIT_TRIES):
        try:
            return write()
        except conflicts:
            # Nothing was committed. Jobs that were at it at once must not be so again.
            time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311  # no secret
    raise DataError(f"table {table}", ["other jobs keep writing to the same rows; run this one again later"])


def require_delta_table(spark: SparkSession, table: TableName) -> None:
    """Refuse a view, or a table of another kind than Delta's.

    Raises:
        SchemaError: if it is one.
    """
    # At a path, only Delta tables are found.
    if table.path is None and latest_version(spark, table) is None:
        raise SchemaError(f"table {table}", [f"{table} is there, but not as a Delta table; choose another name"])


def _types(schema: DataType) -> dict[str, str]:
    assert isinstance(schema, StructType)
    return {field.name: field.dataType.simpleString() for field in schema.fields}
