"""What a folded step is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

# What a step takes and gives: the batch's columns, columns of texts, a matrix of doubles, or parts that the library
# would hold as a sparse matrix.
Kind = Literal["columns", "texts", "numbers", "parts"]


@dataclass(frozen=True)
class Folded:
    """A step: ``run`` takes what the step before gives, and gives a ``kind``.

    It is made of this package's functions and of fitted numbers alone, so that it can be pickled, and be loaded where
    scikit-learn is not.
    """

    run: Callable[[Any], Any]
    kind: Kind


Translator: TypeAlias = Callable[[Any, Kind], Folded | None]
# From scores, a row or a matrix of them, to what the model's method gives.
Finish: TypeAlias = Callable[[np.ndarray], Any]


def class_name(step: Any) -> str:
    """The name of one of scikit-learn's own classes; empty for any other, subclasses included."""
    kind = type(step)
    return kind.__qualname__ if kind.__module__.startswith("sklearn.") else ""
