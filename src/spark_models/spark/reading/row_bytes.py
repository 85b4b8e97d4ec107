"""How many rows make a batch: by what they take in memory, where they are wide."""

from collections.abc import Collection, Sequence

import pyarrow.parquet as pq

BYTES_PER_BATCH = 64 << 20

_VALUE_BYTES = {"BOOLEAN": 1 / 8, "INT32": 4.0, "INT64": 8.0, "INT96": 8.0, "FLOAT": 4.0, "DOUBLE": 8.0}
# Of texts and bytes Arrow notes where each begins.
_OFFSET_BYTES = 4.0


def rows_within(rows: int, most_bytes: int, bytes_a_row: float) -> int:
    """So many rows, or as many as are within the bytes, and one at the least.

    >>> rows_within(65_536, 64 << 20, 160.0), rows_within(65_536, 64 << 20, 16_000.0)
    (65536, 4194)
    """
    return rows if bytes_a_row * rows <= most_bytes else max(1, int(most_bytes / bytes_a_row))


def bytes_a_row(metadata: pq.FileMetaData, row_groups: Sequence[int], names: Collection[str]) -> float:
    """What a row of these columns takes in memory, in the row group where that is the most.

    Numbers are counted, also those in arrays; texts take what they take in the file, which may have equal ones once.
    """
    groups = (metadata.row_group(place) for place in row_groups)
    return max((_bytes_of(group, names) / max(group.num_rows, 1) for group in groups), default=0.0)


def _bytes_of(group: pq.RowGroupMetaData, names: Collection[str]) -> float:
    chunks = (group.column(place) for place in range(group.num_columns))
    return sum(_bytes_of_chunk(chunk) for chunk in chunks if chunk.path_in_schema.partition(".")[0] in names)


def _bytes_of_chunk(chunk: pq.ColumnChunkMetaData) -> float:
    values, size = int(chunk.num_values), int(chunk.total_uncompressed_size)
    width = _VALUE_BYTES.get(chunk.physical_type)
    return values * _OFFSET_BYTES + size if width is None else values * width
