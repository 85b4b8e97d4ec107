"""How many threads a model takes: as many as its task has, so that a worker keeps to its cores."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def use_threads(model: Any, threads: int) -> None:
    """Set ``n_jobs`` of a scikit-learn estimator, and of the estimators that it is made of, to this number.

    It says only how many threads do the work, and Spark has counted on one a task. With several, a forest sums up
    its trees in the order in which they are ready, and so may differ in the last bit from one call to the next.
    """
    for part in _parts(model, set()):
        if "n_jobs" in vars(part):
            part.n_jobs = threads


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """An estimator and those that it holds, in lists, tuples and mappings too, each once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if hasattr(value, "get_params") and hasattr(value, "__dict__"):
        yield value
        held: Iterable[Any] = vars(value).values()
    elif isinstance(value, Mapping):
        held = value.values()
    elif isinstance(value, (list, tuple)):
        held = value
    else:
        return
    for part in list(held):
        yield from _parts(part, seen)
