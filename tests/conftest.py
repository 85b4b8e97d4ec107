"""One Spark session for the whole run, and quick hypothesis profiles."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.spark.session import get_session

settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thorough" if "CI" in os.environ else "quick")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A local Delta session in a folder of its own."""
    folder = tmp_path_factory.mktemp("spark")
    session = get_session(
        SessionConfig(
            master="local[2]",
            log_file=str(folder / "spark.log"),
            settings={
                # Delta keeps each table's state: the 1 GB of a default driver is collected all the time.
                "spark.driver.memory": "3g",
                "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Xmn800m -XX:ReservedCodeCacheSize=480m",
                # The frames here are small: each further partition costs a task and saves nothing.
                "spark.sql.shuffle.partitions": "2",
                # Tables by name go to a folder that pytest throws away.
                "spark.sql.warehouse.dir": str(folder / "warehouse"),
                # Python workers of one test serve the next.
                "spark.python.worker.reuse": "true",
                # UTC would hide mistakes.
                "spark.sql.session.timeZone": "America/New_York",
                # In any other zone than UTC Delta reads each table's whole log again at each commit, to be sure.
                "spark.databricks.delta.allFilesInCrc.verificationMode.forceOnNonUTC.enabled": "false",
            },
        )
    )
    yield session
    session.stop()


@pytest.fixture
def lake(tmp_path: Path) -> str:
    """A folder for the tables of one test."""
    return str(tmp_path / "lake")
