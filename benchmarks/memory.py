"""The most memory that the driver and Spark's Python workers held, sampled while something runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

SECONDS = 0.1
PAGE = 4096


@dataclass(frozen=True)
class Peak:
    """Bytes: of this process, of the largest worker, and of the JVM."""

    driver: int = 0
    workers: int = 0
    jvm: int = 0

    def most(self, other: "Peak") -> "Peak":
        """The larger of both, one by one."""
        return Peak(*(max(pair) for pair in zip(astuple(self), astuple(other), strict=True)))


class Watch:
    """Samples until it is stopped."""

    def __init__(self) -> None:
        self.result = Peak()

    def sample(self) -> None:
        """Look once."""
        self.result = self.result.most(Peak(_resident(Path("/proc/self")), *_children()))


def _children() -> tuple[int, int]:
    workers, jvm = [0], [0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if b"pyspark.daemon" in command:
            workers.append(_resident(process))
        elif b"org.apache.spark.deploy.SparkSubmit" in command:
            jvm.append(_resident(process))
    return max(workers), max(jvm)


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text(encoding="ascii").split()[1]) * PAGE
    except OSError:
        return 0


@contextmanager
def peak_memory() -> Iterator[Watch]:
    """Watch while the block runs; the result is there after it."""
    watch, over = Watch(), threading.Event()

    def run() -> None:
        while not over.wait(SECONDS):
            watch.sample()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
