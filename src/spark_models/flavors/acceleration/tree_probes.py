"""Rows that reach each split of a forest, at its threshold and one representable number to either side of it."""

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.forest import ZERO, Forest, Tree
from spark_models.flavors.acceleration.inputs import Inputs, frame_of

MOST_SPLITS = 15_000
CHUNK = 10_000
# Rows of values that have nothing to do with one another.
_MIXED = 2_000
_AWKWARD = (
    np.nan, np.inf, -np.inf, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1), -np.nextafter(ZERO, 1), 5e-324, -5e-324,
    1.0, -1.0, -0.5, 1e300, -1e300, 2.0**31, 2.0**32 + 1, 2.0**53, -(2.0**53), 1e6 + 0.5,
)  # fmt: skip
# Between which numbers a column lies on the way to a node: above the first, and not above the second.
_Bounds = Mapping[int, tuple[float, float]]
_Split = tuple[Tree, int, _Bounds]


def tree_probes(forest: Forest, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Probes in chunks, the same ones for the same forest.

    Each split has four rows that are sent to it: its threshold, the numbers next to it, and NaN. Of a forest of more
    than ``MOST_SPLITS`` splits as many are probed, from all trees alike.
    """
    rng = np.random.default_rng(0)
    pools = _pools(forest)
    mixed = np.column_stack([rng.choice(pool, _MIXED) for pool in pools])
    rows = (row for split in _chosen(forest) for row in _rows_at(split, pools, rng))
    chunk = list(mixed)
    while chunk:
        matrix = np.array(chunk)
        yield frame_of(inputs, {name: matrix[:, place] for place, (name, _) in enumerate(inputs)})
        chunk = list(islice(rows, CHUNK))


def _pools(forest: Forest) -> list[np.ndarray]:
    """What each column is filled from: its thresholds and their neighbours, its categories, and awkward numbers."""
    pools = []
    for feature in range(forest.features):
        own = [tree.threshold[(tree.feature == feature) & ~tree.is_categorical] for tree in forest.trees]
        thresholds = np.unique(np.concatenate(own))
        categorical = any(((tree.feature == feature) & tree.is_categorical).any() for tree in forest.trees)
        neighbours = [thresholds, np.nextafter(thresholds, -np.inf), np.nextafter(thresholds, np.inf)]
        pools.append(np.concatenate([*neighbours, np.arange(256.0 if categorical else 3.0), _AWKWARD]))
    return pools


def _chosen(forest: Forest) -> Iterator[_Split]:
    there_are = sum(len(tree.feature) for tree in forest.trees)
    # Rounded up, so that no more than the most are taken.
    every = max(-(-there_are // MOST_SPLITS), 1)
    return islice((split for tree in forest.trees for split in splits(tree)), 0, None, every)


def splits(tree: Tree) -> Iterator[_Split]:
    """Each inner node with the bounds that lead to it."""
    waiting: list[tuple[int, _Bounds]] = [(0, {})] if len(tree.feature) else []
    categorical = tree.is_categorical
    while waiting:
        node, bounds = waiting.pop()
        yield tree, node, bounds
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        low, high = bounds.get(feature, (-np.inf, np.inf))
        # A category's side is left to chance.
        left = bounds if categorical[node] else {**bounds, feature: (low, min(high, threshold))}
        right = bounds if categorical[node] else {**bounds, feature: (max(low, threshold), high)}
        children = ((int(tree.left[node]), left), (int(tree.right[node]), right))
        waiting.extend((child, way) for child, way in children if child >= 0)


def _rows_at(split: _Split, pools: list[np.ndarray], rng: np.random.Generator) -> Iterator[np.ndarray]:
    tree, node, bounds = split
    row = np.array([rng.choice(pool) for pool in pools])
    for feature, (low, high) in bounds.items():
        row[feature] = high if np.isfinite(high) else np.nextafter(low, np.inf)
    feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
    probed = (threshold, np.nextafter(threshold, -np.inf), np.nextafter(threshold, np.inf), np.nan)
    for value in rng.choice(pools[feature], 4) if tree.is_categorical[node] else probed:
        row[feature] = value
        yield row.copy()
