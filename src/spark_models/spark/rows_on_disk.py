"""Rows of a table on this machine's disk, read and written by delta-rs in milliseconds; Spark takes a second."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from spark_models.core.table_name import TableName
from spark_models.core.table_schema import Row, readable_columns, schema_of, values_of
from spark_models.errors import DataError
from spark_models.spark.file_statistics import Bounds, told_of_file
from spark_models.spark.frames import arrow_table
from spark_models.spark.on_disk import OnDisk, added, opened, removed
from spark_models.spark.tables import committed

_Key = tuple[Any, ...]


@dataclass(frozen=True)
class RowsOnDisk:
    """See :class:`spark_models.spark.rows.Rows`; ``found`` is the table as it was when it was looked up."""

    found: OnDisk
    table: TableName
    row_class: type[Row]

    def read(self, equal: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows' values by column."""
        names = [column.name for column in readable_columns(self.row_class, self.found.schema.names)]
        with _failures_of(self.table):
            kept = pa.table(self.found.delta.scan(names, _all_equal(equal)))
        return [{name: _in_utc(value) for name, value in row.items()} for row in kept.to_pylist()]

    def append(self, rows: Sequence[Row]) -> None:
        """Append rows in one commit."""
        self._put(rows, (), set())

    def replace(self, rows: Sequence[Row], equal: Mapping[str, Any]) -> None:
        """Write rows in place of those that are equal to the values."""
        self._put(rows, tuple(equal), {tuple(equal.values())})

    def merge(self, rows: Sequence[Row]) -> None:
        """Insert or update rows by key."""
        self._put(rows, self.row_class.KEY, {tuple(getattr(row, name) for name in self.row_class.KEY) for row in rows})

    def _put(self, rows: Sequence[Row], columns: Sequence[str], stale: set[_Key]) -> None:
        """Write the rows in place of those whose columns have values that are stale, in one commit."""
        told = self._arrow(rows)
        with _failures_of(self.table):
            committed(self.table, lambda: self._commit(told, columns, stale), conflicts=(CommitFailedError,))

    def _commit(self, told: pa.Table, columns: Sequence[str], stale: set[_Key]) -> None:
        now = self._unaltered()
        kept, removals = self._without(now, columns, stale, told.schema) if stale else ([], [])
        target = now.folder / f"part-{uuid4()}.snappy.parquet"
        # What took the place of rows, or looked whether they are there, is tried anew after anybody else's commit.
        properties = CommitProperties(max_commit_retries=0) if stale else None
        try:
            addition = _written(target, pa.concat_tables([told, *kept]))
            now.delta.create_write_transaction(
                [addition, *removals], "append", now.delta.schema(), [], commit_properties=properties
            )
        except CommitFailedError:
            target.unlink(missing_ok=True)
            raise

    def _unaltered(self) -> OnDisk:
        """The table as it is now, if it still asks for no more than when it was looked up.

        Raises:
            DataError: if it does.
        """
        now = opened(self.found.folder)
        if now is None or now.traits or not now.has_own_files or now.delta.schema() != self.found.delta.schema():
            raise DataError(f"table {self.table}", ["it was altered meanwhile; run this again"])
        return now

    def _without(
        self, now: OnDisk, columns: Sequence[str], stale: set[_Key], schema: pa.Schema
    ) -> tuple[list[pa.Table], list[RemoveAction]]:
        """The other rows of the files that have stale ones, and the removal of these files."""
        kept, removals = [], []
        # A file that is older than a column does not have it.
        readable = pa.schema([field.with_nullable(nullable=True) for field in schema])
        for file in now.files().to_pylist():
            if not _may_hold(file, columns[0], [key[0] for key in stale]):
                continue
            there = pq.read_table(now.folder / file["path"], schema=readable, coerce_int96_timestamp_unit="us")
            keys = zip(*(map(_in_utc, there[name].to_pylist()) for name in columns), strict=True)
            is_kept = [key not in stale for key in keys]
            if not all(is_kept):
                kept.append(there.filter(pa.array(is_kept, pa.bool_())).cast(schema))
                removals.append(removed(file["path"], file["size_bytes"]))
        return kept, removals

    def _arrow(self, rows: Sequence[Row]) -> pa.Table:
        """The rows, of the table's own columns in their order."""
        schema = schema_of(self.row_class)
        told = arrow_table(values_of(rows), schema.ddl)
        nullable = {column.name: column.nullable for column in schema.columns}
        told = told.cast(pa.schema([field.with_nullable(nullable[field.name]) for field in told.schema]))
        return told.select([field.name for field in self.found.schema])


@contextmanager
def _failures_of(table: TableName) -> Iterator[None]:
    """Make errors of the libraries' ours."""
    try:
        yield
    except (DeltaError, OSError, pa.ArrowException) as error:
        raise DataError(f"table {table}", [f"it cannot be read or written here: {type(error).__name__}"]) from error


def _written(target: Path, rows: pa.Table) -> AddAction:
    """A new file of the table."""
    try:
        pq.write_table(rows, target, store_schema=False)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    bounds = [Bounds(field) for field in rows.schema]
    for column, values in zip(bounds, rows.columns, strict=True):
        column.add(values)
    return added(target.name, target.stat().st_size, told_of_file(len(rows), bounds))


def _may_hold(file: Mapping[str, Any], column: str, values: Sequence[Any]) -> bool:
    """Whether a file may have rows with one of the values, by its least and greatest text."""
    least, greatest = ((file.get(end) or {}).get(column) for end in ("min", "max"))
    if not isinstance(least, str) or not isinstance(greatest, str):
        return True
    return any(least <= value <= greatest for value in values)


def _all_equal(values: Mapping[str, Any]) -> str | None:
    """The condition in the SQL of delta-rs."""
    conditions = [
        f"{_quoted(name)} IN ({', '.join(map(_literal, value))})"
        if isinstance(value, tuple)
        else f"({_quoted(name)} IS NOT DISTINCT FROM {_literal(value)})"
        for name, value in values.items()
    ]
    return " AND ".join(conditions) or None


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _in_utc(value: Any) -> Any:
    if isinstance(value, dict):  # a struct
        return {name: _in_utc(item) for name, item in value.items()}
    return value.astimezone(UTC) if isinstance(value, datetime) else value
