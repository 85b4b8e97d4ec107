"""A worker that has loaded nothing yet, in the process of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark import SparkFiles

from spark_models.spark.worker import KEPT


@pytest.fixture
def a_fresh_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No predictor from another test, and no Spark to ask for the archive."""
    monkeypatch.setattr(SparkFiles, "get", lambda name: str(tmp_path / name))
    KEPT.clear()
    yield
    KEPT.clear()
