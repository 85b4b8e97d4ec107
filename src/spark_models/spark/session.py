"""The Spark session: the one that is there, or a local one with Delta."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from delta import configure_spark_with_delta_pip
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from spark_models.core.config import SessionConfig
from spark_models.errors import SessionError
from spark_models.spark.session_remote import require_answer
from spark_models.spark.session_start import failed_start_told

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"

Settings = dict[str, bool | float | int | str | None]

DELTA_SETTINGS: Settings = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}

# PySpark prints its errors there before it raises them, with the values from rows that they quote.
REPEATING_LOGGERS = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")

# What Delta's packages ask for and Spark has, in versions that would not be used: most of the 89 MB to download, and
# two seconds of each start, in which every jar is copied.
JARS_OF_SPARK = (
    "com.fasterxml.jackson.core:*",
    "com.github.luben:*",
    "com.google.code.findbugs:*",
    "commons-logging:*",
    "commons-pool:*",
    "io.airlift:*",
    "org.apache.hadoop:*",
    "org.apache.logging.log4j:*",
    "org.apache.parquet:*",
    "org.roaringbitmap:*",
    "org.slf4j:*",
    "org.xerial.snappy:*",
)

# For a session of our own, which is a local one unless config says otherwise.
LOCAL_SETTINGS: Settings = {
    # Delta splits each table's log into this many tasks; its 50 are for large clusters.
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.shuffle.partitions": "8",
    # A batch job needs no web server, and two at once would fight for its port.
    "spark.ui.enabled": "false",
    # Spark's bar would go to the log file; ours is drawn from the same numbers.
    "spark.ui.showConsoleProgress": "false",
    # Timestamps mean the same on every machine.
    "spark.sql.session.timeZone": "UTC",
}

# How files are written, in sessions that we make; what is set already stays.
WRITE_SETTINGS = {
    # Rows of several batches go into a file for each; with no writers to spare Spark sorts all of them first, and
    # even those of a single batch.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    # As other programs write them; Spark's own twelve bytes are slow to write, and other readers have to guess.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}

# How the JVM says that classes were compiled against others than those that are there.
_LINKAGE_FAILURES = (
    "AbstractMethodError",
    "ClassNotFoundException",
    "IncompatibleClassChangeError",
    "NoClassDefFoundError",
    "NoSuchFieldError",
    "NoSuchMethodError",
)


def get_session(config: SessionConfig | None = None) -> SparkSession:
    """The session that is there, or a new one as ``config`` says; it can read and write Delta.

    Under spark-submit the session takes the master, packages and settings of the command line.

    Raises:
        SessionError: if the session cannot use Delta, or does not start.
    """
    session = present_session() or _with_settings(_new_session(config or SessionConfig()))
    for name in REPEATING_LOGGERS:
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)
    require_delta(session)
    return session


def usable_session(given: SparkSession | None, config: SessionConfig) -> SparkSession:
    """The session that a caller gave, or that of :func:`get_session`; it can read and write Delta.

    Raises:
        SessionError: if the session cannot use Delta, or does not start.
    """
    if given is None:
        return get_session(config)
    require_delta(given)
    return given


def present_session() -> SparkSession | None:
    """The session of this thread, or else the one that another thread has made; None if there is none.

    Only the thread that makes a session has it as its active one, and ``getOrCreate`` rewrites the settings of what it
    finds.
    """
    try:
        session = SparkSession.active()
    except PySparkException:
        return None
    # One whose context was stopped by itself is still the default; no public name tells.
    stopped = not is_remote() and session.sparkContext._jsc is None  # noqa: SLF001
    return None if stopped else session


def session_zone(session: SparkSession) -> str:
    """The time zone in which the session shows moments."""
    return session.conf.get("spark.sql.session.timeZone") or "UTC"


def _new_session(config: SessionConfig) -> SparkSession:
    # Otherwise workers would take whatever python3 comes first on the PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if "SPARK_REMOTE" in os.environ:
        with failed_start_told("SPARK_REMOTE"):
            require_answer(os.environ["SPARK_REMOTE"])
            return SparkSession.builder.getOrCreate()
    builder = SparkSession.builder.appName("spark-models")
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started the JVM
        with failed_start_told("what spark-submit was given"):
            return builder.config(map=DELTA_SETTINGS).getOrCreate()
    packages = _packages(config)
    settings: Settings = {**LOCAL_SETTINGS, **DELTA_SETTINGS, **_excludes(packages), **config.settings}
    builder = configure_spark_with_delta_pip(builder.master(config.master).config(map=settings), packages)
    given = f"session.master ({config.master}) and session.settings"
    with _stderr_into(Path(config.log_file)), failed_start_told(given, config.log_file):
        return builder.getOrCreate()


def _packages(config: SessionConfig) -> list[str]:
    """What is asked for besides Delta's, which would otherwise take the place of all others."""
    asked = config.settings.get("spark.jars.packages", "").split(",")
    return [package.strip() for package in asked if package.strip()]


def _excludes(packages: Iterable[str]) -> Settings:
    """Spark's own jars, but for those of which others are asked for: what is excluded is left out even then."""
    asked = {package.split(":")[0] for package in packages}
    return {"spark.jars.excludes": ",".join(jar for jar in JARS_OF_SPARK if jar.split(":")[0] not in asked)}


def _with_settings(session: SparkSession) -> SparkSession:
    present = session.conf.getAll
    for name, value in WRITE_SETTINGS.items():
        if name not in present:
            session.conf.set(name, value)
    return session


@contextmanager
def _stderr_into(file: Path) -> Iterator[None]:
    """Point the process's stderr at ``file`` while the JVM starts; the JVM and its workers keep it.

    It is where Spark's launcher, its package resolution, its log and its Python workers write,
    before and after any log setting takes hold.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with file.open("ab") as log:
            os.dup2(log.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@lru_cache(maxsize=8)
def require_delta(session: SparkSession) -> None:
    """Refuse a session that cannot use Delta, and say which settings would bring it; each is asked once.

    Raises:
        SessionError: if Delta's jars are missing, are for another Spark, or are not configured.
    """
    try:
        # No such folder: a session with Delta says so in one way or another, one without it fails before.
        _ = session.read.format("delta").load("/spark_models/no/such/table").schema
    except (PySparkException, Py4JJavaError) as error:
        problem = _delta_problem(str(error), session.version)
        if problem:
            raise SessionError("this Spark session cannot use Delta", [problem]) from error


def _delta_problem(message: str, spark_version: str) -> str | None:
    settings = " ".join(f"--conf {key}={value}" for key, value in DELTA_SETTINGS.items())
    if "DATA_SOURCE_NOT_FOUND" in message:
        return f"Delta's jars are missing: start Spark with --packages {DELTA_PACKAGE} {settings}"
    if "DELTA_CONFIGURE_SPARK_SESSION" in message:
        return f"Delta's jars are there, but not configured: start Spark with {settings}"
    if any(failure in message for failure in _LINKAGE_FAILURES):
        return (
            f"Delta's jars are not for Spark {spark_version}: start Spark with --packages {DELTA_PACKAGE} {settings}, "
            "and no other Delta jars"
        )
    return None
