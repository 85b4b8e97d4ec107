"""What is known of each version of a model, from the registry, its card and the stored comparisons, by name."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from spark_models.core.tables import Card, ComparisonMetric, Dataset

Value = str | int | float | datetime | tuple[str, ...] | None
Facts = Mapping[str, Value]


@dataclass(frozen=True)
class KnownVersion:
    """A version as the registry has it, with what was logged for it; its card knows the flavor."""

    version: int
    created_at: datetime
    status: str
    description: str | None
    run_id: str | None
    run_name: str | None
    flavor: str | None
    digest: str | None
    aliases: tuple[str, ...]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    datasets: tuple[Dataset, ...] = ()

    def with_card(self, card: Card) -> "KnownVersion":
        """With what only the card knows: its flavor, and what a run that is gone since had logged."""
        return replace(
            self,
            flavor=card.flavor,
            digest=self.digest or card.digest,
            run_name=self.run_name or card.run_name,
            params={**card.hyperparameters, **self.params},
            metrics={**card.metrics, **self.metrics},
        )

    def current_card(self, model_name: str, stored: Card | None) -> Card:
        """The stored card with what may have changed since it was written; without one, a card that knows no files.

        That one has no signature and no requirements either, and its flavor, and its digest if no tag tells it, are
        empty.
        """
        card = stored or self._without_files(model_name)
        return replace(
            card,
            run_name=self.run_name or card.run_name,
            hyperparameters={**card.hyperparameters, **self.params},
            metrics={**card.metrics, **self.metrics},
            description=self.description,
            tags=dict(sorted(self.tags.items())),
            aliases=self.aliases,
        )

    def _without_files(self, model_name: str) -> Card:
        return Card(
            model_name=model_name,
            model_version=self.version,
            created_at=self.created_at,
            run_id=self.run_id,
            run_name=None,
            hyperparameters={},
            metrics={},
            signature=None,
            logged_files=(),
            digest=self.digest or "",
            flavor="",
            requirements=(),
            description=None,
            tags={},
            aliases=(),
            datasets=self.datasets,
        )


@dataclass(frozen=True)
class Computed:
    """A version's metric over all rows of a comparison, with its confidence interval where it has one."""

    value: float | None
    low: float | None
    high: float | None
    confidence: float | None
    comparison_id: str
    compared_at: datetime


def computed_metrics(rows: Iterable[ComparisonMetric]) -> dict[int, dict[str, Computed]]:
    """Each version's computed metrics over all rows by name, from the newest comparison with it, on either side."""
    found: dict[int, dict[str, Computed]] = {}
    for row in sorted(rows, key=lambda row: (row.compared_at, row.comparison_id)):
        if row.source == "computed" and row.slice_column is None:
            found.setdefault(row.candidate_version, {})[row.metric] = Computed(
                row.candidate_value, row.candidate_low, row.candidate_high, *_about(row)
            )
            found.setdefault(row.baseline_version, {})[row.metric] = Computed(
                row.baseline_value, row.baseline_low, row.baseline_high, *_about(row)
            )
    return found


def _about(row: ComparisonMetric) -> tuple[float | None, str, datetime]:
    return row.confidence, row.comparison_id, row.compared_at


@dataclass(frozen=True)
class ModelFacts:
    """All versions of a model, ascending, and their computed metrics by version and name."""

    versions: Sequence[KnownVersion]
    computed: Mapping[int, Mapping[str, Computed]]

    def is_logged(self, metric: str) -> bool:
        """Whether a version's run logged a metric of this name."""
        return any(metric in version.metrics for version in self.versions)

    def is_computed(self, column: str) -> bool:
        """Whether comparisons computed what is known by this name."""
        group, _, name = column.partition(".")
        return group == "computed" or (group == "metrics" and not self.is_logged(name))

    def comparisons_of(self, column: str, versions: Container[Value]) -> tuple[str, ...]:
        """The comparisons that computed what these versions have by this name, each once."""
        if not self.is_computed(column):
            return ()
        name = column.partition(".")[2]
        shown = (version.version for version in self.versions if version.version in versions)
        found = (self.computed.get(version, {}).get(name) for version in shown)
        return tuple(dict.fromkeys(one.comparison_id for one in found if one is not None))

    def rows(self) -> list[Facts]:
        """What is known of each version by name: ``version``, ``metrics.NAME``, ``params.NAME``, ``tags.NAME``, ...

        ``computed.NAME`` is what comparisons computed, and ``metrics.NAME`` what the versions' runs logged. Of a name
        that none of them logged, ``metrics.NAME`` is the computed one, so that one name never mixes the two.
        """
        return [self._facts(version) for version in self.versions]

    def _facts(self, version: KnownVersion) -> Facts:
        computed = {name: one.value for name, one in self.computed.get(version.version, {}).items()}
        metrics = {**{name: value for name, value in computed.items() if not self.is_logged(name)}, **version.metrics}
        groups = {"metrics": metrics, "computed": computed, "params": version.params, "tags": version.tags}
        return {
            "version": version.version,
            "aliases": version.aliases,
            "created_at": version.created_at,
            "run_id": version.run_id,
            "run_name": version.run_name,
            "flavor": version.flavor,
            "digest": version.digest,
            "description": version.description,
            "status": version.status,
            **{f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()},
        }
