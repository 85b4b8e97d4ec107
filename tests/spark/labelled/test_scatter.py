import numpy as np
import pyarrow as pa

from spark_models.spark.labelled.scatter import LABELS, packed_rows, scatter

KEYS = np.array([5, -3, 2**62, 0, 7, 7])


def batch(keys: np.ndarray, **more: object) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"key": keys, "value": keys / 2, **more})


def test_rows_of_one_key_are_of_one_part_on_every_side() -> None:
    sides = np.array([1, 1, 2, 2, 1, 2], np.int32)
    labels, versions = list(scatter(iter([batch(KEYS)]), 3)), list(scatter(iter([batch(KEYS, side=sides)]), 3))
    place: dict[int, int] = {}
    for packed in (*labels, *versions):
        rows = packed_rows(iter(packed["rows"]))
        assert rows.column_names == ["key", "value"]
        for key in rows["key"].to_pylist():
            assert place.setdefault(key, packed["part"][0].as_py()) == packed["part"][0].as_py()
    assert {packed["side"][0].as_py() for packed in labels} == {LABELS}
    of_sides = {
        (key, packed["side"][0].as_py())
        for packed in versions
        for key in packed_rows(iter(packed["rows"]))["key"].to_pylist()
    }
    assert of_sides == set(zip(KEYS.tolist(), sides.tolist(), strict=True))


def test_what_was_packed_leaves_no_memory_behind() -> None:
    before = pa.total_allocated_bytes()
    for _ in range(3):
        assert sum(packed.nbytes for packed in scatter(iter([batch(np.arange(100_000))]), 4)) > 10**6
    assert pa.total_allocated_bytes() - before < 10**6
