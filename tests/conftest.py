"""One Spark session for the whole run, and quick hypothesis profiles."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.spark.session import get_session

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thorough" if "CI" in os.environ else "quick")

# Planning once more in the middle of a query, and compiling it to Java, take longer than to run it on a few rows as it
# is. The programs in tests/e2e have both, and so have tests that ask for ``usual_plans``.
FOR_FEW_ROWS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


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
                # The quick compiler alone: the other one took a third of all processor time, and made little faster.
                "spark.driver.extraJavaOptions": (
                    "-XX:+UseSerialGC -Xmn800m -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
                ),
                # The frames here are small: each further partition costs a task and saves nothing.
                "spark.sql.shuffle.partitions": "2",
                **FOR_FEW_ROWS,
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
def usual_plans(spark: SparkSession) -> Iterator[None]:
    """Plans as everybody else has them: adapted while they run, and compiled."""
    for name in FOR_FEW_ROWS:
        spark.conf.unset(name)
    yield
    for name, value in FOR_FEW_ROWS.items():
        spark.conf.set(name, value)


@pytest.fixture
def lake(tmp_path: Path) -> str:
    """A folder for the tables of one test."""
    return str(tmp_path / "lake")
