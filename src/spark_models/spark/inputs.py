"""The rows to score: pinned to a version, and of columns that can be named."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.config import InputConfig
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.errors import ConfigError, SchemaError
from spark_models.spark.on_disk import OnDisk, table_on_disk
from spark_models.spark.tables import latest_version, read_table, table_exists, version_at

# What Spark takes a path for that has any of these: a pattern of paths.
_PATTERN = re.compile(r"[*?\[\]{}\\]")


@dataclass(frozen=True)
class Input:
    """Rows to score, those that meet the filter.

    ``table`` and ``version`` are None for a DataFrame, ``version`` also for a view and for Parquet files. ``place`` is
    the column that says which one of several models a row is for, by its place among them; None if each row is for all.
    """

    frame: DataFrame
    table: str | None
    version: int | None
    filter: str | None = None
    place: str | None = None

    @cached_property
    def columns(self) -> dict[str, str]:
        """The columns with their types, as in ``simpleString()``."""
        return {field.name: field.dataType.simpleString() for field in self.frame.schema.fields}

    @cached_property
    def on_disk(self) -> OnDisk | None:
        """The table at its version, if it is a Delta table on this machine's disk; looked up once."""
        if self.table is None or self.version is None:
            return None
        return table_on_disk(self.frame.sparkSession, parse_table_name(self.table), self.version)

    def __str__(self) -> str:
        return self.table or "the DataFrame"


def read_input(spark: SparkSession, config: InputConfig, data: DataFrame | None) -> Input:
    """The configured table at its pinned version, or the DataFrame, with the filter applied.

    A path may also be that of a folder of Parquet files, which has no versions.

    Raises:
        ConfigError: if there are both or none, or the filter is not a condition on the columns.
        DataError: if there is no such table or version.
    """
    if data is None and config.table is None:
        raise ConfigError(
            "input", ["there is none: set input.table (only from Python, a DataFrame can be given instead)"]
        )
    if data is not None and config.table is not None:
        raise ConfigError("input", ["there are a table and a DataFrame: leave one of them out"])
    if data is None:
        table = parse_table_name(config.table or "")
        version = _pinned(spark, config, table)
        return Input(filtered(_rows(spark, table, version), config.filter), str(table), version, config.filter)
    if data.isStreaming:
        raise ConfigError("input", ["the DataFrame is a stream: give it to score_stream"])
    if config.version is not None or config.timestamp is not None:
        raise ConfigError("input", ["a DataFrame has no versions; leave version and timestamp out, or name a table"])
    return Input(filtered(data, config.filter), None, None, config.filter)


def _pinned(spark: SparkSession, config: InputConfig, table: TableName) -> int | None:
    """The Delta version to read; None for a view and for tables of other kinds, which have none."""
    current = latest_version(spark, table)
    asked = config.version is not None or config.timestamp is not None
    if current is None and asked and (table_exists(spark, table) or is_parquet_folder(spark, table)):
        raise ConfigError(
            f"table {table}", ["it is not a Delta table and has no versions; leave version and timestamp out"]
        )
    if config.timestamp is not None and current is not None:
        return version_at(spark, table, config.timestamp)
    return current if config.version is None else config.version


def _rows(spark: SparkSession, table: TableName, version: int | None) -> DataFrame:
    if version is None and table.path is not None and is_parquet_folder(spark, table):
        return spark.read.parquet(table.path)
    return read_table(spark, table, version)


def is_parquet_folder(spark: SparkSession, table: TableName) -> bool:
    """Whether a path holds Parquet files and nothing else, and is no Delta table."""
    # Delta knows its own folders, from the table's down.
    if table.path is None or _PATTERN.search(table.path) or table_exists(spark, table):
        return False
    try:
        # It lists the files, without reading them.
        files = spark.read.format("binaryFile").load(table.path).inputFiles()
    except AnalysisException:
        return False
    return bool(files) and all(file.endswith(".parquet") for file in files)


def filtered(frame: DataFrame, condition: str | None) -> DataFrame:
    """The rows that meet a SQL condition, or all of them.

    Raises:
        ConfigError: if it is not a condition, or not on the frame's columns.
    """
    if condition is None:
        return frame
    try:
        kept = frame.where(F.expr(condition))
        _ = kept.schema
    except (AnalysisException, ParseException) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"filter {condition!r}", [f"it is not a condition on the table's columns: {reason}"]
        ) from error
    return kept


def require_present(columns: Sequence[str], given: Input, role: str) -> None:
    """Refuse names that are not columns of the input.

    Raises:
        SchemaError: listing all of them, with near names.
    """
    names = given.frame.columns
    problems = [
        f"{role} column {name!r} is not in the input{did_you_mean(name, names)}"
        for name in columns
        if name not in names
    ]
    if problems:
        raise SchemaError("columns", problems)


def require_unambiguous(given: Input) -> None:
    """Refuse an input in which two columns have one name, whatever its case, as after a join.

    Raises:
        SchemaError: listing all of them.
    """
    counts = Counter(name.casefold() for name in given.frame.columns)
    repeated = [name for name in given.columns if counts[name.casefold()] > 1]
    if repeated:
        raise SchemaError(
            "columns", [f"column {name!r} is in the input twice; rename or drop one" for name in repeated]
        )
