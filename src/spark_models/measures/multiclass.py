"""Multiclass classification: what adds up, what follows from it, and what each row contributes.

Labels and predictions are codes of classes from 0 on; ``probability`` is what the version gave to the true class,
NaN if it gives none. See ``binary`` for what an influence is.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.binary_sums import log_loss
from spark_models.measures.sample import Floats, Sample, sums_by_code, with_weight


@dataclass(frozen=True)
class MulticlassSums(Additive):
    """What adds up over rows, of which ``rows`` have a weight.

    By class the weight of labels, of predictions and of both, and the number of rows that have either.
    """

    all_rows: int
    rows: int
    support: Floats
    predicted: Floats
    hits: Floats
    there: Floats
    log_loss: float
    no_probability: int


def multiclass_sums(sample: Sample, classes: int) -> MulticlassSums:
    """The sums of rows of this many classes."""
    all_rows = len(sample)
    sample, _ = with_weight(sample)
    label, predicted, weight = sample.label.astype(np.int64), sample.prediction.astype(np.int64), sample.weight
    probability = sample.more["probability"].astype(np.float64)
    right = label == predicted
    with np.errstate(all="ignore"):
        return MulticlassSums(
            all_rows=all_rows,
            rows=len(sample),
            support=sums_by_code(label, weight, classes),
            predicted=sums_by_code(predicted, weight, classes),
            hits=sums_by_code(label[right], weight[right], classes),
            there=(np.bincount(label, minlength=classes) + np.bincount(predicted, minlength=classes)).astype(
                np.float64
            ),
            log_loss=float(weight @ log_loss(probability)),
            no_probability=int(np.count_nonzero(~((probability >= 0) & (probability <= 1)))),
        )


@dataclass(frozen=True)
class MulticlassState:
    """The totals of one version on one slice."""

    sums: MulticlassSums

    @cached_property
    def weight(self) -> float:
        """The weight of all rows."""
        return float(self.sums.support.sum())

    @cached_property
    def _shares(self) -> tuple[Floats, Floats, Floats]:
        return self.sums.support / self.weight, self.sums.predicted / self.weight, self.sums.hits / self.weight

    @cached_property
    def _by_class(self) -> dict[str, Floats]:
        """Precision, recall and F1 of each class; 0.0 where there is nothing to divide by."""
        support, predicted, hits = self._shares
        pairs = {
            "precision": (hits, predicted),
            "recall": (hits, support),
            "f1": (2 * hits, support + predicted),
        }
        return {name: np.divide(part, of, np.zeros_like(of), where=of > 0) for name, (part, of) in pairs.items()}

    @cached_property
    def _chance(self) -> float:
        support, predicted, _ = self._shares
        return float(support @ predicted)

    @cached_property
    def _spreads(self) -> tuple[float, float]:
        """How far predictions and labels are from one class each: exactly 0.0 where there is but one."""
        support, predicted, _ = self._shares
        found = (float(1 - share @ share) if np.count_nonzero(share) > 1 else 0.0 for share in (predicted, support))
        of_predicted, of_support = found
        return of_predicted, of_support

    @cached_property
    def metrics(self) -> dict[str, float]:
        """All metrics; NaN where undefined."""
        if not self.weight:
            return {}
        support, _, hits = self._shares
        there, accuracy = self.sums.there > 0, float(hits.sum())
        found = {"accuracy": accuracy, "balanced_accuracy": float(self._by_class["recall"][support > 0].mean())}
        found |= {f"{name}_macro": float(values[there].mean()) for name, values in self._by_class.items()}
        found |= {f"{name}_weighted": float(support @ values) for name, values in self._by_class.items()}
        spread = self._spreads[0] * self._spreads[1]
        found["mcc"] = float((accuracy - self._chance) / np.sqrt(spread)) if spread > 0 else 0.0
        found["cohen_kappa"] = (accuracy - self._chance) / (1 - self._chance) if self._chance < 1 else np.nan
        if not self.sums.no_probability:
            found["log_loss"] = self.sums.log_loss / self.weight
            found["d2_log_loss"] = 1 - found["log_loss"] / self._entropy if self._entropy else np.nan
        return found

    @cached_property
    def _entropy(self) -> float:
        support = self._shares[0][self._shares[0] > 0]
        return float(-(support * np.log(support)).sum())

    def influences(self, sample: Sample) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric: what its true class, its predicted one and a hit add."""
        if not self.weight:
            return {}
        label, predicted = sample.label.astype(np.int64), sample.prediction.astype(np.int64)
        hit = (label == predicted).astype(np.float64)
        with np.errstate(all="ignore"):
            found = {
                name: hit * of_hit[label] + of_label[label] + of_prediction[predicted] - constant
                for name, (of_hit, of_label, of_prediction, constant) in self._parts.items()
            }
            if not self.sums.no_probability:
                loss = log_loss(sample.more["probability"].astype(np.float64)) - self.metrics["log_loss"]
                of_entropy = -np.log(self._shares[0])[label] - self._entropy
                entropy = self._entropy or np.nan
                ratio = self.metrics["log_loss"] / entropy
                found |= {"log_loss": loss, "d2_log_loss": (ratio * of_entropy - loss) / entropy}
        return found

    @cached_property
    def _parts(self) -> dict[str, tuple[Floats, Floats, Floats, float]]:
        """By metric: what a hit, a label and a prediction of each class add, and what all have in common."""
        support, predicted, _ = self._shares
        zero, values = np.zeros_like(support), self._by_class
        there = np.where(self.sums.there > 0, 1 / max(int(np.count_nonzero(self.sums.there)), 1), 0.0)
        labelled = np.where(support > 0, 1 / max(int(np.count_nonzero(support)), 1), 0.0)
        with np.errstate(all="ignore"):
            of_predicted = np.where(predicted > 0, 1 / predicted, 0.0)
            of_support = np.where(support > 0, 1 / support, 0.0)
            of_both = np.where(support + predicted > 0, 1 / (support + predicted), 0.0)
        precision, recall, f1 = values["precision"], values["recall"], values["f1"]
        weighted = {name: self.metrics[f"{name}_weighted"] for name in values}
        return {
            "accuracy": (zero + 1, zero, zero, self.metrics["accuracy"]),
            "balanced_accuracy": (labelled * of_support, -labelled * recall * of_support, zero, 0.0),
            "precision_macro": (there * of_predicted, zero, -there * precision * of_predicted, 0.0),
            "recall_macro": (there * of_support, -there * recall * of_support, zero, 0.0),
            "f1_macro": (2 * there * of_both, -there * f1 * of_both, -there * f1 * of_both, 0.0),
            "precision_weighted": (
                support * of_predicted,
                precision,
                -support * precision * of_predicted,
                weighted["precision"],
            ),
            "recall_weighted": (zero + 1, zero, zero, weighted["recall"]),
            "f1_weighted": (
                2 * support * of_both,
                f1 - support * f1 * of_both,
                -support * f1 * of_both,
                weighted["f1"],
            ),
            **self._beyond_chance(),
        }

    def _beyond_chance(self) -> dict[str, tuple[Floats, Floats, Floats, float]]:
        """Of Cohen's kappa and Matthews correlation, by the product rule."""
        support, predicted, hits = self._shares
        zero, agreed, chance = np.zeros_like(support), float(hits.sum()), self._chance
        of_chance = (agreed - 1) / (1 - chance) ** 2 if chance < 1 else np.nan
        scale = 1 / (1 - chance) if chance < 1 else np.nan
        kappa = (zero + scale, of_chance * predicted, of_chance * support, agreed * scale + 2 * chance * of_chance)
        spreads = self._spreads
        root = np.sqrt(spreads[0] * spreads[1]) if min(spreads) > 0 else np.nan
        half = (agreed - chance) / root / 2 if min(spreads) > 0 else np.nan
        of_label = -predicted / root + half * 2 * support / spreads[1]
        of_prediction = -support / root + half * 2 * predicted / spreads[0]
        constant = agreed / root + float(support @ of_label + predicted @ of_prediction)
        return {"mcc": (zero + 1 / root, of_label, of_prediction, constant), "cohen_kappa": kappa}
