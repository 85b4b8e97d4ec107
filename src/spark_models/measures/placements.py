"""Where a score stands among the others: what the variances of ROC AUC and average precision are made of.

DeLong, DeLong and Clarke-Pearson, Comparing the Areas under Two or More Correlated Receiver Operating Characteristic
Curves (1988).
"""

from dataclasses import dataclass

import numpy as np

from spark_models.measures.sample import Floats


@dataclass(frozen=True)
class Placements:
    """For each bin of scores, its place among the positives and negatives, ties counted as half; two areas with it.

    ``gained`` and ``lost`` are the sums over all bins up to this one of positives over rows from there on, and of
    that times the precision there: what a row adds to the precision at, and takes from that of, all scores that it
    reaches.
    """

    above_negatives: Floats
    below_positives: Floats
    precision: Floats
    gained: Floats
    lost: Floats
    roc_auc: float
    average_precision: float


def placements(counts: Floats) -> Placements:
    """The placements from the weights of positives and negatives by bin, of shape (2, bins)."""
    positives, negatives = counts
    with np.errstate(all="ignore"):
        below = negatives.cumsum() - negatives / 2
        above = positives.sum() - positives.cumsum() + positives / 2
        above_negatives, below_positives = below / negatives.sum(), above / positives.sum()
        from_here = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        flagged = from_here.sum(axis=0)
        precision = np.where(flagged > 0, from_here[0] / flagged, 0.0)
        total = counts.sum()
        steps = np.where(flagged > 0, positives / flagged, 0.0)
        return Placements(
            above_negatives=above_negatives,
            below_positives=below_positives,
            precision=precision,
            gained=steps.cumsum(),
            lost=(steps * precision).cumsum(),
            roc_auc=float(positives @ above_negatives / positives.sum()),
            average_precision=float(positives @ precision / positives.sum()) if total else np.nan,
        )
