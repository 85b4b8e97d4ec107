"""The linear part of a model: parts times coefficients, summed up in the order in which the library does it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.parts import OneHot, Parts, UnusualBatchError

# Rounding errors of a sum, in units of the last place of its largest term, that no model will exceed.
_ROUNDINGS = 64


@dataclass(frozen=True)
class Linear:
    """``x @ coefficients.T + intercept``, and how close two such sums may come by rounding alone.

    ``coefficients`` are of m outputs and k inputs, or of k inputs alone, as the library holds them.
    """

    coefficients: np.ndarray
    intercept: Any

    def dense(self, matrix: np.ndarray) -> np.ndarray:
        """Scores of a matrix, by the product that the library takes."""
        _check_finite(matrix)
        scores: np.ndarray = matrix @ self.coefficients.T + self.intercept
        return scores

    def sparse(self, parts: Parts) -> np.ndarray:
        """Scores of parts, added column after column as scipy's product of a CSR matrix adds them in each row.

        That is scipy's ``csr_matvec``, from zero, without the zeros, which change no sum.
        """
        rows = len(parts[0].codes if isinstance(parts[0], OneHot) else parts[0])
        by_input = np.atleast_2d(self.coefficients).T
        scores = np.zeros((rows, by_input.shape[1]))
        flat, start = scores[:, 0], 0
        for part in parts:
            width = part.width if isinstance(part, OneHot) else part.shape[1]
            weights = by_input[start : start + width]
            if scores.shape[1] == 1:
                _add(flat, part, weights[:, 0])
            else:
                _add_outputs(scores, part, weights)
            start += width
        summed: np.ndarray = (flat if self.coefficients.ndim == 1 else scores) + self.intercept
        return summed

    def roundings(self, parts: Parts) -> float:
        """What two scores of these rows may differ by, though they are equal but for the order of adding."""
        weights, start = np.abs(np.atleast_2d(self.coefficients)).max(axis=0), 0
        largest = float(np.max(np.abs(self.intercept)))
        for part in parts:
            width = part.width if isinstance(part, OneHot) else part.shape[1]
            own = weights[start : start + width]
            if isinstance(part, OneHot):
                largest += float(own.max(initial=0.0))
            else:
                # Without a copy of the part.
                largest += float(np.maximum(part.max(axis=0), -part.min(axis=0)) @ own)
            start += width
        return _ROUNDINGS * float(np.finfo(np.float64).eps) * largest


def _check_finite(matrix: np.ndarray) -> None:
    # One pass without a copy: what is not finite stays so in a sum.
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(matrix.sum()):
            raise UnusualBatchError


def _add(scores: np.ndarray, part: np.ndarray | OneHot, weights: np.ndarray) -> None:
    if isinstance(part, OneHot):
        # Code -1 takes the last one.
        scores += np.append(weights, 0.0).take(part.codes)
        return
    _check_finite(part)
    for column, weight in zip(part.T, weights, strict=True):
        scores += column * weight


def _add_outputs(scores: np.ndarray, part: np.ndarray | OneHot, weights: np.ndarray) -> None:
    if isinstance(part, OneHot):
        scores += np.vstack([weights, np.zeros(weights.shape[1])]).take(part.codes, axis=0)
        return
    _check_finite(part)
    for column, row in zip(part.T, weights, strict=True):
        scores += np.multiply.outer(column, row)
