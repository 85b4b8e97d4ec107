"""Each row's values of metrics of several labels at once: of which are flagged, of the order of scores, of the scores.

All are scikit-learn's metrics of indicator matrices, of one row: 0.0 where there is nothing to divide by.
"""

import numpy as np
from numpy.typing import NDArray

from spark_models.measures.binary_sums import row_log_loss
from spark_models.measures.sample import Floats

Flags = NDArray[np.bool_]

# So many scores are ranked at a time: ranks take several times the room of the scores.
_AT_A_TIME = 1 << 20


def label_values(label: Flags, score: Floats, threshold: float) -> dict[str, Floats]:
    """Each row's values, of shape (n,), from labels and scores of shape (n, labels)."""
    rows = max(_AT_A_TIME // max(label.shape[1], 1), 1)
    parts = [
        _of_some_rows(label[start : start + rows], score[start : start + rows], threshold)
        for start in range(0, max(len(label), 1), rows)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_some_rows(label: Flags, score: Floats, threshold: float) -> dict[str, Floats]:
    with np.errstate(all="ignore"):
        loss = row_log_loss(label.astype(np.float64), score).mean(axis=1)
    return {**_of_flags(label, score >= threshold), **_of_ranks(label, score), "log_loss": loss}


def _of_flags(label: Flags, flagged: Flags) -> dict[str, Floats]:
    hits, positives, flags = ((part.sum(axis=1).astype(np.float64)) for part in (label & flagged, label, flagged))
    wrong = label != flagged
    return {
        "subset_accuracy": (~wrong.any(axis=1)).astype(np.float64),
        "hamming_loss": wrong.mean(axis=1),
        "precision_samples": _share(hits, flags),
        "recall_samples": _share(hits, positives),
        "f1_samples": _share(2 * hits, positives + flags),
        "jaccard_samples": _share(hits, positives + flags - hits),
    }


def _of_ranks(label: Flags, score: Floats) -> dict[str, Floats]:
    """Where the true labels stand, the last place among equal scores being that of all of them."""
    order = np.argsort(-score, axis=1, kind="stable")
    score, label = np.take_along_axis(score, order, 1), np.take_along_axis(label, order, 1)
    last = _last_of_tie(score)
    place, hits = last + 1, np.take_along_axis(label.cumsum(axis=1), last, 1)
    positives = label.sum(axis=1).astype(np.float64)
    negatives = label.shape[1] - positives
    # Each true label's precision down to its place, and the false ones down to there.
    precision, above = np.where(label, hits / place, 0.0), np.where(label, place - hits, 0)
    both = (positives > 0) & (negatives > 0)
    return {
        "label_ranking_average_precision": np.where(both, _share(precision.sum(axis=1), positives), 1.0),
        "label_ranking_loss": _share(above.sum(axis=1).astype(np.float64), positives * negatives),
        "coverage_error": np.where(label, place, 0).max(axis=1, initial=0).astype(np.float64),
    }


def _last_of_tie(score: Floats) -> NDArray[np.intp]:
    """The column where each tie of scores ends, in rows that are sorted."""
    ends = np.ones(score.shape, np.bool_)
    ends[:, :-1] = score[:, 1:] != score[:, :-1]
    columns = np.where(ends, np.arange(score.shape[1]), score.shape[1])
    return np.minimum.accumulate(columns[:, ::-1], axis=1)[:, ::-1]


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, np.zeros_like(whole), where=whole > 0)
