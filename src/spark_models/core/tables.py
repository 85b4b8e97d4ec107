"""The package's own Delta tables: a frozen dataclass is a table's schema, an instance one of its rows.

Each field's annotation gives the column's type and, through ``Annotated``, its comment;
``X | None`` is a nullable column. The first line of the class's docstring is the table's comment.
"""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from spark_models.core.table_name import quoted, sql_literal

_SCALARS: dict[Any, str] = {
    str: "string",
    int: "bigint",
    float: "double",
    bool: "boolean",
    datetime: "timestamp",
}

# Delta takes these in names only with column mapping, which other readers would have to know.
NOT_IN_NAMES = frozenset(" ,;{}()\n\t=")


@dataclass(frozen=True)
class Column:
    """A column of a table, with its Spark type as DDL."""

    name: str
    type: str
    comment: str
    nullable: bool = True


@dataclass(frozen=True)
class TableSchema:
    """What it takes to make a table.

    ``indexed`` is of how many leading columns Delta keeps the least and the greatest value of each file, by which
    readers skip files; of its own it takes 32.
    """

    comment: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ()
    indexed: int | None = None

    @property
    def ddl(self) -> str:
        """The columns' names and types, as DDL."""
        return ", ".join(f"{quoted(column.name)} {column.type}" for column in self.columns)

    @property
    def definition(self) -> str:
        """The columns as CREATE TABLE has them, with comments."""
        return ", ".join(
            f"{quoted(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
            f" COMMENT {sql_literal(column.comment)}"
            for column in self.columns
        )

    @property
    def properties(self) -> dict[str, str]:
        """The table's properties."""
        return {} if self.indexed is None else {"delta.dataSkippingNumIndexedCols": str(self.indexed)}


class Row:
    """The base of the row classes below."""

    KEY: ClassVar[tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """The row's values by column."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The row with these values by column, as readers of tables give them: structs as dicts, arrays as lists."""
        hints = typing.get_type_hints(cls)
        return cls(**{name: _python_value(value, hints[name]) for name, value in values.items()})


def values_of(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The rows' values, in the order of the columns."""
    return [tuple(row.as_dict().values()) for row in rows]


def _python_value(value: Any, hint: Any) -> Any:
    if typing.get_origin(hint) is dict:
        return dict(value)
    if isinstance(value, list):
        item = typing.get_args(hint)[0]
        return tuple(item(**entry) if is_dataclass(item) and isinstance(item, type) else entry for entry in value)
    return value


def schema_of(row_class: type[Row]) -> TableSchema:
    """The table schema that a row class describes."""
    hints = typing.get_type_hints(row_class, include_extras=True)
    columns = [_column(field.name, hints[field.name]) for field in fields(row_class)]  # type: ignore[arg-type]  # idem
    return TableSchema(comment=(row_class.__doc__ or "").splitlines()[0], columns=tuple(columns))


def _column(name: str, hint: Any) -> Column:
    annotation, comment = typing.get_args(hint)
    inner, nullable = _without_none(annotation)
    return Column(name, spark_type(inner), comment, nullable)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if isinstance(annotation, types.UnionType):
        kept = [part for part in typing.get_args(annotation) if part is not type(None)]
        return kept[0], True
    return annotation, False


def spark_type(annotation: Any) -> str:
    """The Spark type, as DDL, that holds values of a Python annotation."""
    annotation, _ = _without_none(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if is_dataclass(annotation) and isinstance(annotation, type):
        hints = typing.get_type_hints(annotation)
        return "struct<" + ",".join(f"{name}:{spark_type(hint)}" for name, hint in hints.items()) + ">"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return "string"
    if origin is dict:
        return f"map<{spark_type(arguments[0])},{spark_type(arguments[1])}>"
    if origin is tuple:
        return f"array<{spark_type(arguments[0])}>"
    raise TypeError(f"no Spark type for {annotation}")


@dataclass(frozen=True)
class LoggedFile:
    """A file of a model, and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class ScoringRun(Row):
    """Batches of scoring, one row for each attempt that did something, failures included."""

    KEY: ClassVar[tuple[str, ...]] = ("run_id",)

    run_id: Annotated[str, "this attempt; a batch that failed and was run again has two"]
    batch_id: Annotated[str | None, "the batch; NULL if the attempt failed before it was known"]
    model_name: Annotated[str | None, "registered model; NULL if the URI names none"]
    model_version: Annotated[int | None, "version of the model"]
    model_uri: Annotated[str, "what was asked for, before it was resolved"]
    digest: Annotated[str | None, "sha256 of the model's files"]
    method: Annotated[str, "the model's method that was called"]
    engine: Annotated[str | None, "how batches reached the predictor; NULL if none did"]
    engine_reason: Annotated[str | None, "why it was this engine"]
    predictor: Annotated[str | None, "the flavor that predicted"]
    acceleration: Annotated[
        str | None, "the faster form that predicted, folded or compiled; NULL for the library's own"
    ]
    predictor_reason: Annotated[str | None, "why it was this predictor, or this form of it"]
    mode: Annotated[str, "append, replace or merge"]
    input_table: Annotated[str | None, "table or path that was read; NULL for a DataFrame"]
    input_version: Annotated[int | None, "Delta version of the input that was read"]
    filter: Annotated[str | None, "SQL condition on the input"]
    output_table: Annotated[str, "predictions table"]
    output_version: Annotated[int | None, "Delta version of the commit; NULL if nothing was committed"]
    rows_in: Annotated[int | None, "input rows, after the filter"]
    rows_scored: Annotated[int | None, "rows with a prediction"]
    rows_failed: Annotated[int | None, "rows with an error instead"]
    status: Annotated[Literal["succeeded", "failed"], "succeeded or failed"]
    error: Annotated[str | None, "why it failed; no values from rows"]
    started_at: Annotated[datetime, "when the attempt began"]
    finished_at: Annotated[datetime, "when it ended"]


@dataclass(frozen=True)
class Card(Row):
    """Cards: everything known of a model version."""

    KEY: ClassVar[tuple[str, ...]] = ("model_name", "model_version")

    model_name: Annotated[str, "registered model"]
    model_version: Annotated[int, "version of the model"]
    created_at: Annotated[datetime, "time created"]
    run_id: Annotated[str | None, "MLflow run that logged the model"]
    run_name: Annotated[str | None, "name of that run"]
    hyperparameters: Annotated[dict[str, str], "parameters of the run and of the logged model, as strings"]
    metrics: Annotated[dict[str, float], "metrics of the run and of the logged model, as numbers"]
    signature: Annotated[str | None, "inputs, outputs and params of the signature, as MLflow's JSON"]
    logged_files: Annotated[tuple[LoggedFile, ...], "the model's files, with sizes in bytes"]
    digest: Annotated[str, "sha256 of the model's files"]
    flavor: Annotated[str, "the MLflow flavor that loads the model"]
    requirements: Annotated[tuple[str, ...], "the model's pip requirements"]
    description: Annotated[str | None, "description of the version"]
    tags: Annotated[dict[str, str], "tags of the version"]
    aliases: Annotated[tuple[str, ...], "aliases that named the version when the row was written"]


@dataclass(frozen=True)
class AliasTenure(Row):
    """Alias history: who held an alias from when to when, and why."""

    KEY: ClassVar[tuple[str, ...]] = ("model_name", "alias", "since")

    model_name: Annotated[str, "registered model"]
    alias: Annotated[str, "champion, challenger, ..."]
    model_version: Annotated[int, "the version that held it"]
    since: Annotated[datetime, "from when"]
    until: Annotated[datetime | None, "to when; NULL while it holds it"]
    action: Annotated[Literal["register", "promote", "rollback", "outside"], "the step that gave it; outside: not ours"]
    reason: Annotated[str, "why it was given"]
    comparison_id: Annotated[str | None, "the comparison that passed the gate"]
    forced: Annotated[bool, "whether it was given against the gate"]


@dataclass(frozen=True)
class ComparisonMetric(Row):
    """Comparison metrics: one metric of one slice of one comparison, candidate against baseline."""

    KEY: ClassVar[tuple[str, ...]] = (
        "comparison_id",
        "candidate_version",
        "source",
        "slice_column",
        "slice_value",
        "metric",
    )

    comparison_id: Annotated[str, "the comparison; the same inputs give the same id"]
    compared_at: Annotated[datetime, "when it was computed"]
    model_name: Annotated[str, "registered model"]
    candidate_version: Annotated[int, "the version that wants the place"]
    baseline_version: Annotated[int, "the version that is compared with"]
    task: Annotated[str, "regression, binary or multiclass"]
    label_table: Annotated[str, "table of labels"]
    label_version: Annotated[int | None, "Delta version of the labels that was read"]
    predictions_table: Annotated[str, "table of predictions"]
    predictions_version: Annotated[int | None, "Delta version of the predictions that was read"]
    source: Annotated[
        Literal["computed", "logged", "rows"], "computed here, logged by the versions' runs, or a count of rows"
    ]
    slice_column: Annotated[str | None, "column that makes the slice; NULL for all rows"]
    slice_value: Annotated[str | None, "value of that column in the slice, as a string"]
    metric: Annotated[str, "the metric"]
    direction: Annotated[str, "what is better: higher, lower, zero (nearer to it), or none"]
    threshold: Annotated[float | None, "score from which a row counts as positive, where the metric needs one"]
    candidate_value: Annotated[float | None, "NULL where the metric is undefined"]
    baseline_value: Annotated[float | None, "NULL where the metric is undefined"]
    change: Annotated[float | None, "candidate minus baseline"]
    relative_change: Annotated[float | None, "change over the baseline's magnitude; NULL if that is 0"]
    verdict: Annotated[str, "better, worse, equal, or none where there is no direction or no value"]


@dataclass(frozen=True)
class ComparisonDiff(Row):
    """Comparison differences: one thing in which the two versions are not alike."""

    KEY: ClassVar[tuple[str, ...]] = ("comparison_id", "candidate_version", "kind", "name")

    comparison_id: Annotated[str, "the comparison"]
    compared_at: Annotated[datetime, "when it was computed"]
    model_name: Annotated[str, "registered model"]
    candidate_version: Annotated[int, "the version that wants the place"]
    baseline_version: Annotated[int, "the version that is compared with"]
    kind: Annotated[str, "parameter, tag, input, output, inference parameter, file, requirement or flavor"]
    name: Annotated[str, "what differs"]
    change: Annotated[Literal["added", "removed", "changed"], "seen from the baseline"]
    candidate_value: Annotated[str | None, "NULL if the candidate lacks it"]
    baseline_value: Annotated[str | None, "NULL if the baseline lacks it"]


def predictions_schema(
    carried: tuple[Column, ...], predicted: tuple[Column, ...], keys: tuple[str, ...]
) -> TableSchema:
    """The schema of a predictions table: your columns, the prediction, and where each row came from.

    Partitioned down to the batch: it is looked up and replaced by the table's log alone, without reading or
    rewriting a file, and two batches written at once do not conflict.
    """
    described = tuple(
        Column(column.name, column.type, "key" if column.name in keys else "carried over from the input")
        for column in carried
    )
    return TableSchema(
        comment=f"Predictions, one row for each input row ({', '.join(keys)}), model version and batch",
        columns=(
            *described,
            *predicted,
            Column("model_name", "string", "registered model"),
            Column("model_version", "bigint", "version of the model"),
            Column("batch_id", "string", "the batch that wrote the row; see scoring_runs"),
            Column("scored_at", "timestamp", "when the batch was scored"),
            Column("error", "string", "why this row has no prediction; NULL if it has one"),
        ),
        partition_by=BATCH_KEY,
        indexed=len(carried),
    )


# What names a batch.
BATCH_KEY = ("model_name", "model_version", "batch_id")
PROVENANCE = (*BATCH_KEY, "scored_at", "error")
