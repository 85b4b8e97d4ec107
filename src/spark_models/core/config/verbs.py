"""One config for each verb: the whole of what a run of it depends on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from spark_models.core.config.problems import TEXT, TEXTS
from spark_models.core.config.section import JobConfig, Names, Section, SparkJobConfig
from spark_models.core.group_models import template_problems
from spark_models.core.metrics import METRICS, Task
from spark_models.core.suggest import did_you_mean


def _text_or_list(given: Any) -> str:
    return TEXTS if isinstance(given, (list, tuple)) else TEXT


NonEmptyNames = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
OneOrMore = Annotated[Annotated[str, Tag(TEXT)] | Annotated[NonEmptyNames, Tag(TEXTS)], Discriminator(_text_or_list)]
# YAML has timestamps of its own, JSON and --set have text.
Timestamp = Annotated[datetime, Field(strict=False)]
# File systems take names of 255 bytes, "batch_id=" among them.
LONGEST_BATCH_ID = 240


class InputConfig(Section):
    """The rows to score."""

    table: str | None = None
    """Table name or path, of Delta or of Parquet files; leave it out only when a DataFrame is given in Python."""

    version: int | None = None
    """Delta version to read; the current one by default. What was read is recorded always."""

    timestamp: Timestamp | None = None
    """Read the version that was current then, instead of naming it."""

    filter: str | None = None
    """SQL condition that rows must meet."""

    columns: Mapping[str, str] = {}
    """The model's input: the table's column, where the names differ."""

    @model_validator(mode="after")
    def _one_point_in_time(self) -> Self:
        if self.version is not None and self.timestamp is not None:
            raise ValueError("give version or timestamp, not both")
        return self


class OutputConfig(Section):
    """The predictions table."""

    table: str
    """Table name or path; made if it is not there."""

    keys: NonEmptyNames
    """The input's columns that identify a row."""

    passthrough: Names = ()
    """Columns of the input to keep beside the prediction."""

    prediction: str = "prediction"
    """Name of the prediction column."""

    mode: Literal["append", "replace", "merge"] = "append"
    """append: skip a batch that is there; replace: rewrite the batch; merge: upsert on keys and model version."""


class ScoreConfig(SparkJobConfig):
    """Score one model version, or several in one pass, over one input table into a predictions table."""

    model: OneOrMore
    """Model URI: models:/NAME/3, models:/NAME@champion or models:/NAME/latest; or a list of them, for one pass."""

    model_by: str | None = None
    """A column of the input: each of its values has its own model, whose URI is `model` with {column} filled in."""

    max_groups: int = Field(default=1000, ge=1)
    """With model_by: an input with more values of the column than this is refused."""

    input: InputConfig = InputConfig()
    """The rows to score."""

    output: OutputConfig
    """The predictions table."""

    method: str = "predict"
    """The model's method: predict, predict_proba, or another that takes one input."""

    params: Mapping[str, Any] = {}
    """Values for the inference parameters in the model's signature."""

    result_type: str | None = None
    """Spark type of the prediction as DDL; by default from the signature, or from predicting the input example."""

    batch_id: str | None = None
    """By default derived from model version, digest, method, input table and version, filter and columns."""

    engine: Literal["auto", "pandas_udf", "arrow", "direct"] = "auto"
    """auto: direct if workers can read the table's own files exactly, else arrow; all engines give the same answer."""

    writer: Literal["auto", "spark"] = "auto"
    """auto: workers write the files of a plain predictions table on a disk themselves; spark: rows go back to Spark."""

    acceleration: Literal["auto", "off"] = "auto"
    """auto: a faster form of the model where it is known and was seen to predict the same; off: the library's own."""

    on_row_error: Literal["fail", "record"] = "fail"
    """fail: a row that the model refuses fails the batch; record: its prediction is NULL and `error` says why."""

    @field_validator("batch_id")
    @classmethod
    def _names_a_folder(cls, batch_id: str | None) -> str | None:
        if batch_id is not None and not 0 < len(quote(batch_id, safe="")) <= LONGEST_BATCH_ID:
            raise ValueError(
                f"give 1 to {LONGEST_BATCH_ID} characters, of which others than letters, digits and -._~ count three"
                " or more: a folder of the table is named by it"
            )
        return batch_id

    @model_validator(mode="after")
    def _is_one_template(self) -> Self:
        if self.model_by is not None and (problems := list(self._group_problems(self.model_by))):
            raise ValueError(f"model_by: {'; '.join(problems)}")
        return self

    def _group_problems(self, column: str) -> Iterator[str]:
        if isinstance(self.model, str):
            yield from template_problems(self.model, column)
        else:
            yield "model is a list; give one URI with the column's name in braces"
        if self.engine not in {"auto", "arrow"}:
            yield f"engine {self.engine} does not bring rows together by key; leave it out"

    @property
    def models(self) -> tuple[str, ...]:
        """The model URIs, however many there are; with model_by the one that is their template."""
        return (self.model,) if isinstance(self.model, str) else self.model


class RegisterConfig(SparkJobConfig):
    """Register a model as the next version of a name."""

    source: str
    """runs:/ID/PATH, models:/m-ID, or the path of a saved MLflow model."""

    name: str
    """The registered model; made if it is not there."""

    aliases: Names = ()
    """Aliases that the new version gets, once: one that it held and lost is not taken back by a rerun."""

    tags: Mapping[str, str] = {}
    """Tags of the version."""

    description: str | None = None
    """Description of the version."""


class LabelsConfig(Section):
    """The labelled rows."""

    table: str
    """Table name or path."""

    version: int | None = None
    """Delta version to read; the current one by default."""

    filter: str | None = None
    """SQL condition that rows must meet."""

    keys: NonEmptyNames
    """The columns that identify a row, named as in the predictions table."""

    column: str
    """The column that holds the label."""


class PredictionsConfig(Section):
    """The predictions to compare."""

    table: str
    """Table name or path, as the score job wrote it."""

    column: str = "prediction"
    """The prediction column; an array is taken as one probability for each class."""


class CompareConfig(SparkJobConfig):
    """Compare one or more candidates with a baseline on the same labelled rows."""

    candidates: NonEmptyNames
    """Model URIs of the versions that want the place."""

    baseline: str
    """Model URI of the version to compare with."""

    task: Task
    """regression, binary or multiclass."""

    labels: LabelsConfig
    """The labelled rows."""

    predictions: PredictionsConfig
    """The predictions to compare."""

    classes: Names = ()
    """Class labels, as text, in the order of the probabilities; by default 0, 1, 2, ..."""

    positive_class: str = "1"
    """binary: the label, as text, that counts as positive; true and 1 are the same."""

    threshold: float = 0.5
    """binary: a score of at least this counts as positive."""

    slices: Names = ()
    """Columns of the labels table; the metrics are computed for each of their values, too."""

    max_slice_values: int = Field(default=100, ge=1)
    """A slice column with more values than this is refused."""


class Threshold(Section):
    """What one metric must reach, in the metric's own direction; bounds that are left out hold."""

    metric: str
    """A metric of the comparison, such as roc_auc."""

    absolute: float | None = None
    """The candidate's value: at least this where higher is better, at most where lower is."""

    min_change: float | None = None
    """The candidate must be better than the baseline by at least this, in the metric's units."""

    min_relative_change: float | None = None
    """The same, as a fraction of the baseline's value."""

    @field_validator("metric")
    @classmethod
    def _is_a_metric_with_a_direction(cls, metric: str) -> str:
        known = {metric.name for metrics in METRICS.values() for metric in metrics if metric.direction != "none"}
        if metric not in known:
            near = did_you_mean(metric, known)
            raise ValueError(f"there is no such metric to gate on{near or '; known: ' + ', '.join(sorted(known))}")
        return metric

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.absolute is None and self.min_change is None and self.min_relative_change is None:
            raise ValueError("give at least one of absolute, min_change and min_relative_change")
        return self


class PromoteConfig(SparkJobConfig):
    """Move an alias to a version if a stored comparison passes the gate."""

    candidate: str
    """Model URI of the version to promote."""

    alias: str = "champion"
    """The alias to move."""

    comparison_id: str | None = None
    """The stored comparison to judge by; by default the latest of candidate against the alias's holder."""

    gate: Annotated[tuple[Threshold, ...], Field(strict=False, min_length=1)]
    """All of these must hold."""

    force: bool = False
    """Move the alias although the gate refuses; needs a reason."""

    reason: str | None = None
    """Why, for the alias's history."""

    @model_validator(mode="after")
    def _force_needs_a_reason(self) -> Self:
        if self.force and not (self.reason or "").strip():
            raise ValueError("force needs a reason, which is stored")
        return self


class RollbackConfig(SparkJobConfig):
    """Give an alias back to the version that held it before."""

    name: str
    """The registered model."""

    alias: str = "champion"
    """The alias to give back."""

    from_version: int | None = None
    """Only if this version holds it; otherwise there is nothing to do. Makes a scheduled rollback safe to rerun."""

    reason: str = "rollback"
    """Why, for the alias's history."""


class CardConfig(JobConfig):
    """Show the card of one model version."""

    model: str
    """Model URI of a registered version."""


class HistoryConfig(SparkJobConfig):
    """Show who held an alias, from when to when, and why."""

    name: str
    """The registered model."""

    alias: str | None = None
    """One alias only; by default all of them."""


CONFIGS: dict[str, type[JobConfig]] = {
    "register": RegisterConfig,
    "score": ScoreConfig,
    "compare": CompareConfig,
    "promote": PromoteConfig,
    "rollback": RollbackConfig,
    "card": CardConfig,
    "history": HistoryConfig,
}
