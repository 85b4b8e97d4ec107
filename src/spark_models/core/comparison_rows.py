"""The rows of a comparison's tables, built from values by version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from spark_models.core.changing_sql import changing_part
from spark_models.core.config import CompareConfig
from spark_models.core.curve import Point
from spark_models.core.differences import differences
from spark_models.core.identifiers import derived_id
from spark_models.core.metric_intervals import Reached, with_intervals
from spark_models.core.metrics import AGREEMENT, Metric, direction_of, metrics_of
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import Card, ComparisonCurve, ComparisonDiff, ComparisonMetric
from spark_models.core.verdicts import change, verdict

# What the result does not depend on, and what the id takes from elsewhere.
_WITHOUT_EFFECT: dict[str, bool | set[str]] = {
    "registry": True,
    "tables": True,
    "session": True,
    "max_slice_values": True,
    "report": True,
    "labels": {"table", "version"},
    "predictions": {"table"},
}

Values = Mapping[int, Mapping[str, float | None]]


@dataclass(frozen=True)
class Subject:
    """What is compared, with what, on which rows.

    ``label_version`` and ``predictions_version`` are the Delta versions that were read.
    """

    config: CompareConfig
    baseline: ModelVersion
    candidates: tuple[ModelVersion, ...]
    label_version: int | None
    predictions_version: int | None

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions' numbers, the baseline's first."""
        return (self.baseline.version, *(candidate.version for candidate in self.candidates))

    @property
    def label_table(self) -> str:
        """The labels table; a path is absolute."""
        return str(parse_table_name(self.config.labels.table))

    @property
    def predictions_table(self) -> str:
        """The predictions table; a path is absolute."""
        return str(parse_table_name(self.config.predictions.table))

    @property
    def comparison_id(self) -> str | None:
        """An id from all that the result depends on; None where a table has no version, or SQL no value, for it."""
        if self.label_version is None or self.predictions_version is None or any(map(changing_part, self.config.sql)):
            return None
        settings = self.config.model_dump(mode="json", exclude=_WITHOUT_EFFECT)
        # As they are read, however they were written: an alias, a relative path, a version that was left out.
        read = {
            "baseline": self.baseline.uri,
            "candidates": sorted(candidate.uri for candidate in self.candidates),
            "label_table": self.label_table,
            "label_version": self.label_version,
            "predictions_table": self.predictions_table,
            "predictions_version": self.predictions_version,
        }
        return derived_id(**{**settings, **read})


@dataclass(frozen=True)
class Rows:
    """Builds the rows of one comparison."""

    subject: Subject
    comparison_id: str
    compared_at: datetime

    def computed(
        self, slice_column: str | None, slice_value: str | None, reached: Mapping[int, Reached]
    ) -> Iterator[ComparisonMetric]:
        """One row a candidate and metric, for one slice; ``slice_column`` None for all rows."""
        config = self.subject.config
        values = {version: one.values for version, one in reached.items()}
        own = (Metric(metric.name, metric.direction) for metric in config.metrics)
        for metric in (*self._metrics(), *own):
            for row in self._metric("computed", metric, values, slice_column, slice_value):
                yield with_intervals(row, reached, config.confidence, config.small_slice)

    def _metrics(self) -> tuple[Metric, ...]:
        config = self.subject.config
        at = config.ranking.at if config.ranking else ()
        has_costs = config.costs is not None
        return metrics_of(config.known_task, top=config.top, costs=has_costs, at=at, levels=config.quantiles)

    def agreement(self, agreed: Mapping[int, Mapping[str, float | None]], rows: int) -> Iterator[ComparisonMetric]:
        """How far each candidate's predictions agree with the baseline's: figures by name, on so many rows."""
        config = self.subject.config
        known = {name for figures in agreed.values() for name in figures}
        for metric in AGREEMENT:
            if metric.name in known:
                # Classes that are predicted as such are cut by no threshold.
                told = replace(metric, uses_threshold=metric.uses_threshold and config.task == "binary")
                yield from (replace(row, rows=rows) for row in self._metric("agreement", told, agreed))

    def slice_size(self, slice_column: str, slice_value: str | None, rows: int) -> Iterator[ComparisonMetric]:
        """How many rows, or groups, of a slice were compared, so that a small one is seen for what it is."""
        name = "groups" if self.subject.config.task == "ranking" else "rows_compared"
        values = {version: {name: float(rows)} for version in self.subject.versions}
        yield from self._metric("rows", Metric(name, "none"), values, slice_column, slice_value)

    def logged(self, cards: Mapping[int, Card]) -> Iterator[ComparisonMetric]:
        """The metrics that the versions' own runs logged, beside one another."""
        values = {version: card.metrics for version, card in cards.items()}
        for name in sorted({name for metrics in values.values() for name in metrics}):
            yield from self._metric("logged", Metric(name, direction_of(name) or "none"), values)

    def counts(self, counts: Mapping[str, Mapping[int, int]]) -> Iterator[ComparisonMetric]:
        """How many rows there are, entered, and were left out, by why."""
        for name, by_version in counts.items():
            values = {version: {name: float(count)} for version, count in by_version.items()}
            yield from self._metric("rows", Metric(name, "none"), values)

    def diffs(self, cards: Mapping[int, Card]) -> Iterator[ComparisonDiff]:
        """What differs between each candidate's card and the baseline's."""
        for candidate in self.subject.candidates:
            pair = cards[candidate.version], cards[self.subject.baseline.version]
            for difference in differences(*pair, only_differences=self.subject.config.only_differences):
                yield ComparisonDiff(
                    comparison_id=self.comparison_id,
                    compared_at=self.compared_at,
                    model_name=candidate.name,
                    candidate_version=candidate.version,
                    baseline_version=self.subject.baseline.version,
                    kind=difference.kind,
                    name=difference.name,
                    change=difference.change,
                    candidate_value=difference.candidate,
                    baseline_value=difference.baseline,
                )

    def curves(self, version: int, curves: Mapping[str, Sequence[Point]]) -> Iterator[ComparisonCurve]:
        """The points of a version's curves, by the curve's name."""
        for name, points in curves.items():
            for place, point in enumerate(points):
                yield ComparisonCurve(
                    comparison_id=self.comparison_id,
                    compared_at=self.compared_at,
                    model_name=self.subject.baseline.name,
                    model_version=version,
                    curve=name,
                    point=place,
                    x=point.x,
                    y=point.y,
                    x_high=point.x_high,
                    y_low=point.y_low,
                    y_high=point.y_high,
                    weight=point.weight,
                )

    def _metric(
        self,
        source: Literal["computed", "logged", "rows", "agreement"],
        metric: Metric,
        values: Values,
        slice_column: str | None = None,
        slice_value: str | None = None,
    ) -> Iterator[ComparisonMetric]:
        subject, config = self.subject, self.subject.config
        baseline_value = values.get(subject.baseline.version, {}).get(metric.name)
        for candidate in subject.candidates:
            candidate_value = values.get(candidate.version, {}).get(metric.name)
            difference, relative = change(candidate_value, baseline_value)
            yield ComparisonMetric(
                comparison_id=self.comparison_id,
                compared_at=self.compared_at,
                model_name=candidate.name,
                candidate_version=candidate.version,
                baseline_version=subject.baseline.version,
                task=config.known_task,
                label_table=subject.label_table,
                label_version=subject.label_version,
                predictions_table=subject.predictions_table,
                predictions_version=subject.predictions_version,
                source=source,
                slice_column=slice_column,
                slice_value=slice_value,
                metric=metric.name,
                direction=metric.direction,
                threshold=config.threshold if metric.uses_threshold else None,
                candidate_value=candidate_value,
                baseline_value=baseline_value,
                change=difference,
                relative_change=relative,
                verdict=verdict(candidate_value, baseline_value, metric.direction),
            )
