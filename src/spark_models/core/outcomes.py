"""What the steps give back: frozen values, rendered elsewhere."""

from dataclasses import dataclass

from spark_models.core.gate import Check
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Card, ScoringRun


@dataclass(frozen=True)
class Registration:
    """A registered version: ``created`` is False if these files had one, ``aliases`` are those given now."""

    model_version: ModelVersion
    digest: str
    created: bool
    aliases: tuple[str, ...]
    card: Card


@dataclass(frozen=True)
class Scoring:
    """What came of a scoring: ``run`` is the row in ``scoring_runs``, None if the batch was there already.

    ``others`` are what came of the other models that scored the same rows in the same pass. ``model_version`` is None
    for group models of an input without rows, where nothing names a model.
    """

    model_version: ModelVersion | None
    batch_id: str
    table: str
    run: ScoringRun | None
    others: "tuple[Scoring, ...]" = ()

    @property
    def skipped(self) -> bool:
        """Whether the batch was there already, so that nothing was done."""
        return self.run is None

    @property
    def all(self) -> "tuple[Scoring, ...]":
        """This one and the others, in the order of the config."""
        return (self, *self.others)


@dataclass(frozen=True)
class Promotion:
    """An alias's move: ``moved`` is False if the version held it already."""

    model_version: ModelVersion
    alias: str
    moved: bool
    previous: int | None
    comparison_id: str | None
    checks: tuple[Check, ...]
    forced: bool = False


@dataclass(frozen=True)
class Rollback:
    """An alias's way back: ``moved`` is False if ``from_version`` did not hold it."""

    model_version: ModelVersion
    alias: str
    moved: bool
    previous: int | None
