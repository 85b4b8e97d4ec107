"""Binary classification: what adds up, what follows from it, and what each row contributes.

Labels are 0.0 or 1.0, predictions the score of the positive class. With S the sums over all rows of a slice, an
influence is a metric's derivative in the direction of one row (Hampel, The Influence Curve and its Role in Robust
Estimation, 1974), so that the metric's error is the weighted mean of the influences.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_models.core.metrics import percent
from spark_models.measures.binary_ranks import Best, BinaryRanks, Top
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.binary_sums import CELLS, BinarySums, calibration_range, cells_of, row_log_loss
from spark_models.measures.confusion import graded
from spark_models.measures.histogram import places_in
from spark_models.measures.medians import SLACK
from spark_models.measures.placements import Placements, placements
from spark_models.measures.sample import Codes, Floats, Sample

# As far as a value may be from that of the bins alone, for them to tell how it varies.
_COARSE = 0.02
# So many bins to either side of a score tell the share of positives there.
_NEAR = 8


@dataclass(frozen=True)
class BinaryState:
    """The totals of one version on one slice, and what influences need of them."""

    sums: BinarySums
    settings: BinarySettings
    cuts: Floats
    ranks: BinaryRanks

    @cached_property
    def weight(self) -> float:
        """The weight of all rows."""
        return float(self.sums.cells.sum())

    @cached_property
    def positives(self) -> np.float64:
        """The share of positives in the weight, NaN without weight; divides by zero as numpy does."""
        return np.float64((self.sums.cells[0] + self.sums.cells[2]) / self.weight if self.weight else np.nan)

    @cached_property
    def are_probabilities(self) -> bool:
        """Whether all scores are within 0 and 1."""
        return not self.sums.not_probabilities

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The metrics that need no exact order of the scores; NaN where undefined."""
        sums, shares = self.sums, self.sums.cells / self.weight if self.weight else np.full(4, np.nan)
        values = {name: value for name, (value, _) in graded(shares).items()} if self.weight else {}
        if self.settings.costs:
            values["cost"] = float(shares @ np.asarray(self.settings.costs))
        if self.are_probabilities and self.weight:
            log_loss = sums.log_loss / self.weight
            values["log_loss"], values["brier"] = log_loss, sums.brier / self.weight
            values["d2_log_loss"] = 1 - log_loss / self.entropy if self.entropy else np.nan
            values["expected_calibration_error"] = float(np.abs(self._gaps).sum()) / self.weight
        return {**values, **dict(zip(CELLS, map(float, sums.cells), strict=True))}

    @cached_property
    def entropy(self) -> float:
        """The log loss of the model that always says the share of positives."""
        share = self.positives
        return float(-share * np.log(share) - (1 - share) * np.log(1 - share)) if 0 < share < 1 else 0.0

    @cached_property
    def _gaps(self) -> Floats:
        """By range of scores, the weighted sum of label minus score; none where rounding alone leaves one."""
        weights, scores, labels = self.sums.calibration
        gaps = labels - scores
        return np.where(np.abs(gaps) > SLACK * weights, gaps, 0.0)

    def influences(self, sample: Sample, bins: Codes) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric that has one."""
        label, score = sample.label.astype(np.float64), sample.prediction.astype(np.float64)
        with np.errstate(all="ignore"):
            return {
                **self._of_threshold(label, score),
                **(self._of_probabilities(label, score) if self.are_probabilities else {}),
                **self._of_ranks(label, bins),
                **self._of_searched(label, score),
            }

    def _of_threshold(self, label: Floats, score: Floats) -> dict[str, Floats]:
        cells, shares = cells_of(label, score, self.settings.threshold), self.sums.cells / self.weight
        gradients = {name: gradient for name, (_, gradient) in graded(shares).items()}
        # Of so many rows as there are.
        gradients |= dict(zip(CELLS, self.weight * np.eye(4), strict=True))
        if self.settings.costs:
            gradients["cost"] = np.asarray(self.settings.costs)
        tables = {name: gradient - gradient @ shares for name, gradient in gradients.items()}
        return {name: table[cells] for name, table in tables.items()}

    def _of_probabilities(self, label: Floats, score: Floats) -> dict[str, Floats]:
        values, share = self.metrics, self.positives
        loss = row_log_loss(label, score) - values["log_loss"]
        ranges = calibration_range(score, self.settings.calibration_bins)
        of_entropy = np.log((1 - share) / share) * (label - share)
        ratio = values["log_loss"] / self.entropy if self.entropy else np.nan
        return {
            "log_loss": loss,
            "brier": (score - label) ** 2 - values["brier"],
            "d2_log_loss": (ratio * of_entropy - loss) / (self.entropy or np.nan),
            "expected_calibration_error": np.sign(self._gaps)[ranges] * (label - score)
            - values["expected_calibration_error"],
        }

    @cached_property
    def exact(self) -> dict[str, float]:
        """The areas by the exact order of the scores; NaN where undefined."""
        positives = float(self.sums.cells[0] + self.sums.cells[2])
        negatives = self.weight - positives
        with np.errstate(all="ignore"):
            return {
                "roc_auc": float(np.float64(self.ranks.pairs_won) / (positives * negatives)),
                "average_precision": float(np.float64(self.ranks.precision_steps) / positives),
            }

    @cached_property
    def placements(self) -> Placements:
        """Where a score of each bin stands among the others."""
        return placements(self.sums.scores.dense())

    def _of_ranks(self, label: Floats, bins: Codes) -> dict[str, Floats]:
        at, share = self.placements, self.positives
        positive, negative = label / share, (1 - label) / (1 - share)
        area = positive * (at.above_negatives[bins] - at.roc_auc) + negative * (at.below_positives[bins] - at.roc_auc)
        area = area * self._unbiased(label) * self._if_fine(at.roc_auc, "roc_auc")
        precision = at.precision[bins] * label - at.average_precision * label
        precision = (precision + label * at.gained[bins] - at.lost[bins]) / share
        precision = precision * self._if_fine(at.average_precision, "average_precision")
        return {"roc_auc": area, "gini": 2 * area, "average_precision": precision}

    def _if_fine(self, of_bins: float, name: str) -> float:
        """1.0; NaN where most of a slice's scores are in too few of the bins of all rows to be told apart there."""
        return 1.0 if abs(self.exact[name] - of_bins) <= _COARSE else np.nan

    def _unbiased(self, label: Floats) -> Floats:
        """What makes the variances of the two classes' placements unbiased each, as DeLong has them."""
        rows, positives = self.sums.rows, self.sums.positive_rows
        negatives = rows - positives
        overall = rows / (rows - 1) if rows > 1 else np.nan
        of_class = [count / (count - 1) if count > 1 else np.nan for count in (negatives, positives)]
        factors: Floats = np.sqrt(np.asarray(of_class) / overall)[(label == 1).astype(np.int8)]
        return factors

    def _of_searched(self, label: Floats, score: Floats) -> dict[str, Floats]:
        """Of metrics at a score that was searched for: as if it had been given, since they are flat there."""
        found: dict[str, Floats] = {}
        ks, share = self.ranks.ks, self.positives
        if np.isfinite(ks.threshold):
            flagged = (score >= ks.threshold).astype(np.float64)
            recall = ks.hits / (share * self.weight)
            of_positives = label * (flagged - recall) / share
            of_negatives = (1 - label) * (flagged - recall + ks.signed) / (1 - share)
            found["ks"] = np.sign(ks.signed) * (of_positives - of_negatives)
        if np.isfinite(self.ranks.f1.threshold):
            found["max_f1"] = self._at(label, score, self.ranks.f1, "f1")
        if np.isfinite(self.ranks.cost.value):
            found["min_cost"] = self._at(label, score, self.ranks.cost, "cost")
        for share_, top in zip(self.settings.top, self.ranks.tops, strict=False):
            if top is not None:
                found.update(self._of_top(label, score, share_, top))
        return found

    def _at(self, label: Floats, score: Floats, best: Best, name: str) -> Floats:
        """The influence on a metric of the confusion matrix at another threshold than the settings'."""
        positives = self.positives * self.weight
        cells = np.asarray([best.hits, best.alarms, positives - best.hits, self.weight - positives - best.alarms])
        shares = cells / self.weight
        gradient = np.asarray(self.settings.costs) if name == "cost" else graded(shares)[name][1]
        influence: Floats = (gradient - gradient @ shares)[cells_of(label, score, best.threshold)]
        return influence

    def _of_top(self, label: Floats, score: Floats, share: float, top: Top) -> dict[str, Floats]:
        """Of a mean over the top share: what a row adds there, against the rows at the top's end that it pushes out."""
        inside = np.where(score > top.threshold, 1.0, np.where(score == top.threshold, top.inside, 0.0))
        gain = top.hits / (self.positives * self.weight)
        of_gain = (inside * label - self._rate_at(top.threshold) * (inside - share) - gain * label) / self.positives
        return {f"gain_at_{percent(share)}": of_gain, f"lift_at_{percent(share)}": of_gain / share}

    def _rate_at(self, score: float) -> float:
        """The share of positives among scores near this one, from the bins around it."""
        place = int(places_in(np.asarray([score]), self.cuts)[0])
        near = self.sums.scores.dense()[:, max(place - _NEAR, 0) : place + _NEAR + 1].sum(axis=1)
        return float(near[0] / near.sum()) if near.sum() else np.nan


def binary_values(state: BinaryState) -> dict[str, float]:
    """All metrics of one version on one slice; NaN where undefined."""
    ranks, positives = state.ranks, float(state.sums.cells[0] + state.sums.cells[2])
    negatives = state.weight - positives
    with np.errstate(all="ignore"):
        found = {
            **state.exact,
            "gini": 2 * state.exact["roc_auc"] - 1,
            "ks": ranks.ks.value if positives and negatives else np.nan,
            "max_f1": ranks.f1.value if positives else np.nan,
            "threshold_max_f1": ranks.f1.threshold if positives else np.nan,
        }
    if state.settings.costs:
        found.update(min_cost=-ranks.cost.value, threshold_min_cost=ranks.cost.threshold)
    for share, top in zip(state.settings.top, ranks.tops, strict=False):
        gain = top.hits / positives if top is not None and positives else np.nan
        found |= {f"gain_at_{percent(share)}": gain, f"lift_at_{percent(share)}": gain / share}
    return {**found, **state.metrics}
