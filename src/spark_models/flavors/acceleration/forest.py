"""LightGBM's trees, read from the text that a booster is saved as."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

_CATEGORICAL, _DEFAULT_LEFT, _ZERO_MISSING = 1, 2, 4
# What LightGBM takes for zero: its kZeroThreshold, a float.
ZERO = float(np.float32(1e-35))


@dataclass(frozen=True)
class Tree:
    """A tree's inner nodes, the root first; a child below zero is a leaf.

    Where a node asks for a category, its threshold is the place in ``categories`` of what it sends to the left: for
    each category from zero whether it is among them. All further ones are not.
    """

    feature: np.ndarray
    threshold: np.ndarray
    decision: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaves: int
    is_linear: bool
    categories: tuple[np.ndarray, ...]

    @property
    def is_categorical(self) -> np.ndarray:
        """Which nodes ask for a category; a threshold there is none."""
        found: np.ndarray = (self.decision & _CATEGORICAL) > 0
        return found

    @property
    def takes_zero_for_missing(self) -> np.ndarray:
        """Which nodes send zero where missing values go."""
        found: np.ndarray = (self.decision >> 2 & 3) == 1
        return found


@dataclass(frozen=True)
class Forest:
    """A booster's trees, and what it makes of their sum."""

    header: Mapping[str, str]
    trees: tuple[Tree, ...]

    @property
    def objective(self) -> str:
        """The objective with its parameters, ``binary sigmoid:1`` for example; empty for one of the user's own."""
        return self.header.get("objective", "")

    @property
    def features(self) -> int:
        """How many columns there are."""
        return int(self.header["max_feature_idx"]) + 1

    @property
    def outputs(self) -> int:
        """How many values a row has."""
        return int(self.header["num_tree_per_iteration"])

    @property
    def is_averaged(self) -> bool:
        """Whether it is a random forest."""
        return "average_output" in self.header

    @property
    def leaves(self) -> int:
        """How many leaves all trees have."""
        return sum(tree.leaves for tree in self.trees)

    @property
    def questions(self) -> int:
        """How many values all splits must be asked for: four around a threshold, or categories and three more."""
        kinds = [(tree, tree.threshold[tree.is_categorical].astype(np.int64)) for tree in self.trees]
        categories = sum(len(tree.categories[place]) + 3 for tree, places in kinds for place in places)
        return categories + 4 * sum(len(tree.feature) - len(places) for tree, places in kinds)

    @cached_property
    def near_zero(self) -> tuple[int, ...]:
        """Columns in which a tree can tell zero from what LightGBM takes for it, once it is not made zero before."""
        found: set[int] = set()
        for tree in self.trees:
            between = (tree.threshold >= -ZERO) & (tree.threshold < ZERO) & ~tree.is_categorical
            found.update(tree.feature[between | tree.takes_zero_for_missing].tolist())
        return tuple(sorted(found))


def forest_of(text: str) -> Forest:
    """The forest that LightGBM wrote.

    Raises:
        ValueError: if the text is not of the kind that is known here.
    """
    blocks = _blocks(text)
    header = next(blocks, {})
    if header.get("version") != "v4" or "max_feature_idx" not in header:
        raise ValueError("its text is of another version of LightGBM")
    return Forest(header, tuple(_tree(block) for block in blocks if "Tree" in block))


def _blocks(text: str) -> Iterator[dict[str, str]]:
    for block in text.partition("\nend of trees")[0].split("\n\n"):
        lines = (line.partition("=") for line in block.splitlines())
        yield {name: value for name, _, value in lines if name}


def _tree(block: Mapping[str, str]) -> Tree:
    return Tree(
        feature=_whole(block, "split_feature"),
        threshold=np.array(block.get("threshold", "").split(), dtype=np.float64),
        decision=_whole(block, "decision_type"),
        left=_whole(block, "left_child"),
        right=_whole(block, "right_child"),
        leaves=int(block["num_leaves"]),
        is_linear=block.get("is_linear", "0") != "0",
        categories=_categories(block),
    )


def _categories(block: Mapping[str, str]) -> tuple[np.ndarray, ...]:
    # Words of 32 bits each, the lowest bit first.
    words = _whole(block, "cat_threshold").astype("<u4")
    found = (words[start:end].view(np.uint8) for start, end in pairwise(_whole(block, "cat_boundaries").tolist()))
    return tuple(np.unpackbits(octets, bitorder="little").astype(np.bool_) for octets in found)


def _whole(block: Mapping[str, str], name: str) -> np.ndarray:
    return np.array(block.get(name, "").split(), dtype=np.int64)
