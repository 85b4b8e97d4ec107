"""The tables: the package's own, of which a frozen dataclass is the schema and an instance a row, and predictions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from spark_models.core.metrics import Direction
from spark_models.core.table_schema import Column, Row, TableSchema


@dataclass(frozen=True)
class LoggedFile:
    """A file of a model: its size in bytes, and the sha256 of its content in hex; cards of old may lack the latter."""

    path: str
    size: int
    digest: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A dataset that a run logged: its digest as MLflow has it, and what it was for, such as training."""

    name: str
    digest: str
    context: str | None = None


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
    logged_files: Annotated[tuple[LoggedFile, ...], "the model's files, with sizes in bytes and sha256"]
    digest: Annotated[str, "sha256 of the model's files"]
    flavor: Annotated[str, "the MLflow flavor that loads the model"]
    requirements: Annotated[tuple[str, ...], "the model's pip requirements"]
    description: Annotated[str | None, "description of the version"]
    tags: Annotated[dict[str, str], "tags of the version"]
    aliases: Annotated[tuple[str, ...], "aliases that named the version when the row was written"]
    datasets: Annotated[tuple[Dataset, ...], "datasets that the run logged: name, digest and what each was for"] = ()


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
    task: Annotated[str, "regression, binary, multiclass, multilabel, ranking, quantile or forecast"]
    label_table: Annotated[str, "table of labels"]
    label_version: Annotated[int | None, "Delta version of the labels that was read"]
    predictions_table: Annotated[str, "table of predictions"]
    predictions_version: Annotated[int | None, "Delta version of the predictions that was read"]
    source: Annotated[
        Literal["computed", "logged", "rows", "agreement"],
        "computed here, logged by the versions' runs, a count of rows, or how far the two versions' predictions agree",
    ]
    slice_column: Annotated[str | None, "column that makes the slice; NULL for all rows"]
    slice_value: Annotated[str | None, "value of that column in the slice, as a string"]
    metric: Annotated[str, "the metric"]
    direction: Annotated[Direction, "what is better: higher, lower, zero (nearer to it), or none"]
    threshold: Annotated[float | None, "score from which a row counts as positive, where the metric needs one"]
    candidate_value: Annotated[float | None, "NULL where the metric is undefined"]
    baseline_value: Annotated[float | None, "NULL where the metric is undefined"]
    change: Annotated[float | None, "candidate minus baseline"]
    relative_change: Annotated[float | None, "change over the baseline's magnitude; NULL if that is 0"]
    verdict: Annotated[str, "better, worse, equal, or none where there is no direction or no value"]
    rows: Annotated[int | None, "rows, or groups of a ranking, that the values are over; NULL for what runs logged"] = (
        None
    )
    small: Annotated[bool | None, "whether these are fewer rows than small_slice says"] = None
    confidence: Annotated[float | None, "level of the intervals, as 0.95; NULL where there are none"] = None
    candidate_standard_error: Annotated[float | None, "standard error of candidate_value"] = None
    candidate_low: Annotated[float | None, "lower end of the candidate's confidence interval"] = None
    candidate_high: Annotated[float | None, "upper end of the candidate's confidence interval"] = None
    baseline_standard_error: Annotated[float | None, "standard error of baseline_value"] = None
    baseline_low: Annotated[float | None, "lower end of the baseline's confidence interval"] = None
    baseline_high: Annotated[float | None, "upper end of the baseline's confidence interval"] = None
    change_standard_error: Annotated[float | None, "standard error of change, from the rows in pairs"] = None
    change_low: Annotated[float | None, "lower end of the change's confidence interval"] = None
    change_high: Annotated[float | None, "upper end of the change's confidence interval"] = None
    p_value: Annotated[float | None, "two-sided, of no change"] = None
    adjusted_p_value: Annotated[
        float | None, "of a slice: p_value by Benjamini-Hochberg over the metric's slices; else p_value"
    ] = None
    evidence: Annotated[
        Literal["better", "worse", "unclear"] | None, "what adjusted_p_value says at this confidence; NULL without it"
    ] = None


@dataclass(frozen=True)
class ComparisonCurve(Row):
    """Comparison curves: one point of one curve of one version, at most 200 points a curve."""

    KEY: ClassVar[tuple[str, ...]] = ("comparison_id", "model_version", "curve", "point")

    comparison_id: Annotated[str, "the comparison"]
    compared_at: Annotated[datetime, "when it was computed"]
    model_name: Annotated[str, "registered model"]
    model_version: Annotated[int, "version of the model; of differences the candidate"]
    curve: Annotated[
        str,
        "roc, precision_recall, calibration, gain, score_histogram, residual_histogram, quantile_calibration, or"
        " difference_histogram of candidate minus baseline",
    ]
    point: Annotated[int, "place along the curve, from 0"]
    x: Annotated[float, "as the curve's name says; of a histogram the bin's lower end"]
    y: Annotated[float | None, "as the curve's name says; of a histogram the share of rows in the bin"]
    x_high: Annotated[float | None, "of a histogram the bin's upper end"] = None
    y_low: Annotated[float | None, "lower end of y's confidence interval, where there is one"] = None
    y_high: Annotated[float | None, "upper end of y's confidence interval, where there is one"] = None
    weight: Annotated[float | None, "weight of the rows at the point, 1 each without a weight column"] = None


@dataclass(frozen=True)
class ComparisonDiff(Row):
    """Comparison differences: one thing in which the two versions are not alike."""

    KEY: ClassVar[tuple[str, ...]] = ("comparison_id", "candidate_version", "kind", "name")

    comparison_id: Annotated[str, "the comparison"]
    compared_at: Annotated[datetime, "when it was computed"]
    model_name: Annotated[str, "registered model"]
    candidate_version: Annotated[int, "the version that wants the place"]
    baseline_version: Annotated[int, "the version that is compared with"]
    kind: Annotated[str, "parameter, dataset, tag, input, output, inference parameter, file, requirement or flavor"]
    name: Annotated[str, "what differs"]
    change: Annotated[
        Literal["added", "removed", "changed", "retyped", "now optional", "now required", "equal"],
        "seen from the baseline; retyped, now optional and now required are of signatures",
    ]
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
