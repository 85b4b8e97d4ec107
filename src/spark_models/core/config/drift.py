"""What a drift job's config says."""

from typing import Literal, Self

from pydantic import Field, model_validator

from spark_models.core.config.section import Names, NonEmptyNames, Section, Slices, SparkJobConfig
from spark_models.core.slices import Slice, each_once, parts_of


class DriftVersionsConfig(Section):
    """Two versions' predictions of the same rows, with or without labels."""

    candidate: str
    """Model URI of the version that wants the place."""

    baseline: str
    """Model URI of the version to compare with."""

    table: str
    """Name or path of the predictions table, as the score job wrote it."""

    keys: NonEmptyNames
    """The columns that identify a row."""

    column: str = "prediction"
    """The prediction column; of an array each place is compared, and which one is largest."""

    threshold: float | None = None
    """Of scores: from this on a row counts as positive, so that class changes can be counted."""


class DriftWindowConfig(Section):
    """Some of a table's rows."""

    filter: str | None = None
    """SQL condition that rows must meet."""

    version: int | None = Field(default=None, ge=0)
    """Delta version to read; the current one by default."""


class DriftWindowsConfig(Section):
    """Two windows of one table, of predictions or of input features."""

    table: str
    """Table name or path."""

    model: str | None = None
    """Of a predictions table: model URI of the one version whose rows are looked at."""

    baseline: DriftWindowConfig = DriftWindowConfig()
    """The rows to compare with."""

    current: DriftWindowConfig = DriftWindowConfig()
    """The rows that may have drifted."""

    columns: Names = ()
    """The columns to compare; by default all numbers, texts, booleans and times, but not where a row came from."""

    slices: Slices = ()
    """Columns of the table or SQL expressions, a list of them to cross them: everything for each value, too."""

    time_column: str | None = None
    """The column of dates or times that says from when to when each window is."""

    granularity: str | None = None
    """How long a window is, as 1 day; only written down, for dashboards."""

    drift_type: Literal["BASELINE", "CONSECUTIVE"] = "BASELINE"
    """CONSECUTIVE if the baseline is the window before the current one; only written down, for dashboards."""

    @property
    def sql(self) -> tuple[str | None, ...]:
        """All that is, or may be, a SQL expression."""
        slices = (part for one in self.all_slices for part in parts_of(one))
        return (self.baseline.filter, self.current.filter, *slices)

    @property
    def all_slices(self) -> tuple[Slice, ...]:
        """Each slice once."""
        return each_once(self.slices)


class DriftConfig(SparkJobConfig):
    """Measure how far two versions' predictions, or two windows of a table, are apart."""

    versions: DriftVersionsConfig | None = None
    """Two versions' predictions of the same rows, with or without labels; either this or windows."""

    windows: DriftWindowsConfig | None = None
    """Two windows of one table, of predictions or of input features; either this or versions."""

    max_categories: int = Field(default=100, ge=2, le=10_000)
    """Of a column of texts: the most frequent values that count by themselves; all others are one category."""

    max_slice_values: int = Field(default=100, ge=1)
    """A slice column with more values than this is refused."""

    most_changed: int = Field(default=100, ge=0)
    """Of two versions: of how many rows the keys are kept, those that changed most."""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if (self.versions is None) == (self.windows is None):
            raise ValueError("give either versions or windows")
        if self.windows is not None and self.windows.baseline == self.windows.current:
            raise ValueError("windows.baseline and windows.current are the same rows; give one of them another filter")
        return self
