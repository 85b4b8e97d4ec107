"""What a score job's config says."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from spark_models.core.config.problems import TEXT, TEXTS
from spark_models.core.config.section import Names, NonEmptyNames, Section, SparkJobConfig
from spark_models.core.group_models import template_problems


def _text_or_list(given: Any) -> str:
    return TEXTS if isinstance(given, (list, tuple)) else TEXT


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
