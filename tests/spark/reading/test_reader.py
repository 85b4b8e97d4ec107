"""A share is read in batches, in memory that does not grow with the files' row groups."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spark_models.spark.reading.reader import Part, Reading, Sources


def test_memory_is_bounded_whatever_the_row_group(tmp_path: Path) -> None:
    columns = [(name, pa.float64()) for name in "abcd"]
    rows, megabyte = 1_000_000, 2**20
    drawn = np.random.default_rng(1).random((4, rows))
    # One row group of 30 MiB, which does not get smaller.
    pq.write_table(pa.table(dict(zip("abcd", drawn, strict=True))), tmp_path / "large.parquet", row_group_size=rows)
    part = Part(str(tmp_path / "large.parquet"), (0,))
    read = Sources(Reading(tuple(columns), tuple(columns)), ((part,),))
    numbers = pa.RecordBatch.from_pydict({"id": [0]})
    before, found, held = pa.total_allocated_bytes(), 0, list[int]()
    for batch in read.batches(iter([numbers]), 10_000):
        found += len(batch)
        held.append(pa.total_allocated_bytes() - before)
    assert found == rows
    assert max(held) < 20 * megabyte
