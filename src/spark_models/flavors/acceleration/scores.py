"""The linear part of a model: parts times coefficients, summed up in the order in which the library does it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.parts import OneHot, Parts, UnusualBatchError

# Rounding errors of a sum, in units of the last place of its largest term, that no model will exceed.
_ROUNDINGS = 64


@dataclass(frozen=True)
class Scores:
    """``values`` of n rows; two that are ``roundings`` apart may be equal but for the order of adding."""

    values: np.ndarray
    roundings: float


@dataclass(frozen=True)
class Linear:
    """``x @ coefficients.T + intercept``.

    ``coefficients`` are of m outputs and k inputs, or of k inputs alone, as the library holds them.
    """

    coefficients: np.ndarray
    intercept: Any

    def dense(self, matrix: np.ndarray) -> Scores:
        """Scores of a matrix, by the product that the library takes.

        Raises:
            UnusualBatchError: if numbers are not finite, or so large that their squares are not.
        """
        roundings = self._roundings((matrix,))
        return Scores(matrix @ self.coefficients.T + self.intercept, roundings)

    def sparse(self, parts: Parts) -> Scores:
        """Scores of parts, added column after column as scipy's product of a CSR matrix adds them in each row.

        That is scipy's ``csr_matvec``, from zero, without the zeros, which change no sum.

        Raises:
            UnusualBatchError: as for a matrix.
        """
        roundings = self._roundings(parts)
        rows = len(parts[0].codes if isinstance(parts[0], OneHot) else parts[0])
        by_input = np.atleast_2d(self.coefficients).T
        scores = np.zeros((rows, by_input.shape[1]))
        flat, start = scores[:, 0], 0
        for part in parts:
            width = _width(part)
            weights = by_input[start : start + width]
            if scores.shape[1] == 1:
                _add(flat, part, weights[:, 0])
            else:
                _add_outputs(scores, part, weights)
            start += width
        return Scores((flat if self.coefficients.ndim == 1 else scores) + self.intercept, roundings)

    def _roundings(self, parts: Parts) -> float:
        """What two scores of these rows may differ by, though they are equal but for the order of adding."""
        weights, start = np.abs(np.atleast_2d(self.coefficients)).max(axis=0), 0
        largest = float(np.max(np.abs(self.intercept)))
        for part in parts:
            own = weights[start : start + _width(part)]
            largest += float(own.max(initial=0.0) if isinstance(part, OneHot) else _sizes(part) @ own)
            start += _width(part)
        return _ROUNDINGS * float(np.finfo(np.float64).eps) * largest


def _width(part: np.ndarray | OneHot) -> int:
    return part.width if isinstance(part, OneHot) else part.shape[1]


def _sizes(matrix: np.ndarray) -> np.ndarray:
    """For each column a number that none of it exceeds, whatever its sign: the root of the sum of its squares.

    Raises:
        UnusualBatchError: if numbers are not finite, or so large that their squares are not.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (
            np.array([column @ column for column in matrix.T])
            if matrix.flags.f_contiguous
            else np.einsum("ij,ij->j", matrix, matrix)
        )
    if not np.isfinite(squares).all():
        raise UnusualBatchError
    # Squares may have vanished that are below the smallest normal double.
    sizes: np.ndarray = np.sqrt(squares + len(matrix) * np.finfo(np.float64).tiny)
    return sizes


def _add(scores: np.ndarray, part: np.ndarray | OneHot, weights: np.ndarray) -> None:
    if isinstance(part, OneHot):
        # Code -1 takes the last one.
        scores += np.append(weights, 0.0).take(part.codes)
        return
    for column, weight in zip(part.T, weights, strict=True):
        scores += column * weight


def _add_outputs(scores: np.ndarray, part: np.ndarray | OneHot, weights: np.ndarray) -> None:
    if isinstance(part, OneHot):
        scores += np.vstack([weights, np.zeros(weights.shape[1])]).take(part.codes, axis=0)
        return
    for column, row in zip(part.T, weights, strict=True):
        scores += np.multiply.outer(column, row)
