"""The predictions that are compared."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import parse_table_name, quoted, sql_literal
from spark_models.core.tables import PROVENANCE
from spark_models.errors import DataError, SchemaError
from spark_models.spark.batch_files import has_batches_for_partitions, rows_of_batches
from spark_models.spark.inputs import Input
from spark_models.spark.tables import pinned_table


@dataclass(frozen=True)
class Predictions:
    """A predictions table at a Delta version (None for a view), and the column in it that is compared."""

    frame: DataFrame
    version: int | None
    value: Column
    type: T.DataType


def predictions_in(spark: SparkSession, name: str, column: str, keys: Sequence[str]) -> Predictions:
    """The predictions table of a name as it is now, and the column or field ``column`` in it.

    Raises:
        DataError: if there is no such table.
        SchemaError: listing every column that is missing.
    """
    table = parse_table_name(name)
    frame, version = pinned_table(spark, table)
    if problems := prediction_problems(frame, column, keys):
        raise SchemaError(f"predictions table {table}", problems)
    return predictions_of(frame, version, column)


def prediction_problems(frame: DataFrame, column: str, keys: Sequence[str]) -> list[str]:
    """Every column that a predictions table lacks."""
    problems = [
        f"{role} column {wanted!r} is not in it{did_you_mean(wanted, frame.columns)}"
        for role, names in {"key": keys, "provenance": PROVENANCE}.items()
        for wanted in names
        if wanted not in frame.columns
    ]
    if _path(frame.schema, column) is None:
        choices = [place for field in frame.schema for place in (field.name, *_fields(field))]
        near = did_you_mean(column, choices, listed="its columns")
        problems.append(f"prediction column {column!r} is not in it{near}")
    return problems


def predictions_of(frame: DataFrame, version: int | None, column: str) -> Predictions:
    """The predictions in a table that has the column or field."""
    path, kind = _path(frame.schema, column), value_type(frame.schema, column)
    assert path is not None
    assert kind is not None
    return Predictions(frame, version, F.col(".".join(quoted(part) for part in path)), kind)


def value_type(columns: T.StructType, name: str) -> T.DataType | None:
    """The type of a column or of a field of one, ``prediction.p``; None if it is not there."""
    kind: T.DataType = columns
    path = _path(columns, name)
    for part in path or ():
        assert isinstance(kind, T.StructType)
        kind = kind[part].dataType
    return None if path is None else kind


def _path(kind: T.DataType, name: str) -> list[str] | None:
    """The way to a column or a field of one, whose names may hold dots themselves."""
    if not isinstance(kind, T.StructType):
        return None
    if name in kind.names:
        return [name]
    for field in kind.fields:
        rest = _path(field.dataType, name[len(field.name) + 1 :]) if name.startswith(f"{field.name}.") else None
        if rest is not None:
            return [field.name, *rest]
    return None


def _fields(column: T.StructField) -> list[str]:
    return (
        [f"{column.name}.{name}" for name in column.dataType.names] if isinstance(column.dataType, T.StructType) else []
    )


@dataclass(frozen=True)
class Scored:
    """The predictions of some versions, and what is known of them.

    ``value`` is what was predicted, ``rows`` how many each version has, and ``widths`` how many values predictions
    have if they are arrays, each number once and in order.
    """

    given: Input
    value: Column
    rows: Mapping[int, int]
    several_batches: bool
    widths: tuple[int, ...]

    @property
    def frame(self) -> DataFrame:
        """Their rows."""
        return self.given.frame

    @property
    def width(self) -> int | None:
        """How many values each prediction has; None if they are no arrays, or not all of one length."""
        return self.widths[0] if len(self.widths) == 1 else None


def require_scored(predictions: Predictions, table: str, column: str, name: str, versions: Sequence[int]) -> Scored:
    """The rows of these versions of a model.

    Raises:
        DataError: naming each version that has none there, with the command that scores it; or if the arrays
            are not all of one length.
    """
    scored = scored_rows(predictions, table, name, versions)
    if problems := list(scored_problems(scored, table, column, name, versions)):
        raise DataError(f"predictions table {parse_table_name(table)}", problems)
    return scored


def scored_problems(scored: Scored, table: str, column: str, name: str, versions: Sequence[int]) -> Iterator[str]:
    """Each version that has no rows, with the command that scores it, and arrays that are not all of one length."""
    for version in versions:
        if version not in scored.rows:
            yield (
                f"version {version} has no predictions there; score it first: spark-models score"
                f" --config conf/score.yaml --set model=models:/{name}/{version} --set output.table={table}"
            )
    if len(scored.widths) > 1:
        yield f"column {column!r} has arrays of {scored.widths[0]} to {scored.widths[-1]} values"


def scored_rows(predictions: Predictions, table: str, name: str, versions: Sequence[int]) -> Scored:
    """The rows of these versions of a model, of which any may have none."""
    numbers = ", ".join(sql_literal(int(version)) for version in versions)
    condition = f"model_name = {sql_literal(name)} AND model_version IN ({numbers})"
    known = None if predictions.version is None else table
    given = Input(predictions.frame.where(condition), known, predictions.version, condition)
    found = _told_by_log(given, predictions.type, name, versions) or _counted(predictions, given.frame)
    counts: Counter[int] = Counter()
    for batch in found:
        counts[batch.version] += batch.rows
    widths = sorted({width for batch in found for width in batch.widths if width is not None})
    return Scored(given, predictions.value, counts, len(found) > len(counts), tuple(widths))


class _Counted(NamedTuple):
    """A batch: its version, its rows, and the least and most values that a prediction has if it is an array."""

    version: int
    rows: int
    widths: tuple[int | None, ...] = ()


def _told_by_log(given: Input, kind: T.DataType, name: str, versions: Sequence[int]) -> list[_Counted] | None:
    """The batches of a table on a disk whose log tells of them; None if their rows have to be looked at."""
    if isinstance(kind, T.ArrayType):
        return None
    here = given.on_disk
    if here is None or not has_batches_for_partitions(here):
        return None
    counts = rows_of_batches(here)
    if counts is None:
        return None
    return [_Counted(key[1], rows) for key, rows in counts.items() if key[0] == name and key[1] in versions]


def _counted(predictions: Predictions, rows: DataFrame) -> list[_Counted]:
    size = F.size(predictions.value) if isinstance(predictions.type, T.ArrayType) else F.lit(None).cast("int")
    # NULL has no size, or that of -1 in sessions that ask for Hive's ways.
    sizes = F.when(predictions.value.isNotNull(), size)
    # By batch, too: Spark sorts all rows for the least and the greatest of texts.
    told = F.count(F.lit(1)), F.min(sizes), F.max(sizes)
    found = rows.groupBy("model_version", "batch_id").agg(*told).collect()
    return [_Counted(version, count, tuple(widths)) for version, _, count, *widths in found]
