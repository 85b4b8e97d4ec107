"""The frozen value that a report is a picture of: a model's cards and comparisons."""

from dataclasses import dataclass
from datetime import datetime

from spark_models.core.comparison import Comparison
from spark_models.core.tables import Card


@dataclass(frozen=True)
class Report:
    """Everything that is known of a model's versions; ``comparisons`` are the newest first.

    Cards of versions that were neither registered nor compared here know no files, no signature and no flavor.
    """

    model_name: str
    generated_at: datetime
    cards: tuple[Card, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def versions(self) -> tuple[int, ...]:
        """Every version that has a card or is in a comparison, ascending."""
        compared = {version for comparison in self.comparisons for version in versions_of(comparison)}
        return tuple(sorted(compared | {card.model_version for card in self.cards}))


def versions_of(comparison: Comparison) -> tuple[int, ...]:
    """The baseline, then the candidates."""
    return (comparison.baseline_version, *comparison.candidate_versions)


def newest_first(comparisons: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    """The comparisons by when they were computed; those of the same moment by id."""
    return tuple(sorted(comparisons, key=lambda one: (one.metrics[0].compared_at, one.comparison_id), reverse=True))
