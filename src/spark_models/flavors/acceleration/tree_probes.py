"""Rows that ask each split of a forest for all that it tells apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.forest import ZERO, Forest, Tree
from spark_models.flavors.acceleration.inputs import Inputs, frame_of, neighbours
from spark_models.flavors.acceleration.tree_columns import TreeColumn, tree_column

CHUNK = 10_000
# Rows of values that have nothing to do with one another.
_MIXED = 2_000
_AWKWARD = (
    np.nan, np.inf, -np.inf, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1), -np.nextafter(ZERO, 1), 5e-324, -5e-324,
    1.0, -1.0, -0.5, 1e300, -1e300, 2.0**31, 2.0**32 + 1, 2.0**53, -(2.0**53), 1e6 + 0.5,
)  # fmt: skip
# For each column on the way to a node: which of its values come so far, and the nodes that sent them.
_Way = Mapping[int, tuple[int, tuple[int, ...]]]


@dataclass(frozen=True)
class _Block:
    """Rows that are sent to one leaf: for each column on the way to it as many values."""

    rows: int
    columns: Mapping[int, Sequence[float]]


def tree_probes(forest: Forest, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Probes in chunks, the same ones for the same forest.

    The first are mixed. Each of the others is sent to a leaf of one tree, with values of the columns' own types, so
    that each split is reached by all that it must tell apart: the last value before its threshold, the ones next to
    that on both sides, and NaN; or each category that it knows, one below and one beyond them, and NaN. What no row
    can bring to a split is left out.
    """
    rng = np.random.default_rng(0)
    pools = [_pool(forest, feature, kind) for feature, (_, kind) in enumerate(inputs)]
    yield _frame(inputs, np.column_stack([rng.choice(pool, _MIXED) for pool in pools]))
    for blocks in _chunks(forest, inputs):
        rows, start = sum(block.rows for block in blocks), 0
        matrix = np.column_stack([rng.choice(pool, rows) for pool in pools])
        for block in blocks:
            for feature, values in block.columns.items():
                matrix[start : start + block.rows, feature] = values
            start += block.rows
        yield _frame(inputs, matrix)


def _frame(inputs: Inputs, matrix: np.ndarray) -> pd.DataFrame:
    return frame_of(inputs, {name: matrix[:, place] for place, (name, _) in enumerate(inputs)})


def _pool(forest: Forest, feature: int, kind: str) -> np.ndarray:
    """What a column is filled from: its thresholds and their neighbours, its categories, and awkward numbers."""
    own = [(tree, tree.feature == feature) for tree in forest.trees]
    thresholds = np.unique(np.concatenate([tree.threshold[nodes & ~tree.is_categorical] for tree, nodes in own]))
    places = [(tree, place) for tree, nodes in own for place in tree.threshold[nodes & tree.is_categorical]]
    known = max((len(tree.categories[int(place)]) for tree, place in places), default=3)
    return np.concatenate([*neighbours(kind, thresholds), np.arange(float(known)), _AWKWARD])


def _chunks(forest: Forest, inputs: Inputs) -> Iterator[list[_Block]]:
    """Blocks of about as many rows as a chunk has."""
    blocks: list[_Block] = []
    rows = 0
    for tree in forest.trees:
        for block in _blocks(tree, inputs):
            blocks.append(block)
            rows += block.rows
            if rows >= CHUNK:
                yield blocks
                blocks, rows = [], 0
    if blocks:
        yield blocks


def _blocks(tree: Tree, inputs: Inputs) -> Iterator[_Block]:
    """Rows for each leaf that has something left to ask on the way to it."""
    columns = {int(feature): tree_column(tree, int(feature), inputs[feature][1]) for feature in np.unique(tree.feature)}
    left_to_ask: dict[int, int] = {}
    waiting: list[tuple[int, _Way]] = [(0, {})] if columns else []
    while waiting:
        node, way = waiting.pop()
        if node < 0:
            yield from _asked_at_leaf(columns, way, left_to_ask)
            continue
        feature = int(tree.feature[node])
        column = columns[feature]
        coming, nodes = way.get(feature, (column.everything, ()))
        left_to_ask[node] = column.told_apart(node) & coming
        left = column.sent_left(node)
        for child, goes in ((int(tree.left[node]), coming & left), (int(tree.right[node]), coming & ~left)):
            # Where nothing can come, whole numbers between two thresholds for example, there is nothing to ask.
            if goes:
                waiting.append((child, {**way, feature: (goes, (*nodes, node))}))


def _asked_at_leaf(columns: Mapping[int, TreeColumn], way: _Way, left_to_ask: dict[int, int]) -> Iterator[_Block]:
    """All columns on the way ask side by side; the others go on with a value that comes to the leaf."""
    lists = {}
    for feature, (coming, nodes) in way.items():
        asked = 0
        for node in nodes:
            asked |= coming & left_to_ask[node]
            left_to_ask[node] &= ~coming
        lists[feature] = columns[feature].listed(asked)
    rows = max(map(len, lists.values()))
    for feature, (coming, _) in way.items():
        lists[feature].extend(columns[feature].listed(coming & -coming) * (rows - len(lists[feature])))
    for start in range(0, rows, CHUNK):
        part = {feature: values[start : start + CHUNK] for feature, values in lists.items()}
        yield _Block(min(CHUNK, rows - start), part)
