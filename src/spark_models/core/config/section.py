"""What every config shares: strictness, and the sections for registry, tables and session."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_wrap_validator_function

from spark_models.core.config.problems import PART_OF_A_WHOLE, problems_of
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.errors import ConfigError

# YAML has lists only; the values stay immutable all the same.
Names = Annotated[tuple[str, ...], Field(strict=False)]
NonEmptyNames = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
# Each a column, a SQL expression, or a list of them to cross them.
Slices = Annotated[tuple[str | NonEmptyNames, ...], Field(strict=False)]


class Section(BaseModel):
    """A part of a config: strict types, no unknown keys, no change after it is made.

    Raises:
        ConfigError: listing all problems, when it is made from values that do not fit.
    """

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # A wrap validator would stand inside the after validators of subclasses, and miss what they raise.
        return no_info_wrap_validator_function(cls._in_our_words, handler(source))

    @classmethod
    def _in_our_words(cls, values: Any, check: ValidatorFunctionWrapHandler) -> Any:
        if PART_OF_A_WHOLE.get():
            return check(values)
        token = PART_OF_A_WHOLE.set(True)
        try:
            return check(values)
        except ValidationError as error:
            # Not "from error": pydantic's errors carry the values that were given.
            raise ConfigError(cls.__name__, [problem.text for problem in problems_of(error, cls)]) from None
        finally:
            PART_OF_A_WHOLE.reset(token)


class RegistryConfig(Section):
    """Which MLflow to talk to."""

    tracking_uri: str | None = None
    """MLflow's tracking server or store, such as http://mlflow:5000 or sqlite:///mlflow.db; by default MLflow's own."""

    registry_uri: str | None = None
    """The model registry, where it is not the tracking server: databricks-uc for Unity Catalog."""

    experiment: str = "spark-models"
    """The MLflow experiment that gets a run for each scoring, comparison and drift."""


class SessionConfig(Section):
    """The Spark session to make where there is none; a session that is there is used as it is."""

    master: str = "local[*]"
    """Spark's master."""

    settings: dict[str, str] = {}
    """More Spark settings, for the session that is made here."""

    log_file: str = "spark-models.log"
    """Where Spark's own log goes, for the session that is made here."""


class TablesConfig(Section):
    """Where the package keeps its own tables."""

    location: str
    """A folder (with a slash: ./lake/ops, s3://bucket/ops) or a schema (ops, main.ops)."""

    scoring_runs: str | None = None
    """Another name or path for this table alone."""

    model_versions: str | None = None
    """Another name or path for this table alone."""

    comparison_metrics: str | None = None
    """Another name or path for this table alone."""

    comparison_diffs: str | None = None
    """Another name or path for this table alone."""

    comparison_curves: str | None = None
    """Another name or path for this table alone."""

    drift_metrics: str | None = None
    """Another name or path for this table alone."""

    drift_rows: str | None = None
    """Another name or path for this table alone."""

    alias_history: str | None = None
    """Another name or path for this table alone."""

    def table(self, name: str) -> TableName:
        """The name or path of one of the package's tables, such as ``scoring_runs``."""
        own: str | None = getattr(self, name)
        separator = "/" if "/" in self.location else "."
        return parse_table_name(own or f"{self.location.rstrip('/')}{separator}{name}")


class JobConfig(Section):
    """The section that every verb's config has."""

    registry: RegistryConfig = RegistryConfig()
    """Which MLflow to talk to."""


class SparkJobConfig(JobConfig):
    """The sections of the verbs that read or write tables."""

    tables: TablesConfig
    """Where the package keeps its own tables."""

    session: SessionConfig = SessionConfig()
    """The Spark session to make where there is none."""
