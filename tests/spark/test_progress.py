import pytest
from pyspark.sql import SparkSession

from spark_models.spark import progress
from spark_models.spark.progress import reported_progress

TASKS = 7
# A job here is over in a moment, and may be so between two looks.
MOST_JOBS = 100


def test_a_job_of_spark_is_reported_by_the_tasks_that_are_done(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.001)
    told: list[tuple[int, int]] = []
    with reported_progress(lambda done, total: told.append((done, total))):
        for _ in range(MOST_JOBS):
            spark.range(0, TASKS, 1, TASKS).write.format("noop").mode("overwrite").save()
            if any(done and total == TASKS for done, total in told):
                break
    assert any(0 < done <= total == TASKS for done, total in told)
    assert all(done <= total for done, total in told)
    reported = len(told)
    spark.range(0, TASKS, 1, TASKS).write.format("noop").mode("overwrite").save()
    assert len(told) == reported
