"""Rows of the package's own tables for those who only look: without a Spark session where none is needed."""

import os
from pathlib import Path
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.core.table_name import TableName
from spark_models.core.table_schema import Row
from spark_models.spark.on_disk import folder_at, is_of_delta, opened
from spark_models.spark.rows import read_rows, rows_in
from spark_models.spark.session import get_session

R = TypeVar("R", bound=Row)

# Where these are set, Spark is elsewhere, or has settings by which a path may be one of another file system.
SPARK_ELSEWHERE = (
    "SPARK_REMOTE",
    "PYSPARK_GATEWAY_PORT",
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "HADOOP_CONF_DIR",
    "YARN_CONF_DIR",
)


def stored_rows(
    spark: SparkSession | None, config: SessionConfig, table: TableName, row_class: type[R], **equal: Any
) -> tuple[R, ...]:
    """The rows that :func:`spark_models.spark.rows.read_rows` gives; a session is made only if they take one.

    They take none if the one that would be made is a local one with this machine's disk, and the table is there.
    """
    session = spark or SparkSession.getActiveSession()
    folder = _folder(config, table) if session is None else None
    if folder is not None:
        if not is_of_delta(folder):
            return ()
        there = rows_in(opened(folder), table, row_class)
        if there is not None:
            return tuple(map(row_class.from_dict, there.read(equal)))
    return read_rows(session or get_session(config), table, row_class, **equal)


def _folder(config: SessionConfig, table: TableName) -> Path | None:
    """The folder on this machine's disk that a session of our own would take the table's path for."""
    if any(name in os.environ for name in SPARK_ELSEWHERE) or not config.master.startswith("local"):
        return None
    if any(name.startswith(("spark.hadoop.", "spark.remote")) for name in config.settings) or table.path is None:
        return None
    return folder_at(f"file:{table.path}" if table.path.startswith("/") else table.path)
