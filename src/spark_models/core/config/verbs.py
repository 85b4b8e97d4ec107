"""One config for each verb: the whole of what a run of it depends on. Those that are short are here."""

from collections.abc import Mapping

from spark_models.core.config.compare import CompareConfig
from spark_models.core.config.drift import DriftConfig
from spark_models.core.config.promote import PromoteConfig
from spark_models.core.config.score import ScoreConfig
from spark_models.core.config.section import JobConfig, Names, SparkJobConfig


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
    "drift": DriftConfig,
    "promote": PromoteConfig,
    "rollback": RollbackConfig,
    "card": CardConfig,
    "history": HistoryConfig,
}
