"""How many threads a model takes: as many as its task has, so that a worker keeps to its cores."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

# Libraries whose models are told at each call, and what they call it there.
TOLD_AT_EACH_CALL = {"catboost": "thread_count", "lightgbm": "num_threads"}


def use_threads(model: Any, threads: int) -> None:
    """Let a model of scikit-learn, CatBoost, LightGBM or XGBoost, and the models that it is made of, take so many.

    Models of other libraries are left alone.

    It says only how many threads do the work, and Spark has counted on one a task. With several, a forest sums up
    its trees in the order in which they are ready, and so may differ in the last bit from one call to the next.
    """
    for part in _parts(model, set()):
        if "n_jobs" in vars(part):
            part.n_jobs = threads
        if _is_booster(part):
            part.set_param({"nthread": threads})
        if name := TOLD_AT_EACH_CALL.get(_library(part)):
            for method in {"predict", "predict_proba"} & set(dir(part)):
                setattr(part, method, partial(getattr(part, method), **{name: threads}))


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _is_booster(value: Any) -> bool:
    return _library(value) == "xgboost" and type(value).__name__ == "Booster"


def _is_model(value: Any) -> bool:
    known = hasattr(value, "get_params") or _library(value) in TOLD_AT_EACH_CALL or _is_booster(value)
    return known and hasattr(value, "__dict__")


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """A model and those that it holds, in lists, tuples and mappings too, each once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if _is_model(value):
        held: Iterable[Any] = list(vars(value).values())
        yield value
    elif isinstance(value, Mapping):
        held = value.values()
    elif isinstance(value, (list, tuple)):
        held = value
    else:
        return
    for part in list(held):
        yield from _parts(part, seen)
