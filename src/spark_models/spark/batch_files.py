"""Which files a predictions table on this machine's disk has of a batch: each batch is a partition of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from spark_models.core.tables import BATCH_KEY
from spark_models.spark.on_disk import OnDisk
from spark_models.spark.writes import Batch, BatchKey


@dataclass(frozen=True)
class BatchFile:
    """A file of the table: its path below the folder, size in bytes, and the batch that it is of."""

    path: str
    size: int
    key: BatchKey


def has_batches_for_partitions(table: OnDisk) -> bool:
    """Whether the log alone tells which batches there are: the table is plain, and partitioned by them."""
    return table.traits is None and set(table.delta.metadata().partition_columns) == set(BATCH_KEY)


def files_of_batches(table: OnDisk, batches: Sequence[Batch]) -> list[BatchFile]:
    """The files that the table has of the batches."""
    files = table.files()
    ids, keys = pa.array({batch.batch_id for batch in batches}), {batch.key for batch in batches}
    near = files.filter(pc.is_in(pc.struct_field(files["partition"], "batch_id"), ids)) if len(files) else files
    return [
        BatchFile(file["path"], file["size_bytes"], key)
        for file in near.select(["path", "size_bytes", "partition"]).to_pylist()
        if (key := tuple(file["partition"][name] for name in BATCH_KEY)) in keys
    ]


def rows_of_batches(table: OnDisk) -> Counter[BatchKey] | None:
    """How many rows each batch has, if the log tells of every file."""
    files = table.files()
    if not len(files) or files["num_records"].null_count:
        return None
    counts: Counter[BatchKey] = Counter()
    for rows, partition in zip(files["num_records"].to_pylist(), files["partition"].to_pylist(), strict=True):
        counts[tuple(partition[name] for name in BATCH_KEY)] += rows
    return counts
