"""How far Spark's running jobs are, for a progress bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from spark_models.spark.session import present_session

# Often enough for the eye, rarely enough to cost nothing.
SECONDS = 0.2

Report = Callable[[int, int], None]


@contextmanager
def reported_progress(report: Report) -> Iterator[None]:
    """Call ``report(tasks done, tasks in all)`` of the running stages now and then, inside the block.

    The session may be started inside the block, too.
    """
    over = Event()
    watcher = Thread(target=_watch, args=(report, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(report: Report, over: Event) -> None:
    while not over.wait(SECONDS):
        session = present_session()
        if session is None:
            continue  # not started yet
        if is_remote():
            _watch_connect(session, report, over)
        else:
            _watch_classic(session, report, over)


def _watch_classic(session: SparkSession, report: Report, over: Event) -> None:
    tracker = session.sparkContext.statusTracker()
    while not over.wait(SECONDS):
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        known = [stage for stage in stages if stage is not None]
        report(sum(stage.numCompletedTasks for stage in known), sum(stage.numTasks for stage in known))


def _watch_connect(session: Any, report: Report, over: Event) -> None:
    def handler(stages: list[Any], **_: Any) -> None:
        report(sum(stage.num_completed_tasks for stage in stages), sum(stage.num_tasks for stage in stages))

    session.registerProgressHandler(handler)
    over.wait()
    session.removeProgressHandler(handler)
