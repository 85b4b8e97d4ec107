"""What runs in workers for the engine ``direct``: they read the shares that are theirs, and score the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from spark_models.spark.engines.batches import Work, scored_batches
from spark_models.spark.reading.reader import Sources


@dataclass(frozen=True)
class DirectWork:
    """All that a worker must know; a task reads one share."""

    work: Work
    sources: Sources

    def run(self, numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The results for the shares whose numbers come in."""
        work = self.work
        return scored_batches(work, self.sources.batches(numbers, work.rows_per_batch, work.bytes_per_batch))
