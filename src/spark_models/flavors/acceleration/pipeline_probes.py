"""Rows for a pipeline: the values that its steps know, and, column by column, what they may not like."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.inputs import Inputs, frame_of
from spark_models.flavors.acceleration.step import class_name

MOST_ROWS, MOST_CHUNKS = 2_000, 500
# What a column gets beside others that are as the model knows them; each group apart, for one may be refused.
_AWKWARD_NUMBERS: Mapping[str, Sequence[Any]] = {
    "missing": (np.nan,),
    "extreme": (1e300, -1e300, 5e-324, -0.0, 2.0**53, 2.0**40 + 0.5),
    "infinite": (np.inf, -np.inf),
}
_AWKWARD_TEXTS: Mapping[str, Sequence[Any]] = {
    "missing": (None,),
    "not a number": (np.nan,),
    "unseen": ("\N{SNOWMAN} unseen", "", " "),
}
_FITTED = ("statistics_", "mean_", "center_", "data_min_", "data_max_", "max_abs_")
# Their columns are those of the step before, one by one.
_KEEPING = frozenset({"SimpleImputer", "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler"})


def pipeline_probes(model: Any, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Probes in chunks, the same ones for the same model: rows that it knows, then with awkward values in a column."""
    pools: list[list[Any]] = [["a"] if kind == "string" else [0.0, 1.0, -1.5, 3.0] for _, kind in inputs]
    _collect(model, list(range(len(inputs))), pools)
    fitting = [
        [value for value in pool if isinstance(value, str) == (kind == "string")]
        for pool, (_, kind) in zip(pools, inputs, strict=True)
    ]
    # Where categories are known, any other value would have the whole chunk refused.
    known = [_without_defaults(pool, kind) for pool, (_, kind) in zip(fitting, inputs, strict=True)]
    rows = min(max(map(len, known), default=1) * 2, MOST_ROWS)
    tame = {name: _cycled(pool, rows, place) for place, ((name, _), pool) in enumerate(zip(inputs, known, strict=True))}
    yield frame_of(inputs, tame)
    few = {name: values[:16] for name, values in tame.items()}
    yield frame_of(inputs, {name: ([None] if kind == "string" else [np.nan]) * 16 for name, kind in inputs})
    for _, (name, values) in zip(range(MOST_CHUNKS), _awkward(inputs), strict=False):
        mixed = [values[row // 2 % len(values)] if row % 2 else value for row, value in enumerate(few[name])]
        yield frame_of(inputs, {**few, name: mixed})


def _awkward(inputs: Inputs) -> Iterator[tuple[str, Sequence[Any]]]:
    groups = {"string": _AWKWARD_TEXTS}
    for name, kind in inputs:
        for values in groups.get(kind, _AWKWARD_NUMBERS).values():
            yield name, values


def _without_defaults(pool: list[Any], kind: str) -> list[Any]:
    defaults = 1 if kind == "string" else 4
    return pool[defaults:] or pool


def _cycled(pool: list[Any], rows: int, place: int) -> list[Any]:
    """As many values, at another pace for each column, so that they meet in many combinations."""
    pace = (1, 3, 7, 11, 13, 17)[place % 6]
    return [pool[(row * pace + row // len(pool) + place) % len(pool)] for row in range(rows)]


def _collect(step: Any, columns: Sequence[int], pools: list[list[Any]]) -> None:
    """Add to each column's pool what the fitted step holds of it."""
    name = class_name(step)
    if name == "Pipeline":
        for _, part in step.steps:
            _collect(part, columns, pools)
            if class_name(part) not in _KEEPING:
                break
    elif name == "ColumnTransformer":
        for branch, part, _ in step.transformers_:
            places = step._transformer_to_input_indices[branch]  # noqa: SLF001  # names and selectors, resolved
            _collect(part, [columns[place] for place in places], pools)
    else:
        for place, values in zip(columns, _held(step), strict=False):
            pools[place].extend(values)


def _held(step: Any) -> Sequence[list[Any]]:
    """For each column of the step its categories, or the numbers it was fitted to, with those next to them."""
    if hasattr(step, "categories_"):
        return [[value for value in values if value is not None and value == value] for values in step.categories_]  # noqa: PLR0124  # NaN is not
    held = [np.asarray(getattr(step, name)) for name in _FITTED if getattr(step, name, None) is not None]
    if not held:
        return []
    return [[near for value in values for near in _near(value)] for values in zip(*held, strict=True)]


def _near(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    number = float(value)
    return [number, float(np.nextafter(number, np.inf)), number - 1.0, number * 2.0 + 1.0]
