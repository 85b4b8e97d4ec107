"""What a compare job's config says."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from spark_models.core.config.own_metrics import OwnMetric, named_once
from spark_models.core.config.section import Names, NonEmptyNames, Section, Slices, SparkJobConfig
from spark_models.core.config.task_sections import ForecastConfig, Levels, RankingConfig, Share, task_problems
from spark_models.core.metrics import Task
from spark_models.core.slices import Slice, each_once, parts_of


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

    weight: str | None = None
    """Column of the rows' weights, numbers of at least 0; all weigh alike by default."""

    cluster: str | None = None
    """Column that groups dependent rows, such as the flights of one day; by default rows are independent."""


class PredictionsConfig(Section):
    """The predictions to compare."""

    table: str
    """Table name or path, as the score job wrote it."""

    column: str = "prediction"
    """The prediction column, or a field of one; an array is taken as one number for each class, label or quantile."""


class CostsConfig(Section):
    """What a decision costs, by what it is and what is true."""

    true_positive: float = 0.0
    """A positive that counts as positive."""

    false_positive: float
    """A negative that counts as positive."""

    false_negative: float
    """A positive that counts as negative."""

    true_negative: float = 0.0
    """A negative that counts as negative."""


class CompareConfig(SparkJobConfig):
    """Compare one or more candidates with a baseline on the same labelled rows."""

    candidates: NonEmptyNames
    """Model URIs of the versions that want the place."""

    baseline: str
    """Model URI of the version to compare with."""

    task: Task | None = None
    """regression, binary, multiclass, multilabel, ranking, quantile or forecast; by default detected."""

    labels: LabelsConfig
    """The labelled rows."""

    predictions: PredictionsConfig
    """The predictions to compare."""

    classes: Names = ()
    """Class labels, as text, in the order of the probabilities; by default 0, 1, 2, ..."""

    positive_class: str = "1"
    """binary: the label, as text, that counts as positive; true and 1 are the same."""

    threshold: float = 0.5
    """binary, multilabel: a score of at least this counts as positive."""

    costs: CostsConfig | None = None
    """binary: what decisions cost, for the metrics cost and min_cost."""

    top: Annotated[tuple[Share, ...], Field(strict=False)] = (0.1,)
    """binary: shares of the rows, those with the highest scores, for lift and gain: 0.1 gives lift_at_10."""

    calibration_bins: int = Field(default=10, ge=2)
    """binary: into so many equal ranges of scores the calibration error looks."""

    quantiles: Levels = ()
    """quantile: the levels that predictions hold a number for each, ascending, such as 0.1, 0.5 and 0.9."""

    ranking: RankingConfig | None = None
    """ranking: each labelled row is an item of a group, such as an offer of a search."""

    forecast: ForecastConfig | None = None
    """forecast: how far ahead rows were forecast, and what the errors of their series are scaled by."""

    metrics: Annotated[tuple[OwnMetric, ...], Field(strict=False)] = ()
    """Metrics of your own, beside those of the task."""

    confidence: float = Field(default=0.95, gt=0, lt=1)
    """Level of the confidence intervals, and of the evidence that a change is one."""

    slices: Slices = ()
    """Columns of the labels table or SQL expressions, a list of them to cross them: metrics for each value, too."""

    slice_bins: Mapping[str, Annotated[int, Field(ge=2)]] = {}
    """Into how many bins of about equal size numbers among the slices are put, by the slice."""

    small_slice: int = Field(default=100, ge=0)
    """A slice of fewer rows than this is marked as small."""

    only_differences: bool = True
    """Whether comparison_diffs leaves out what both versions have alike."""

    report: str | None = None
    """An HTML file to write the comparison to, too; see the verb report."""

    max_slice_values: int = Field(default=100, ge=1)
    """A slice column with more values than this is refused."""

    @field_validator("metrics")
    @classmethod
    def _have_names_of_their_own(cls, metrics: tuple[OwnMetric, ...]) -> tuple[OwnMetric, ...]:
        named_once(metrics)
        return metrics

    @model_validator(mode="after")
    def _has_what_its_task_takes(self) -> Self:
        if problems := list(task_problems(self)):
            raise ValueError("; ".join(problems))
        return self

    @property
    def known_task(self) -> Task:
        """The task, where it was given or detected."""
        assert self.task is not None
        return self.task

    @property
    def sql(self) -> tuple[str | None, ...]:
        """All that is, or may be, a SQL expression."""
        slices = (part for one in self.all_slices for part in parts_of(one))
        forecast = (self.forecast.scale, self.forecast.history) if self.forecast else ()
        return (self.labels.filter, *forecast, *slices, *(metric.sql for metric in self.metrics))

    @property
    def all_slices(self) -> tuple[Slice, ...]:
        """Each slice once, a forecast's horizon first."""
        horizon = self.forecast.horizon if self.forecast else None
        return each_once([*([] if horizon is None else [horizon]), *self.slices])
