"""One config for each verb: the whole of what a run of it depends on. Those that are short are here."""

from collections.abc import Mapping

from pydantic import Field

from spark_models.core.config.compare import CompareConfig
from spark_models.core.config.drift import DriftConfig
from spark_models.core.config.promote import PromoteConfig
from spark_models.core.config.score import ScoreConfig
from spark_models.core.config.section import JobConfig, Names, SessionConfig, SparkJobConfig, TablesConfig


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


class ReportConfig(SparkJobConfig):
    """Write a report of all versions of a model, their cards and comparisons, as one HTML file."""

    name: str
    """The registered model."""

    file: str = "report.html"
    """The HTML file to write; its folder is made."""

    comparison_id: str | None = None
    """One comparison only; by default all that are stored of the model."""


class VersionsConfig(JobConfig):
    """List the versions of a registered model, with their metrics over time."""

    name: str
    """The registered model."""

    where: str | None = None
    """What versions must meet, as MLflow's search has it: metrics.auc > 0.7 AND (tags.team = 'ops' OR version > 3)."""

    sort: Names = ("-version",)
    """What versions are in the order of; a minus before a name is downwards. What a version lacks comes last."""

    columns: Names = ("version", "aliases", "created_at", "run_name", "metrics.*")
    """What is told of each version: its attributes, metrics.NAME, computed.NAME, params.NAME, tags.NAME, metrics.*."""

    limit: int | None = Field(default=None, ge=1)
    """At most so many versions."""

    trend: str | None = None
    """A metric to tell of each version that meets the condition, oldest first: metrics.NAME or computed.NAME."""

    tables: TablesConfig | None = None
    """Where the package keeps its own tables: without it, nothing is told of cards and comparisons."""

    session: SessionConfig = SessionConfig()
    """The Spark session to make where there is none, and the tables are not on a disk of this machine."""


CONFIGS: dict[str, type[JobConfig]] = {
    "register": RegisterConfig,
    "score": ScoreConfig,
    "compare": CompareConfig,
    "drift": DriftConfig,
    "promote": PromoteConfig,
    "rollback": RollbackConfig,
    "card": CardConfig,
    "history": HistoryConfig,
    "versions": VersionsConfig,
    "report": ReportConfig,
}
