"""The rows of one version, as arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Sample:
    """Labelled rows that a version predicted; all arrays have a first axis of the same length n.

    ``weight`` is at least 0, and 1 where there is no weight column. ``more`` are further columns that a task needs,
    such as multiclass's ``probability`` of the true class.
    """

    label: NDArray[Any]
    prediction: NDArray[Any]
    weight: Floats
    more: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: slice | Codes) -> "Sample":
        """Some of the rows, in the order given."""
        more = {name: column[rows] for name, column in self.more.items()}
        return Sample(self.label[rows], self.prediction[rows], self.weight[rows], more)


def with_weight(sample: Sample, *of_rows: Codes) -> tuple[Sample, tuple[Codes, ...]]:
    """The rows that have a weight, and the same rows of arrays of shape (n,): without one, a row is as if absent."""
    if sample.weight.all():
        return sample, of_rows
    rows = np.flatnonzero(sample.weight)
    return sample.take(rows), tuple(each[rows] for each in of_rows)


def sums_by_code(codes: Codes, values: Floats, size: int) -> Floats:
    """For each of ``size`` codes the sum of its values: shape (size,)."""
    return np.bincount(codes, values, size).astype(np.float64)


def smallest(codes: Codes, count: int) -> Codes:
    """The codes, 0 to ``count`` - 1, in the smallest type that holds them: they travel, and are sorted by digits."""
    return codes.astype(np.min_scalar_type(-max(count, 1)))


def segments(codes: Codes) -> Iterator[tuple[int, Codes]]:
    """The codes that occur, ascending, each with its rows in their order; codes below 0 are left out.

    >>> [(code, list(rows)) for code, rows in segments(np.array([1, 0, -1, 1]))]
    [(0, [1]), (1, [0, 3])]
    """
    order = np.argsort(codes, kind="stable")
    changes = np.flatnonzero(np.diff(codes[order]))
    for rows in np.split(order, changes + 1):
        if len(rows) and codes[rows[0]] >= 0:
            yield int(codes[rows[0]]), rows
