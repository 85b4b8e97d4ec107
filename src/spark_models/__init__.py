"""The batch life of a registered model on Spark and Delta.

The whole public surface: ten verbs, scoring of streams, a UDF, the same as an SQL function and as
a pyspark.ml stage, the configs that the verbs take, and the errors that they raise. Importing this
starts nothing; each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_models.core.comparison import Comparison as Comparison
    from spark_models.core.config import CardConfig as CardConfig
    from spark_models.core.config import CompareConfig as CompareConfig
    from spark_models.core.config import DriftConfig as DriftConfig
    from spark_models.core.config import DriftVersionsConfig as DriftVersionsConfig
    from spark_models.core.config import DriftWindowConfig as DriftWindowConfig
    from spark_models.core.config import DriftWindowsConfig as DriftWindowsConfig
    from spark_models.core.config import HistoryConfig as HistoryConfig
    from spark_models.core.config import InputConfig as InputConfig
    from spark_models.core.config import LabelsConfig as LabelsConfig
    from spark_models.core.config import OutputConfig as OutputConfig
    from spark_models.core.config import PredictionsConfig as PredictionsConfig
    from spark_models.core.config import PromoteConfig as PromoteConfig
    from spark_models.core.config import RegisterConfig as RegisterConfig
    from spark_models.core.config import RegistryConfig as RegistryConfig
    from spark_models.core.config import ReportConfig as ReportConfig
    from spark_models.core.config import RollbackConfig as RollbackConfig
    from spark_models.core.config import ScoreConfig as ScoreConfig
    from spark_models.core.config import SessionConfig as SessionConfig
    from spark_models.core.config import TablesConfig as TablesConfig
    from spark_models.core.config import Threshold as Threshold
    from spark_models.core.config import VersionsConfig as VersionsConfig
    from spark_models.core.config.load import load_config as load_config
    from spark_models.core.drift import Drift as Drift
    from spark_models.core.model_version import ModelVersion as ModelVersion
    from spark_models.core.version_list import VersionList as VersionList
    from spark_models.errors import ConfigError as ConfigError
    from spark_models.errors import DataError as DataError
    from spark_models.errors import DigestError as DigestError
    from spark_models.errors import GateRefusedError as GateRefusedError
    from spark_models.errors import RegistryError as RegistryError
    from spark_models.errors import SchemaError as SchemaError
    from spark_models.errors import SessionError as SessionError
    from spark_models.errors import SparkModelsError as SparkModelsError
    from spark_models.spark.session import get_session as get_session
    from spark_models.steps.card import card as card
    from spark_models.steps.compare import compare as compare
    from spark_models.steps.drift import drift as drift
    from spark_models.steps.function import register_function as register_function
    from spark_models.steps.history import history as history
    from spark_models.steps.promote import promote as promote
    from spark_models.steps.register import register as register
    from spark_models.steps.report import write_report as write_report
    from spark_models.steps.rollback import rollback as rollback
    from spark_models.steps.score import score as score
    from spark_models.steps.stream import score_stream as score_stream
    from spark_models.steps.transformer import ModelTransformer as ModelTransformer
    from spark_models.steps.udf import spark_udf as spark_udf
    from spark_models.steps.versions import versions as versions

__version__ = "0.1.0"

_HOMES = {
    "spark_models.steps.register": ("register",),
    "spark_models.steps.score": ("score",),
    "spark_models.steps.compare": ("compare",),
    "spark_models.steps.drift": ("drift",),
    "spark_models.steps.promote": ("promote",),
    "spark_models.steps.rollback": ("rollback",),
    "spark_models.steps.card": ("card",),
    "spark_models.steps.history": ("history",),
    "spark_models.steps.versions": ("versions",),
    "spark_models.steps.report": ("write_report",),
    "spark_models.steps.stream": ("score_stream",),
    "spark_models.steps.udf": ("spark_udf",),
    "spark_models.steps.function": ("register_function",),
    "spark_models.steps.transformer": ("ModelTransformer",),
    "spark_models.spark.session": ("get_session",),
    "spark_models.core.config": (
        "RegisterConfig",
        "ScoreConfig",
        "CompareConfig",
        "PromoteConfig",
        "RollbackConfig",
        "CardConfig",
        "DriftConfig",
        "DriftVersionsConfig",
        "DriftWindowConfig",
        "DriftWindowsConfig",
        "HistoryConfig",
        "VersionsConfig",
        "ReportConfig",
        "InputConfig",
        "OutputConfig",
        "LabelsConfig",
        "PredictionsConfig",
        "Threshold",
        "RegistryConfig",
        "TablesConfig",
        "SessionConfig",
    ),
    "spark_models.core.config.load": ("load_config",),
    "spark_models.core.comparison": ("Comparison",),
    "spark_models.core.drift": ("Drift",),
    "spark_models.core.model_version": ("ModelVersion",),
    "spark_models.core.version_list": ("VersionList",),
    "spark_models.errors": (
        "SparkModelsError",
        "ConfigError",
        "RegistryError",
        "SchemaError",
        "DigestError",
        "GateRefusedError",
        "DataError",
        "SessionError",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [*_HOME_OF, "__version__"]  # noqa: PLE0604  # each is a string


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
