"""Configs: frozen values that say all a job depends on, and how they are read."""

from spark_models.core.config.compare import CompareConfig, LabelsConfig, PredictionsConfig
from spark_models.core.config.drift import (
    DriftConfig,
    DriftVersionsConfig,
    DriftWindowConfig,
    DriftWindowsConfig,
)
from spark_models.core.config.load import load_config
from spark_models.core.config.own_metrics import OwnMetric
from spark_models.core.config.promote import PromoteConfig, Threshold
from spark_models.core.config.score import InputConfig, OutputConfig, ScoreConfig
from spark_models.core.config.section import JobConfig, RegistryConfig, SessionConfig, SparkJobConfig, TablesConfig
from spark_models.core.config.task_sections import ForecastConfig, RankingConfig
from spark_models.core.config.verbs import (
    CONFIGS,
    CardConfig,
    HistoryConfig,
    RegisterConfig,
    ReportConfig,
    RollbackConfig,
    VersionsConfig,
)

__all__ = [
    "CONFIGS",
    "CardConfig",
    "CompareConfig",
    "DriftConfig",
    "DriftVersionsConfig",
    "DriftWindowConfig",
    "DriftWindowsConfig",
    "ForecastConfig",
    "HistoryConfig",
    "InputConfig",
    "JobConfig",
    "LabelsConfig",
    "OutputConfig",
    "OwnMetric",
    "PredictionsConfig",
    "PromoteConfig",
    "RankingConfig",
    "RegisterConfig",
    "RegistryConfig",
    "ReportConfig",
    "RollbackConfig",
    "ScoreConfig",
    "SessionConfig",
    "SparkJobConfig",
    "TablesConfig",
    "Threshold",
    "VersionsConfig",
    "load_config",
]
