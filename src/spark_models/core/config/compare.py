"""What a compare job's config says."""

from pydantic import Field

from spark_models.core.config.section import Names, NonEmptyNames, Section, SparkJobConfig
from spark_models.core.metrics import Task


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
