"""Delta tables on this machine's disk: their logs are read here in milliseconds, which takes Spark jobs of its own."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType
from pyspark.sql.utils import is_remote

from spark_models.core.table_name import TableName
from spark_models.core.table_schema import NOT_IN_NAMES, TableSchema
from spark_models.spark.frames import schema_from, structs_in
from spark_models.spark.reading.files import file_system
from spark_models.spark.session_on_demand import is_waiting

LOG = "_delta_log"
NOTHING: Mapping[str, str] = MappingProxyType({})
# How a path begins that is not below the table's folder, as in a clone.
ABSOLUTE = re.compile(r"/|[A-Za-z][\w+.-]*:/")
# How a session says which properties new tables have.
DEFAULTS = "spark.databricks.delta.properties.defaults."
# Table features under which the table's folder does not hold all of its log.
KEPT_ELSEWHERE = frozenset({"catalogManaged", "catalogOwned-preview", "coordinatedCommits-preview"})
# Table features that ask nothing of a writer of rows like ours.
PLAIN_FEATURES = frozenset({"appendOnly", "invariants"})
# Table properties that are about the log, or about files once they are there.
PLAIN_PROPERTIES = frozenset(
    {
        "delta.checkpointInterval",
        "delta.dataSkippingNumIndexedCols",
        "delta.dataSkippingStatsColumns",
        "delta.deletedFileRetentionDuration",
        "delta.enableExpiredLogCleanup",
        "delta.logRetentionDuration",
    }
)


@dataclass(frozen=True)
class Counts:
    """Rows, and for columns the NULLs in them."""

    rows: int
    nulls: Mapping[str, int]


@dataclass(frozen=True)
class OnDisk:
    """A Delta table in a folder on this machine's disk, as it was when it was looked up, or at a version of it."""

    folder: Path
    delta: DeltaTable

    @property
    def version(self) -> int:
        """The Delta version."""
        return int(self.delta.version())

    @property
    def schema(self) -> StructType:
        """The columns, as Spark has them."""
        return StructType.fromJson(json.loads(self.delta.schema().to_json()))

    @property
    def traits(self) -> str | None:
        """What the table asks of its readers or writers that only Spark does, in a few words; None if nothing."""
        protocol, fields = self.delta.protocol(), self.delta.schema().fields
        foreign = sorted(set(protocol.writer_features or ()) - PLAIN_FEATURES)
        if protocol.min_reader_version > 1 or protocol.min_writer_version not in {1, 2, 7} or foreign:
            return ", ".join(foreign) or "features of its own"
        if asked := sorted(set(self.delta.metadata().configuration) - PLAIN_PROPERTIES):
            return ", ".join(asked)
        ruled = [field.name for field in fields if set(field.metadata) - {"comment"}]
        return f"rules for columns: {', '.join(ruled)}" if ruled else None

    @property
    def has_own_files(self) -> bool:
        """Whether the log names all files by encoded paths below the folder: others cannot be removed here."""
        paths: list[str] = pa.table(self.delta.get_add_actions())["path"].to_pylist()
        return all(path.isascii() and not ABSOLUTE.match(path) for path in paths)

    def files(self) -> pa.Table:
        """The files, one a row, as the log tells of them: ``path`` below the folder, ``partition`` and statistics."""
        told = pa.table(self.delta.get_add_actions())
        # The log encodes what stands in paths, whose own names of partitions may be encoded already.
        return told.set_column(0, "path", pa.array(map(unquote, told["path"].to_pylist()), pa.string()))

    def counts(self, columns: Iterable[str]) -> Counts | None:
        """How many rows there are, and NULLs in these columns, if the log tells: of all files, and all their rows."""
        if self.traits:
            return None  # rows may be deleted, or columns have other names there
        files = self.files()
        partitions = set(self.delta.metadata().partition_columns)
        try:
            nulls = {
                name: _if_null(files, name) if name in partitions else pc.struct_field(files["null_count"], [name])
                for name in columns
            }
        except (KeyError, pa.ArrowException):
            return None  # columns that are far from the first have no statistics
        told = [files["num_records"], *nulls.values()]
        if any(counts.null_count or not pa.types.is_integer(counts.type) for counts in told):
            return None
        rows, *by_column = (pc.sum(counts).as_py() or 0 for counts in told)
        return Counts(rows, dict(zip(nulls, by_column, strict=True)))

    def uris(self) -> list[str]:
        """The files as Spark's ``inputFiles`` has them."""
        return [
            path if ABSOLUTE.match(path) else f"file:{self.folder}/{path}" for path in self.files()["path"].to_pylist()
        ]


def table_on_disk(spark: SparkSession, table: TableName, version: int | None = None) -> OnDisk | None:
    """The table, as it is now or at a version, if it is a Delta table on a disk that Spark's driver has here.

    None says nothing but that Spark has to be asked: whether the table or the version is there, too.
    """
    folder = shared_folder(spark, table)
    return None if folder is None else opened(folder, version)


def opened(folder: Path, version: int | None = None) -> OnDisk | None:
    """The Delta table in a folder; None if none is there whose log can be read here."""
    if not (folder / LOG).is_dir() or _is_misread(folder):
        return None
    try:
        found = DeltaTable(folder, version=version)
    except DeltaError:
        return None
    return None if KEPT_ELSEWHERE & set(found.protocol().writer_features or ()) else OnDisk(folder, found)


def is_of_delta(folder: Path) -> bool:
    """Whether a folder is a Delta table's, or one of the folders below it."""
    return any((above / LOG).is_dir() for above in (folder, *folder.parents))


def is_created(folder: Path, schema: TableSchema) -> bool:
    """Make a Delta table as Spark does; whether that was possible here, in a folder that has nothing in it yet."""
    if _is_misread(folder) or is_of_delta(folder):
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        return False
    columns = schema_from(schema.definition)
    if any(NOT_IN_NAMES & set(name) for names in structs_in(columns) for name in names):
        return False  # Spark says what is wrong with them
    try:
        DeltaTable.create(
            folder,
            Schema.from_json(columns.json()),
            mode="error",
            partition_by=list(schema.partition_by),
            description=schema.comment,
            configuration=schema.properties,
            # Tried again, it would put this metadata in the place of another job's.
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    except (DeltaError, OSError, ValueError):
        return False
    return True


def _is_misread(folder: Path) -> bool:
    """Whether delta-rs would take the path for an encoded one, and look at another folder."""
    return "%" in str(folder)


def has_defaults(spark: SparkSession) -> bool:
    """Whether the session gives each new table properties of its own."""
    return not is_waiting(spark) and any(name.startswith(DEFAULTS) for name in spark.conf.getAll)


def shared_folder(spark: SparkSession, table: TableName) -> Path | None:
    """The folder that :func:`folder_of` gives, if it is on a disk that Spark's driver has here."""
    # Over Spark Connect the driver is another process, whose disk may be another machine's.
    return None if is_remote() else folder_of(spark, table)


def folder_of(spark: SparkSession, table: TableName) -> Path | None:
    """Where the table's files are, if Spark has them on a disk; it need not be there for a path to have a folder."""
    if table.path is None:
        location = _location(spark, table)
    elif table.path.startswith("/") and (is_waiting(spark) or _takes_paths_for_files(spark)):
        location = f"file:{table.path}"
    else:
        location = table.path
    return folder_at(location)


def folder_at(location: str) -> Path | None:
    """The folder that a location names, if it is one on a disk."""
    folder = Path(file_system(location)[1]) if location.startswith("file:/") else None
    # A host, or a way up through a link, may lead elsewhere for Spark.
    return folder if folder is not None and folder.is_absolute() and ".." not in folder.parts else None


def _location(spark: SparkSession, table: TableName) -> str:
    try:
        rows = spark.sql(f"DESCRIBE TABLE EXTENDED {table.sql}").collect()
    except AnalysisException:
        return ""  # it is not there
    # The last ones, since columns come first, and some may have these names.
    described = {row["col_name"]: row["data_type"] for row in rows}
    return str(described.get("Location", "")) if described.get("Provider") == "delta" else ""


@lru_cache(maxsize=8)
def _takes_paths_for_files(spark: SparkSession) -> bool:
    """Whether a path without a scheme is one of this machine's to Spark: it may be one of HDFS, or of a server's."""
    try:
        # Spark says so of files that it has listed; of an empty table it tells only what takes seconds to compute.
        return all(location.startswith("file:/") for location in spark.read.text(__file__).inputFiles())
    except PySparkException:
        return False


def _if_null(files: pa.Table, partition: str) -> pa.ChunkedArray:
    """The rows of files whose partition is NULL; not told where that may be an empty text."""
    values = pc.struct_field(files["partition"], [partition])
    rows = pa.scalar(None, pa.int64()) if pa.types.is_string(values.type) else files["num_records"]
    return pc.if_else(pc.is_null(values), rows, 0)


def added(path: str, size: int, statistics: str, partition: Mapping[str, str] = NOTHING) -> AddAction:
    """That a file below the folder is part of the table from a commit on; ``partition`` are its values as texts."""
    return AddAction(path, size, dict(partition), _now(), data_change=True, stats=statistics)


def removed(path: str, size: int, partition: Mapping[str, str] = NOTHING) -> RemoveAction:
    """That a file is no part of the table any more."""
    return RemoveAction(path, data_change=True, deletion_timestamp=_now(), size=size, partition_values={**partition})


def _now() -> int:
    return round(time.time() * 1000)
