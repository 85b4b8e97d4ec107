"""Binary classification: what adds up over rows, see ``binary`` for what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_models.measures.additive import Additive
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.histogram import Histogram, sparse
from spark_models.measures.sample import Codes, Floats, Sample, sums_by_code, with_weight

# What scikit-learn's log_loss keeps probabilities away from 0 and 1 by.
EPSILON = float(np.finfo(np.float64).eps)

# What a threshold makes of rows, in the order of their codes.
CELLS = ("true_positives", "false_positives", "false_negatives", "true_negatives")


@dataclass(frozen=True)
class BinarySums(Additive):
    """What adds up over rows, of which ``rows`` have a weight.

    ``scores`` has the weight of positives and of negatives by bin of the score; ``cells`` are the weights of ``CELLS``;
    ``calibration`` has for each equal range of scores the weight, the
    weighted scores and the weighted labels.
    """

    all_rows: int
    rows: int
    positive_rows: int
    cells: Floats
    log_loss: float
    brier: float
    not_probabilities: int
    calibration: Floats
    scores: Histogram


def binary_sums(sample: Sample, bins: Codes, size: int, settings: BinarySettings) -> BinarySums:
    """The sums of rows whose scores are in ``bins`` of ``size``."""
    ((sums,),) = binary_sums_by(sample, bins, size, settings, [(np.zeros(len(sample), np.int8), 1)])
    return sums


def binary_sums_by(
    sample: Sample, bins: Codes, size: int, settings: BinarySettings, groupings: Sequence[tuple[Codes, int]]
) -> list[list[BinarySums]]:
    """The sums of each group's rows, by grouping: the code of each row's group, shape (n,), and how many there are."""
    all_rows = [np.bincount(codes, minlength=count) for codes, count in groupings]
    sample, (bins, *codes_of) = with_weight(sample, bins, *(codes for codes, _ in groupings))
    label, score, weight = sample.label.astype(np.float64), sample.prediction.astype(np.float64), sample.weight
    with np.errstate(all="ignore"):
        terms = _Terms(
            weight=weight,
            positive=weight * label,
            negative=weight * (1 - label),
            scored=weight * score,
            log_loss=weight * row_log_loss(label, score),
            brier=weight * (score - label) ** 2,
            outside=~((score >= 0) & (score <= 1)),
            cell=cells_of(label, score, settings.threshold),
            range=calibration_range(score, settings.calibration_bins),
            bin=bins,
        )
        sizes = size, settings.calibration_bins
        return [_sums_by(terms, sizes, codes, rows) for codes, rows in zip(codes_of, all_rows, strict=True)]


@dataclass(frozen=True)
class _Terms:
    """What each row adds, shape (n,) each, and which cell, calibration range and bin it adds it to."""

    weight: Floats
    positive: Floats
    negative: Floats
    scored: Floats
    log_loss: Floats
    brier: Floats
    outside: NDArray[np.bool_]
    cell: Codes
    range: Codes
    bin: Codes


def _sums_by(terms: _Terms, sizes: tuple[int, int], codes: Codes, all_rows: Codes) -> list[BinarySums]:
    (size, ranges), count = sizes, len(all_rows)
    groups = codes.astype(np.int64)
    counts = [np.bincount(groups[flag], minlength=count) for flag in (terms.positive != 0, terms.outside)]
    losses = [sums_by_code(groups, part, count) for part in (terms.log_loss, terms.brier)]
    rows = np.bincount(groups, minlength=count)
    cells = _by_group(groups, count, terms.cell, 4, terms.weight)[0]
    calibration = _by_group(groups, count, terms.range, ranges, terms.weight, terms.scored, terms.positive)
    scores = _by_group(groups, count, terms.bin, size, terms.positive, terms.negative)
    return [
        BinarySums(
            all_rows=int(all_rows[group]),
            rows=int(rows[group]),
            positive_rows=int(counts[0][group]),
            cells=cells[group],
            log_loss=float(losses[0][group]),
            brier=float(losses[1][group]),
            not_probabilities=int(counts[1][group]),
            calibration=calibration[:, group],
            scores=sparse(scores[:, group]),
        )
        for group in range(count)
    ]


def _by_group(groups: Codes, count: int, codes: Codes, size: int, *weights: Floats) -> Floats:
    """For each array of weights the sums by group and code: shape (weights, count, size)."""
    both = groups * size + codes
    return np.stack([sums_by_code(both, weight, count * size).reshape(count, size) for weight in weights])


def cells_of(label: Floats, score: Floats, threshold: float) -> Codes:
    """Each row's cell: its place in ``CELLS``."""
    cells: Codes = 2 * (score < threshold) + (label != 1)
    return cells


def row_log_loss(label: Floats, score: Floats) -> Floats:
    """Minus the logarithm of the probability given to the true class, clipped as scikit-learn does."""
    return log_loss(np.where(label == 1, score, 1 - score))


def log_loss(probability: Floats) -> Floats:
    """Minus the logarithm of a probability, clipped as scikit-learn does."""
    loss: Floats = -np.log(np.clip(probability, EPSILON, 1 - EPSILON))
    return loss


def calibration_range(score: Floats, count: int) -> Codes:
    """Which of ``count`` equal ranges of 0 to 1 a score is in; what lies outside is in the first or last one."""
    finite = np.clip(np.nan_to_num(score, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)
    # Up to and including the upper end, as scikit-learn's calibration_curve has it; a product may be a hair off.
    ends = np.linspace(0, 1, count + 1)
    near = np.clip(np.ceil(finite * count).astype(np.int64) - 1, 0, count - 1)
    near += (finite > ends[near + 1]) & (near < count - 1)
    near -= (finite <= ends[near]) & (near > 0)
    return near
