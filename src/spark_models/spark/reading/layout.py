"""How a table lies in files: which they are, and which columns are in their paths instead."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession

from spark_models.core.table_name import TableName, parse_table_name
from spark_models.spark.inputs import Input
from spark_models.spark.reading.footers import UnreadableError
from spark_models.spark.tables import latest_version

# Table features under which files hold rows or names that are not the table's.
FOREIGN_FEATURES = frozenset({"columnMapping", "deletionVectors", "rowTracking", "typeWidening-preview"})


@dataclass(frozen=True)
class Layout:
    """The files by their paths, not encoded; ``partitions`` are columns whose values are in the paths."""

    files: tuple[str, ...]
    partitions: frozenset[str]


def layout_of(spark: SparkSession, given: Input) -> Layout:
    """The files of a Delta table at its pinned version, or of a Parquet table as Spark has just listed them.

    Raises:
        UnreadableError: with the reason, if there is more to the table than its files.
    """
    if given.table is None:
        raise UnreadableError("the input is neither a Delta nor a Parquet table")
    name = parse_table_name(given.table)
    if given.version is not None:
        return _delta_layout(spark, given, name)
    if name.path is not None:
        files = _parquet_files(given)
        return Layout(files, frozenset(key for uri in files for key in _folder_keys(uri, name.path)))
    location, partitions = _parquet_table(spark, name)
    files = _parquet_files(given)
    for uri in files:
        _folder_keys(uri, location)
    return Layout(files, partitions)


def _delta_layout(spark: SparkSession, given: Input, name: TableName) -> Layout:
    here = given.on_disk
    if here is None:
        return Layout(_files(given), _delta_partitions(spark, name, given))
    protocol, metadata = here.delta.protocol(), here.delta.metadata()
    features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
    _require_own_rows(features, metadata.configuration)
    # Spark finds out which files a filter leaves.
    files = _files(given) if given.filter else tuple(sorted(here.uris()))
    return Layout(files, frozenset(metadata.partition_columns))


def _delta_partitions(spark: SparkSession, name: TableName, given: Input) -> frozenset[str]:
    detail = spark.sql(f"DESCRIBE DETAIL {name.sql}").first()
    if detail is None:
        raise UnreadableError("the table does not describe itself")
    # What is told is how the table is now.
    if given.version != latest_version(spark, name):
        raise UnreadableError("Spark does not tell which features an older version of the table has")
    _require_own_rows(detail["tableFeatures"] or (), detail["properties"])
    return frozenset(detail["partitionColumns"] or ())


def _require_own_rows(features: Iterable[str], properties: Mapping[str, str]) -> None:
    foreign = sorted(FOREIGN_FEATURES & set(features))
    if foreign or properties.get("delta.columnMapping.mode", "none") != "none":
        raise UnreadableError(f"the table has {', '.join(foreign) or 'columnMapping'}")


def _parquet_table(spark: SparkSession, name: TableName) -> tuple[str, frozenset[str]]:
    """Where the catalog's table lies, and its partition columns."""
    try:
        row = spark.sql(f"DESCRIBE TABLE EXTENDED {name.sql} AS JSON").first()
    except AnalysisException as error:
        raise UnreadableError("the table does not describe itself") from error
    described = json.loads(row[0]) if row is not None else {}
    # A view has no provider.
    if described.get("provider", "").casefold() != "parquet" or "location" not in described:
        raise UnreadableError("the input is neither a Delta nor a Parquet table")
    return described["location"], frozenset(described.get("partition_columns", ()))


def _folder_keys(uri: str, root: str) -> list[str]:
    """The names of partition columns in the folders between a table's root and a file."""
    base, path = (re.sub(r"^file:/+", "/", text) for text in (root.rstrip("/") + "/", uri))
    folders = path.removeprefix(base).split("/")[:-1]
    # A partition may have been put anywhere, and then its path tells nothing.
    if not path.startswith(base) or not all("=" in folder for folder in folders):
        raise UnreadableError("a file of the table is not in a folder of its partition")
    return [unquote(folder.partition("=")[0]) for folder in folders]


def _parquet_files(given: Input) -> tuple[str, ...]:
    # Of Delta's files Spark gives the paths, of others the URIs.
    return tuple(unquote(uri) for uri in _files(given))


def _files(given: Input) -> tuple[str, ...]:
    try:
        return tuple(sorted(given.frame.inputFiles()))
    except PySparkException as error:
        raise UnreadableError(f"Spark does not tell the table's files ({type(error).__name__})") from error
