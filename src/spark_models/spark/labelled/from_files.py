"""The predictions from the table's own files, which workers read without Spark turning rows into Arrow for them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from spark_models.spark.labelled.scatter import scatter
from spark_models.spark.reading.reader import Sources

_ROWS_PER_BATCH = 131_072


@dataclass(frozen=True)
class PredictionFiles:
    """The files to read, what of each row is wanted of them, and which number of an array is the prediction."""

    sources: Sources
    names: tuple[str, ...]
    place: int | None

    def scattered(self, numbers: Iterator[pa.RecordBatch], parts: int) -> Iterator[pa.RecordBatch]:
        """The rows of the shares whose numbers come in, divided as ``scatter`` does."""
        return scatter(map(self._rows, self.sources.batches(numbers, _ROWS_PER_BATCH)), parts)

    def _rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = dict(zip(self.names, batch.columns, strict=True))
        columns["failed"] = columns.pop("error").is_valid()
        if self.place is not None:
            columns["prediction"] = pc.list_element(columns["prediction"], self.place).cast(pa.float64())
        if "moment" in columns:
            columns["moment"] = columns["moment"].cast(pa.int64())
        return pa.RecordBatch.from_pydict(columns)
