"""A session of our own that is started when something needs Spark: rows of a table on this machine's disk do not."""

import os
import re
from pathlib import Path
from typing import Any, cast

import pyspark
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.spark.session import get_session, present_session

# Variables under which only a session itself can tell where a path leads.
_TOLD_ELSEWHERE = (
    "HADOOP_CONF_DIR",
    "PYSPARK_GATEWAY_PORT",
    "PYSPARK_SUBMIT_ARGS",
    "SPARK_CONF_DIR",
    "SPARK_REMOTE",
    "YARN_CONF_DIR",
)
_JVM_OPTIONS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "SPARK_SUBMIT_OPTS", "_JAVA_OPTIONS")
# Settings by which a path may be another file system's, or a new table get properties of its own.
_DECISIVE = re.compile(r"spark\.(hadoop|databricks\.delta\.properties)\.")


class _SessionOnDemand:
    """Is as the session that ``config`` makes, which is started when it is first asked for anything."""

    def __init__(self, config: SessionConfig) -> None:
        self._config = config
        self._session: SparkSession | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether nothing has needed Spark so far."""
        return self._session is None

    def __getattr__(self, name: str) -> Any:
        if self._session is None:
            self._session = get_session(self._config)
        return getattr(self._session, name)


def session_on_demand(config: SessionConfig) -> SparkSession:
    """The session that is there, or one that is started when it is first used.

    It is started at once where it alone can tell whether a path is this machine's.

    Raises:
        SessionError: if it is started at once, and cannot use Delta, or does not start.
    """
    if present_session() is not None or not _has_paths_of_this_machine(config):
        return get_session(config)
    return cast("SparkSession", _SessionOnDemand(config))


def is_waiting(spark: SparkSession) -> bool:
    """Whether the session is one on demand that nothing has needed so far: to it, paths are this machine's."""
    return isinstance(spark, _SessionOnDemand) and spark.is_waiting


def _has_paths_of_this_machine(config: SessionConfig) -> bool:
    home = Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent)
    if (home / "conf").exists() or any(name in os.environ for name in _TOLD_ELSEWHERE):
        return False
    told = [*config.settings, *(os.environ.get(name, "") for name in _JVM_OPTIONS)]
    return config.master.startswith("local") and not any(map(_DECISIVE.search, told))
