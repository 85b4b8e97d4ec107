"""Rows for a pipeline: the values that its steps know, and, column by column, what they may not like."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.inputs import Inputs, frame_of, neighbours, typed
from spark_models.flavors.acceleration.step import class_name

CHUNK = 10_000
# So many columns get awkward values one after the other; of more than that, several get them at once.
MOST_ALONE = 150
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


# What the rows of a chunk get in the place of known values, one each.
_Odd = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class _Held:
    """What a model's steps hold of a column: its categories, and other values that they were fitted to."""

    categories: list[Any] = field(default_factory=list)
    fitted: list[Any] = field(default_factory=list)

    def known(self, kind: str) -> list[Any]:
        """Values of the type. Where there are categories, any other value would have the whole chunk refused."""
        own = [value for value in (*self.categories, *self.fitted) if isinstance(value, str) == (kind == "string")]
        return own or (["a"] if kind == "string" else [0.0, 1.0, -1.5, 3.0])

    def unseen(self, kind: str) -> Iterator[list[Any]]:
        """What is next to a category without being one: each way to be so apart, for others may be refused."""
        own = set(self.categories)
        texts = [value for value in self.categories if isinstance(value, str)]
        if kind == "string":
            ways = [[f"{text} " for text in texts], [text[:-1] for text in texts], [text.swapcase() for text in texts]]
        else:
            _, below, above = neighbours(kind, [value for value in self.categories if not isinstance(value, str)])
            ways = [below.tolist(), above.tolist()]
        yield from ([value for value in dict.fromkeys(way) if value not in own] for way in ways)


def pipeline_probes(model: Any, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Probes in chunks, the same ones for the same model.

    First come rows that it knows: each category, and each number that a step was fitted to, is in one of them. Then
    come rows with what is next to a category without being one, and with missing, extreme and infinite values.
    """
    held = [_Held() for _ in inputs]
    _collect(model, list(range(len(inputs))), held)
    known = [own.known(kind) for own, (_, kind) in zip(held, inputs, strict=True)]
    rng, rows = np.random.default_rng(0), 2 * max(map(len, known))
    tame = frame_of(inputs, {name: _shuffled(own, rows, rng) for own, (name, _) in zip(known, inputs, strict=True)})
    yield from (tame[start : start + CHUNK] for start in range(0, rows, CHUNK))
    yield frame_of(inputs, {name: ([None] if kind == "string" else [np.nan]) * 16 for name, kind in inputs})
    for odd in (*_awkward(inputs), *_unseen(inputs, held)):
        yield _with_odd(tame, odd, dict(inputs))


def _shuffled(values: list[Any], rows: int, rng: np.random.Generator) -> list[Any]:
    """As many values: first each of them, so that they meet those of other columns in many combinations."""
    places = np.concatenate([rng.permutation(len(values)), rng.integers(0, len(values), rows - len(values))])
    return [values[place] for place in places]


def _awkward(inputs: Inputs) -> Iterator[_Odd]:
    together = -(-len(inputs) // MOST_ALONE)
    for start in range(0, len(inputs), together):
        columns = inputs[start : start + together]
        for group in dict.fromkeys((*_AWKWARD_NUMBERS, *_AWKWARD_TEXTS)):
            groups = ((name, _AWKWARD_TEXTS if kind == "string" else _AWKWARD_NUMBERS) for name, kind in columns)
            if odd := [(name, value) for name, values in groups for value in values.get(group, ())]:
                yield odd


def _unseen(inputs: Inputs, held: Sequence[_Held]) -> Iterator[_Odd]:
    for (name, kind), own in zip(inputs, held, strict=True):
        for values in own.unseen(kind):
            for start in range(0, len(values), CHUNK):
                yield [(name, value) for value in values[start : start + CHUNK]]


def _with_odd(tame: pd.DataFrame, odd: _Odd, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Rows that are known, every second one with an odd value in the place of one."""
    times = -(-8 // len(odd))
    frame = tame.iloc[np.resize(np.arange(len(tame)), 2 * len(odd) * times)].reset_index(drop=True)
    columns = {name: frame[name].tolist() for name, _ in odd}
    for place, (name, value) in enumerate([*odd] * times):
        columns[name][2 * place + 1] = value
    return frame.assign(**{name: typed(kinds[name], values) for name, values in columns.items()})


def _collect(step: Any, columns: Sequence[int], held: Sequence[_Held]) -> None:
    """Add what the fitted step holds of each column."""
    name = class_name(step)
    if name == "Pipeline":
        for _, part in step.steps:
            _collect(part, columns, held)
            if class_name(part) not in _KEEPING:
                break
    elif name == "ColumnTransformer":
        for branch, part, _ in step.transformers_:
            places = step._transformer_to_input_indices[branch]  # noqa: SLF001  # names and selectors, resolved
            _collect(part, [columns[place] for place in places], held)
    elif hasattr(step, "categories_"):
        for place, values in zip(columns, step.categories_, strict=False):
            held[place].categories.extend(value for value in values if value is not None and value == value)  # noqa: PLR0124  # NaN is not
    else:
        fitted = [np.asarray(getattr(step, name)) for name in _FITTED if getattr(step, name, None) is not None]
        for place, *values in zip(columns, *fitted, strict=False):
            held[place].fitted.extend(near for value in values for near in _near(value))


def _near(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    number = float(value)
    return [number, float(np.nextafter(number, np.inf)), number - 1.0, number * 2.0 + 1.0]
