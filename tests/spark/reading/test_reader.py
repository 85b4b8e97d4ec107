"""A share is read in batches, in memory that does not grow with the files' row groups."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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


def test_batches_have_fewer_rows_where_rows_are_wide(tmp_path: Path) -> None:
    rows, width = 1_000, 500
    # Arrays of few values, which files hold in a byte each, and texts that are all different.
    arrays = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(rows * width) % 7.0), width).cast(
        pa.list_(pa.float64())
    )
    kinds = (("a", pa.list_(pa.float64())), ("b", pa.string()), ("c", pa.float64()))
    table = pa.table({"a": arrays, "b": [f"{row:01000}" for row in range(rows)], "c": np.arange(rows, dtype=float)})
    pq.write_table(table, tmp_path / "wide.parquet", row_group_size=300)
    part = Part(str(tmp_path / "wide.parquet"), (0, 1, 2, 3))
    numbers = pa.RecordBatch.from_pydict({"id": [0]})
    for wanted, expected in ((kinds, 50), (kinds[:1], 65), (kinds[1:], 256), (kinds[2:], 1_000)):
        read = Sources(Reading(wanted, wanted), ((part,),))
        found = list(read.batches(iter([numbers]), 2_000, 2**18))
        assert max(map(len, found)) == pytest.approx(expected, rel=0.05)
        assert max(batch.nbytes for batch in found) < 1.05 * 2**18
        assert sum(map(len, found)) == rows
