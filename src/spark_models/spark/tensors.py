"""The shape of tensors: columns hold arrays in arrays, or, as MLflow takes them, all values of a row in one array."""

import math
from collections.abc import Sequence

import numpy as np

from spark_models.core.plan import PlannedInput
from spark_models.errors import SchemaError


def shaped(array: np.ndarray, planned: PlannedInput) -> np.ndarray:
    """The rows in the shape that the signature has.

    Args:
        array: n rows, each of the shape already, or flat.
        planned: The input; one without a shape takes any.

    Raises:
        SchemaError: if the rows have another shape, or another number of values.
    """
    found, wanted = array.shape[1:], planned.shape
    if wanted is None or _fits(found, wanted):
        return array
    is_flat = len(found) <= 1
    if is_flat and -1 not in wanted and math.prod(found) == math.prod(wanted):
        return array.reshape(-1, *wanted)
    flat = "" if -1 in wanted else f", or of {math.prod(wanted)} values"
    problem = f"the column for {planned.name!r} holds arrays of shape {found}; the model needs them of {wanted}{flat}"
    raise SchemaError("the model's input", [problem])


def _fits(found: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether all dimensions are the wanted ones, of which -1 is any."""
    return len(found) == len(wanted) and all(size in {-1, there} for size, there in zip(wanted, found, strict=True))
