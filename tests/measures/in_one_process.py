"""A comparison of binary classifiers on arrays, in two blocks, as workers go over them."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from spark_models.measures.binary import BinaryState, binary_values
from spark_models.measures.binary_ranks import Around, BinaryRanks, nothing_flagged, range_ranks
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.binary_sums import binary_sums
from spark_models.measures.histogram import cut_points, places_in
from spark_models.measures.sample import Floats, Sample

RANGES = 3


def binary_state(
    label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None, settings: BinarySettings | None = None
) -> BinaryState:
    """The totals of all rows: sums in two blocks, ranks in three ranges of scores."""
    settings, sample = settings or BinarySettings(), sample_of(label, score, weight)
    cuts = cut_points(sample.prediction.astype(np.float64))
    bins, half = places_in(sample.prediction.astype(np.float64), cuts), len(sample) // 2
    blocks = [
        binary_sums(sample.take(rows), bins[rows], len(cuts) + 1, settings)
        for rows in (slice(0, half), slice(half, None))
    ]
    sums = blocks[0] + blocks[1]
    return BinaryState(sums, settings, cuts, _ranks(sample, bins, sums.scores.dense(), settings))


def sample_of(label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> Sample:
    """The rows as a sample, with weights of 1 if there are none."""
    label, score = np.asarray(label, np.float64), np.asarray(score, np.float64)
    return Sample(label, score, np.ones(len(label)) if weight is None else np.asarray(weight, np.float64))


def values(
    label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None, settings: BinarySettings | None = None
) -> dict[str, float]:
    """All metrics."""
    return binary_values(binary_state(label, score, weight, settings))


def contributions(
    label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None, settings: BinarySettings | None = None
) -> dict[str, Floats]:
    """What each row adds to each metric's error; the sum of their squares is the metric's variance."""
    state, sample = binary_state(label, score, weight, settings), sample_of(label, score, weight)
    bins = places_in(sample.prediction.astype(np.float64), state.cuts)
    correction = np.sqrt(state.sums.rows / (state.sums.rows - 1))
    influences = state.influences(sample, bins)
    return {name: correction * sample.weight * each / state.weight for name, each in influences.items()}


def _ranks(sample: Sample, bins: np.ndarray, counts: Floats, settings: BinarySettings) -> BinaryRanks:
    bounds = np.linspace(0, counts.shape[1], RANGES + 1).astype(int)
    total = (float(counts[0].sum()), float(counts[1].sum()))
    pieces = BinaryRanks(cost=nothing_flagged(total, settings), tops=(None,) * len(settings.top))
    for low, high in pairwise(bounds):
        rows = np.flatnonzero((bins >= low) & (bins < high))
        rows = rows[np.argsort(-sample.prediction[rows].astype(np.float64), kind="stable")]
        label, weight = sample.label[rows].astype(np.float64), sample.weight[rows]
        above = (float(counts[0, high:].sum()), float(counts[1, high:].sum()))
        codes, weights = np.zeros(len(rows), np.int32), np.stack([weight * label, weight * (1 - label)])
        score = sample.prediction[rows].astype(np.float64)
        for piece in range_ranks(score, weights, codes, {0: Around(above, total)}, settings).values():
            pieces = pieces + piece
    return pieces
