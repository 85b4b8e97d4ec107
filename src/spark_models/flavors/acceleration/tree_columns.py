"""What the splits of a tree tell apart in one column, and where they send it.

Sets of values are whole numbers with a bit for each value: they become smaller on the way down a tree.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spark_models.flavors.acceleration.forest import ZERO, Tree
from spark_models.flavors.acceleration.inputs import neighbours

_CATEGORICAL, _DEFAULT_LEFT, _ZERO_MISSING, _NAN_MISSING = 1, 2, 1, 2
# Beside thresholds: what LightGBM takes for zero, the first numbers that it does not, and the ends of the type.
_COMMON = (0.0, 1.0, -1.0, float(np.nextafter(ZERO, 1.0)), -float(np.nextafter(ZERO, 1.0)), np.inf, -np.inf)


@dataclass(frozen=True)
class TreeColumn:
    """Values of a column in order, all that a split of the tree tells apart among them, without NaN.

    A set's bit after the last value's is NaN's.
    """

    tree: Tree
    values: tuple[float, ...]

    @property
    def everything(self) -> int:
        """The set of all values and NaN."""
        return (2 << len(self.values)) - 1

    def sent_left(self, node: int) -> int:
        """What LightGBM sends to the left."""
        threshold, decision = float(self.tree.threshold[node]), int(self.tree.decision[node])
        if decision & _CATEGORICAL:
            return self._among(self.tree.categories[int(threshold)])
        zeros = self._between(-ZERO, ZERO)
        missing = {_ZERO_MISSING: self._nan | zeros, _NAN_MISSING: self._nan}.get(decision >> 2 & 3, 0)
        left = self._between(-np.inf, threshold) & ~zeros
        # What is near zero is zero, and so is NaN where nothing counts as missing.
        left |= (self._nan | zeros) & ~missing if threshold >= 0.0 else 0
        return left | (missing if decision & _DEFAULT_LEFT else 0)

    def told_apart(self, node: int) -> int:
        """What a split is asked for: the three values around its threshold, or all categories; and NaN."""
        threshold = float(self.tree.threshold[node])
        if int(self.tree.decision[node]) & _CATEGORICAL:
            return self._between(-np.inf, float(len(self.tree.categories[int(threshold)]))) | self._nan
        not_above = bisect_right(self.values, threshold)
        return (7 << not_above >> 2) & (self._nan - 1) | self._nan

    def listed(self, values: int) -> list[float]:
        """The values of a set."""
        return [self.values[place] if place < len(self.values) else np.nan for place in _places(values)]

    @property
    def _nan(self) -> int:
        return 1 << len(self.values)

    def _between(self, low: float, high: float) -> int:
        return (1 << bisect_right(self.values, high)) - (1 << bisect_left(self.values, low))

    def _among(self, categories: np.ndarray) -> int:
        known = ("1" if 0.0 <= value < len(categories) and categories[int(value)] else "0" for value in self.values)
        return int("".join(known)[::-1], 2)


def tree_column(tree: Tree, feature: int, kind: str) -> TreeColumn:
    """The column of a tree, with values of the type: around all thresholds, or each category and those next to them."""
    nodes = tree.feature == feature
    longest = max(
        (len(tree.categories[int(place)]) for place in tree.threshold[nodes & tree.is_categorical]), default=0
    )
    others = np.arange(-1.0, longest + 1.0) if longest else np.array(_COMMON)
    around = neighbours(kind, tree.threshold[nodes & ~tree.is_categorical])
    values = np.unique(np.concatenate([*around, neighbours(kind, others)[0]]))
    return TreeColumn(tree, tuple(values.tolist()))


def _places(values: int) -> Iterator[int]:
    bits = bin(values)[:1:-1]
    place = bits.find("1")
    while place >= 0:
        yield place
        place = bits.find("1", place + 1)
