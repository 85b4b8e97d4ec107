"""Encoders: a look-up a column, and a table from the place of a category to what stands for it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.categories import Lookup, lookup
from spark_models.flavors.acceleration.parts import Columns, OneHot, UnusualBatchError
from spark_models.flavors.acceleration.step import Folded, Kind


def one_hot_encoder(transformer: Any, kind: Kind) -> Folded | None:
    """Codes instead of a matrix; a dropped category and, where that is allowed, an unknown one have none."""
    lookups = _lookups(transformer, kind)
    if lookups is None:
        return None
    dropped = transformer.drop_idx_
    # Beside dropped categories the library warns of unknown ones: that is left to it.
    ignores = transformer.drop is None and transformer.handle_unknown in {"ignore", "infrequent_if_exist"}
    sizes = [len(categories) for categories in transformer.categories_]
    tables = [_places(size, None if dropped is None else dropped[place]) for place, size in enumerate(sizes)]
    if transformer.sparse_output:
        return Folded(partial(_one_hot, lookups, tables, unknown_allowed=ignores), "parts")
    return Folded(partial(_one_hot_matrix, lookups, tables, unknown_allowed=ignores), "numbers")


def _one_hot(
    lookups: Sequence[Lookup], tables: Sequence[np.ndarray], columns: Columns, *, unknown_allowed: bool
) -> tuple[OneHot, ...]:
    return tuple(
        OneHot(table.take(_known(find(column), unknown_allowed=unknown_allowed)), int(table.max()) + 1)
        for find, table, column in zip(lookups, tables, columns, strict=True)
    )


def _one_hot_matrix(
    lookups: Sequence[Lookup], tables: Sequence[np.ndarray], columns: Columns, *, unknown_allowed: bool
) -> np.ndarray:
    return np.hstack([part.dense() for part in _one_hot(lookups, tables, columns, unknown_allowed=unknown_allowed)])


def _places(size: int, dropped: int | None) -> np.ndarray:
    """Each category's column, -1 for a dropped and (at the end, where -1 points to) for an unknown one."""
    places = np.arange(size + 1)
    places[size] = -1
    if dropped is not None:
        places[dropped:size] -= 1
        places[dropped] = -1
    return places


def ordinal_encoder(transformer: Any, kind: Kind) -> Folded | None:
    """Each category's place as a double, or the values that stand for missing and unknown ones."""
    lookups = _lookups(transformer, kind)
    if lookups is None:
        return None
    allowed = transformer.handle_unknown == "use_encoded_value"
    tables = []
    for place, categories in enumerate(transformer.categories_):
        table = np.arange(len(categories) + 1, dtype=np.float64)
        table[-1] = transformer.unknown_value if allowed else np.nan
        if place in transformer._missing_indices:  # noqa: SLF001  # what the library itself goes by
            table[transformer._missing_indices[place]] = transformer.encoded_missing_value  # noqa: SLF001  # as above
        tables.append(table)
    return Folded(partial(_ordinals, lookups, tables, unknown_allowed=allowed), "numbers")


def _ordinals(
    lookups: Sequence[Lookup], tables: Sequence[np.ndarray], columns: Columns, *, unknown_allowed: bool
) -> np.ndarray:
    matrix = np.empty((len(columns[0]), len(tables)))
    for place, (find, table, column) in enumerate(zip(lookups, tables, columns, strict=True)):
        matrix[:, place] = table.take(_known(find(column), unknown_allowed=unknown_allowed))
    return matrix


def _known(places: np.ndarray, *, unknown_allowed: bool) -> np.ndarray:
    if not unknown_allowed and (places < 0).any():
        raise UnusualBatchError
    return places


def _lookups(transformer: Any, kind: Kind) -> list[Lookup] | None:
    if kind not in {"columns", "texts"} or transformer.dtype != np.float64:
        return None
    lookups = [lookup(categories) for categories in transformer.categories_]
    return None if None in lookups else [found for found in lookups if found is not None]
