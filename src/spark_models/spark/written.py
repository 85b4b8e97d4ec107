"""Predictions whose files workers write themselves: where that gives what Spark would write, and the one commit."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction
from pyspark.sql import Row, SparkSession

from spark_models.core.tables import BATCH_KEY
from spark_models.errors import DataError
from spark_models.spark.batch_files import BatchFile, files_of_batches, has_batches_for_partitions
from spark_models.spark.engines.choice import Chosen
from spark_models.spark.engines.request import Request
from spark_models.spark.engines.sink import Sink
from spark_models.spark.on_disk import OnDisk, added, folder_of, opened, removed
from spark_models.spark.tables import committed
from spark_models.spark.writes import RECENT, Batch, BatchKey, Commit, Write, require_whole

CODECS = frozenset({"snappy", "zstd", "gzip"})
CODEC = "spark.sql.parquet.compression.codec"


class UnwritableError(Exception):
    """The table's files are better written by Spark; says why."""


@dataclass(frozen=True)
class Files:
    """Files that workers wrote, as they told of them: paths below the table's folder."""

    folder: Path
    told: tuple[Row, ...]

    @property
    def paths(self) -> frozenset[str]:
        """The paths, as they are on disk."""
        return frozenset(file["path"] for file in self.told)

    def commits(self, write: Write, version: int) -> tuple[Commit, ...]:
        """What the files are of each batch, once they are part of the table."""
        rows = [[file for file in self.told if file["place"] == place] for place in range(len(write.batches))]
        failed = [sum(file["rows_failed"] for file in told) for told in rows]
        scored = [sum(file["rows"] for file in told) - of_them for told, of_them in zip(rows, failed, strict=True)]
        return tuple(Commit(version, *counts) for counts in zip(scored, failed, strict=True))

    def discard(self) -> None:
        """Take the files away again; what cannot be taken away is left to VACUUM."""
        for path in self.paths:
            with suppress(OSError):
                (self.folder / path).unlink(missing_ok=True)


def writable_folder(spark: SparkSession, write: Write, engine: str) -> Path:
    """The folder of the predictions table, whose files workers may write.

    Raises:
        UnwritableError: with the reason, if only Spark writes what the table asks for, or its files are on no disk.
    """
    if write.mode == "merge":
        raise UnwritableError("rows are merged")
    if engine == "pandas_udf":
        raise UnwritableError("pandas_udf gives rows to Spark")
    if not write.all_rows:
        raise UnwritableError("there are no rows")
    if spark.conf.get(CODEC) not in CODECS:
        raise UnwritableError(f"{CODEC} is {spark.conf.get(CODEC)}")
    folder = folder_of(spark, write.table)
    if folder is None:
        raise UnwritableError("the table is on no disk")
    _plain_table(folder)
    return folder


def _plain_table(folder: Path) -> OnDisk:
    """The table, whose rows need nothing but to be written."""
    table = opened(folder)
    if table is None:
        raise UnwritableError("its log cannot be read here")
    if table.traits:
        raise UnwritableError(f"the table has {table.traits}")
    if not has_batches_for_partitions(table):
        raise UnwritableError(f"the table is not partitioned by {', '.join(BATCH_KEY)}")
    if not table.has_own_files:
        raise UnwritableError("files of the table are elsewhere, or have names that are not encoded")
    if ruled := [field.name for field in table.schema.fields if not field.nullable]:
        raise UnwritableError(f"columns of the table take no NULL: {', '.join(ruled)}")
    return table


def write_files(spark: SparkSession, chosen: Chosen, request: Request, write: Write, folder: Path) -> Files:
    """Let the workers predict, and leave the predictions in files below the table's folder.

    Raises:
        DataError: if the files are not where this process looks for them.
    """
    sink = Sink(
        root=str(folder),
        folders=tuple(_folder_of(batch) for batch in write.batches),
        carried=len(request.carried),
        scored_at=round(write.scored_at.timestamp() * 1_000_000),
        compression=spark.conf.get(CODEC) or "snappy",
    )
    files = Files(folder, tuple(chosen.written(spark, request, sink).collect()))
    if not all((folder / path).exists() for path in files.paths):
        problem = "workers wrote files that are not here: their disk is another one; set writer to spark"
        raise DataError(f"table {write.table}", [problem])
    return files


def _folder_of(batch: Batch) -> str:
    return "/".join(f"{name}={quote(value, safe='')}" for name, value in _partition(batch.key).items())


def commit_files(write: Write, files: Files) -> tuple[Commit, ...] | None:
    """Make the files part of the table, in one Delta commit, in the place of what it has of the batches.

    Of two jobs that append the same batch at once just one does: the commit carries a transaction identifier for each
    batch, and of two commits with the same one the later is refused until it has seen the other.

    Returns:
        What was committed of each batch, or None if another job committed the same one meanwhile.

    Raises:
        DataError: if there are not as many rows as went in, other jobs kept writing to the same rows, or altered the
            table; then nothing was committed.
    """
    try:
        require_whole(write, files.commits(write, version=0))
        is_ours = _is_committed(write, files)
    except DataError:
        files.discard()
        raise
    if not is_ours:
        files.discard()
        return None
    return files.commits(write, _settled(write, files))


def _is_committed(write: Write, files: Files) -> bool:
    def is_written() -> bool:
        try:
            table = _plain_table(files.folder)
        except UnwritableError as error:
            raise DataError(f"table {write.table}", [f"it was altered meanwhile: {error}; run this again"]) from error
        present = files_of_batches(table, write.batches)
        if present and write.is_one_transaction:
            return False
        _commit(table.delta, write, [*_added(write, files), *_removed(present)], _told(write, files))
        return True

    # Others committed the same batches, or altered the table.
    return committed(write.table, is_written, conflicts=(CommitFailedError,))


def _settled(write: Write, files: Files) -> int:
    """The version of the commit; what a job of Spark's put beside it, which has not all identifiers, goes again."""
    table = _plain_table(files.folder)
    commits = (commit for commit in table.delta.history(RECENT) if commit.get("userMetadata") == write.metadata)
    version = int(next(commits)["version"])
    present = files_of_batches(table, write.batches)
    foreign = [file for file in present if file.path not in files.paths]
    # Where not all of ours are there, they were joined with others since, or replaced, or deleted.
    if foreign and len(present) - len(foreign) == len(files.told):
        _commit(table.delta, write, _removed(foreign), {})
    return version


def _commit(
    table: DeltaTable, write: Write, actions: list[AddAction | RemoveAction], told: Mapping[str, object]
) -> None:
    transactions = dict(batch.transaction for batch in write.batches)
    table.create_write_transaction(
        actions,
        "append",
        table.schema(),
        table.metadata().partition_columns,
        commit_properties=CommitProperties(
            custom_metadata=dict(told),
            app_transactions=[
                # A micro-batch that was deleted and is written again must not let the stream fall back.
                Transaction(application, max(version, table.transaction_version(application) or 0))
                for application, version in transactions.items()
            ],
        ),
    )


def _told(write: Write, files: Files) -> dict[str, object]:
    """What the table's history says of the commit, as it would of one of Spark's."""
    rows = sum(file["rows"] for file in files.told)
    metrics = {"numFiles": str(len(files.told)), "numOutputRows": str(rows)}
    return {"userMetadata": write.metadata, "operationMetrics": metrics}


def _added(write: Write, files: Files) -> list[AddAction | RemoveAction]:
    partitions = [_partition(batch.key) for batch in write.batches]
    return [added(file["path"], file["size"], file["statistics"], partitions[file["place"]]) for file in files.told]


def _removed(present: Sequence[BatchFile]) -> list[AddAction | RemoveAction]:
    return [removed(file.path, file.size, _partition(file.key)) for file in present]


def _partition(key: BatchKey) -> dict[str, str]:
    return {name: str(value) for name, value in zip(BATCH_KEY, key, strict=True)}
