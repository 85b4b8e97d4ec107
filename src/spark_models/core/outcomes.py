"""What the steps give back: frozen values, rendered elsewhere."""

from dataclasses import dataclass
from importlib import import_module

from spark_models.core.comparison import Comparison
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


@dataclass(frozen=True)
class Reporting:
    """A report that was written: ``file`` is its path, ``run_id`` the MLflow run that holds it as an artifact.

    ``newest`` is the newest of the comparisons, None if there is none.
    """

    model_name: str
    file: str
    run_id: str
    versions: tuple[int, ...]
    comparison_ids: tuple[str, ...]
    newest: Comparison | None

    def _repr_html_(self) -> str:
        """The page in a notebook's cell."""
        # By name, since core may not know the report; it is loaded only where a notebook asks.
        shown: str = import_module("spark_models.report.notebook").report_html(self)
        return shown
