"""The predictors that a worker keeps for the batches and tasks to come, bounded by count and by bytes."""

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from spark_models.errors import SessionError

# What a worker keeps at most; on executors, spark.executorEnv.NAME sets the variable NAME.
COUNT_VARIABLE, BYTES_VARIABLE = "SPARK_MODELS_KEPT_PREDICTORS", "SPARK_MODELS_KEPT_BYTES"
# A champion and its challengers, or a dozen of small models.
KEPT_PREDICTORS = 16
# A worker's usual share of an executor's memory overhead is not much more.
KEPT_BYTES = 1 << 30

_STATM = Path("/proc/self/statm")

P = TypeVar("P")


@dataclass(frozen=True)
class _Entry(Generic[P]):
    predictor: P
    size: int


class Kept(Generic[P]):
    """Predictors by what they were loaded from; the least recently used go first.

    The size of one is what the process's resident memory grew by while it was loaded, the libraries that came with it
    included, or the size of its files if that is more: memory that another has left behind is taken up without growth.
    Where Linux does not tell the resident memory, only the files count. One that is in use stays, and so does the
    last one, whatever the limits.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry[P]] = {}
        self._in_use: Counter[Hashable] = Counter()

    def get(self, key: Hashable, load: Callable[[], P], files: Path) -> P:
        """The predictor, loaded from ``files`` if it is not kept.

        Raises:
            SessionError: if a limit is not a whole number from 1 on.
        """
        if (found := self._entries.pop(key, None)) is not None:
            # To the end of those that go.
            self._entries[key] = found
            return found.predictor
        size = size_of_files(files)
        self._shrink(count=1, size=size)
        before = resident_bytes()
        predictor = load()
        self._entries[key] = _Entry(predictor, max(resident_bytes() - before, size))
        self._shrink(besides=key)
        return predictor

    @contextmanager
    def in_use(self, keys: Iterable[Hashable]) -> Iterator[None]:
        """Let none of these go inside the block, whenever it is loaded: a pass asks for each in turn, batch by batch.

        Limits that all of them together exceed are exceeded then: to load each for every batch would take for ever.
        """
        counted = Counter(keys)
        self._in_use.update(counted)
        try:
            yield
        finally:
            self._in_use -= counted

    def clear(self) -> None:
        """Keep none."""
        self._entries.clear()

    def _shrink(self, count: int = 0, size: int = 0, besides: Hashable = None) -> None:
        """Let predictors go until there is room for so many more, of so many bytes."""
        most, most_bytes = limit(COUNT_VARIABLE, KEPT_PREDICTORS), limit(BYTES_VARIABLE, KEPT_BYTES)
        count += len(self._entries)
        size += sum(entry.size for entry in self._entries.values())
        for key in [key for key in self._entries if key != besides and key not in self._in_use]:
            if count <= most and size <= most_bytes:
                break
            count, size = count - 1, size - self._entries.pop(key).size


def limit(variable: str, default: int) -> int:
    """The limit that the environment sets.

    Raises:
        SessionError: if it is not a whole number from 1 on.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise SessionError("the workers' environment", [f"{variable}: set a whole number from 1 on, not {text!r}"])
    return int(text)


def resident_bytes() -> int:
    """The memory of this process that is in RAM; 0 where Linux does not tell it."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def size_of_files(folder: Path) -> int:
    """The bytes of all files in a folder; 0 if it is not there."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
