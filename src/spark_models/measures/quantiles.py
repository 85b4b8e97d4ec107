"""Predicted quantiles: each row's values of the metrics, which are means of them, and the calibration curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spark_models.core.curve import Point
from spark_models.core.metrics import central_intervals, percent
from spark_models.measures.curves import Curves, wilson
from spark_models.measures.means import MeansState, RowMeans
from spark_models.measures.sample import Floats, Sample


def quantile_values(label: Floats, predicted: Floats, levels: Sequence[float]) -> dict[str, Floats]:
    """Each row's values, of shape (n,).

    ``pinball_loss`` is the mean of those of the levels; a label at the quantile is covered. ``quantile_crossing`` is
    1.0 where a quantile is below that of a lower level, whose interval then has a negative width. The interval score
    is by Gneiting and Raftery, Strictly Proper Scoring Rules, Prediction, and Estimation (2007): the width, and what a
    label is outside of the interval by, times two over the share that should be outside.

    Args:
        label: Shape (n,).
        predicted: Shape (n, levels).
        levels: Of the quantiles, ascending, above 0 and below 1.
    """
    with np.errstate(all="ignore"):
        short = label[:, np.newaxis] - predicted
        losses = np.maximum(np.asarray(levels) * short, (np.asarray(levels) - 1) * short)
    found = {"pinball_loss": losses.mean(axis=1)}
    if len(levels) > 1:
        found["quantile_crossing"] = (predicted[:, 1:] < predicted[:, :-1]).any(axis=1).astype(np.float64)
    for place, level in enumerate(levels):
        name, covered = percent(level), (label <= predicted[:, place]).astype(np.float64)
        found[f"pinball_loss_{name}"] = losses[:, place]
        found |= {f"coverage_{name}": covered, f"coverage_error_{name}": covered - level}
    for low, high in central_intervals(levels):
        found |= _of_interval(label, predicted[:, low], predicted[:, high], levels[high] - levels[low])
    return found


def _of_interval(label: Floats, low: Floats, high: Floats, inside: float) -> dict[str, Floats]:
    """The values of an interval that should hold this share of the labels."""
    name, covered = percent(inside), ((low <= label) & (label <= high)).astype(np.float64)
    with np.errstate(all="ignore"):
        width = high - low
        outside = np.maximum(low - label, 0) + np.maximum(label - high, 0)
        return {
            f"interval_coverage_{name}": covered,
            f"interval_coverage_error_{name}": covered - inside,
            f"interval_width_{name}": width,
            f"interval_score_{name}": width + 2 / (1 - inside) * outside,
        }


@dataclass(frozen=True)
class QuantileTask(RowMeans):
    """Quantiles of these levels, ascending: predictions of shape (n, levels) against labels of shape (n,)."""

    levels: tuple[float, ...]

    def of_rows(self, sample: Sample) -> Mapping[str, Floats]:
        """See ``quantile_values``."""
        return quantile_values(sample.label.astype(np.float64), sample.prediction.astype(np.float64), self.levels)

    def curves(self, state: MeansState, reach: float) -> Curves:
        """The share of labels at or below each quantile, over its level, with Wilson's intervals."""
        if not state.weight:
            return {}
        points = []
        for level in self.levels:
            covered = state.metrics[f"coverage_{percent(level)}"]
            low, high = wilson(covered, state.sums.rows, reach)
            points.append(Point(level, covered, None, low, high, state.weight))
        return {"quantile_calibration": tuple(points)}
