"""Several labels at once: what adds up, what follows from it, and what each row contributes.

Labels are 0 or 1, predictions scores, both of shape (n, labels). See ``binary`` for what an influence is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.confusion import Graded
from spark_models.measures.curves import Curves
from spark_models.measures.label_ranks import Flags, label_values
from spark_models.measures.label_tables import label_metrics
from spark_models.measures.means import MeansState, MeanSums, mean_sums
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import Bins, Cuts


@dataclass(frozen=True)
class MultilabelSums(Additive):
    """What adds up over rows: of means, and by label the weights of hits, flagged and labelled rows."""

    means: MeanSums
    cells: Floats
    not_probabilities: int

    @property
    def all_rows(self) -> int:
        """All rows."""
        return self.means.all_rows

    @property
    def rows(self) -> int:
        """The rows that have a weight."""
        return self.means.rows


def multilabel_sums(sample: Sample, threshold: float) -> MultilabelSums:
    """The sums of rows, in which scores of at least ``threshold`` flag a label."""
    label, score = _arrays(sample)
    cells = [sample.weight @ part.astype(np.float64) for part in _cells(label, score >= threshold)]
    return MultilabelSums(
        mean_sums(label_values(label, score, threshold), sample.weight),
        np.stack(cells),
        int(np.count_nonzero(~((score >= 0) & (score <= 1))[sample.weight > 0])),
    )


def _arrays(sample: Sample) -> tuple[Flags, Floats]:
    return sample.label.astype(np.bool_), sample.prediction.astype(np.float64, copy=False)


def _cells(label: Flags, flagged: Flags) -> tuple[Flags, Flags, Flags]:
    return label & flagged, flagged, label


@dataclass(frozen=True)
class MultilabelState:
    """The totals of one version on one slice."""

    sums: MultilabelSums
    threshold: float

    @property
    def weight(self) -> float:
        """The weight of all rows."""
        return self.sums.means.weight

    @cached_property
    def _shares(self) -> Floats:
        return self.sums.cells / self.weight

    @cached_property
    def _tables(self) -> dict[str, Graded]:
        return label_metrics(self._shares)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """All metrics; no log loss of scores outside of 0 to 1."""
        if not self.weight:
            return {}
        of_labels = {name: value for name, (value, _) in self._tables.items()}
        found = {**MeansState(self.sums.means).metrics, **of_labels}
        return {name: value for name, value in found.items() if name not in self._left_out}

    def influences(self, sample: Sample) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric."""
        if not self.weight:
            return {}
        label, score = _arrays(sample)
        means = MeansState(self.sums.means).influences(label_values(label, score, self.threshold))
        gradients = np.stack([gradient for _, gradient in self._tables.values()])
        # Ratios do not change with all shares alike: the gradient's mean over the rows is 0.
        moved = np.zeros((len(gradients), len(sample)))
        for place, part in enumerate(_cells(label, score >= self.threshold)):
            moved += gradients[:, place] @ part.T.astype(np.float64)
        found = {**means, **dict(zip(self._tables, moved, strict=True))}
        return {name: each for name, each in found.items() if name not in self._left_out}

    @property
    def _left_out(self) -> tuple[str, ...]:
        return ("log_loss",) if self.sums.not_probabilities else ()


@dataclass(frozen=True)
class MultilabelTask:
    """Scores of several labels against labels of 0 and 1, both of shape (n, labels)."""

    threshold: float

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """Nothing is ordered over rows."""
        return ()

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> MultilabelSums:
        """See ``MultilabelSums``."""
        return multilabel_sums(sample, self.threshold)

    def exact(self, sample: Sample, bins: Bins, sums: MultilabelSums) -> None:
        """Nothing."""

    def state(self, sums: MultilabelSums, cuts: Cuts, exact: None) -> MultilabelState:
        """The sums alone."""
        return MultilabelState(sums, self.threshold)

    def values(self, state: MultilabelState) -> Mapping[str, float]:
        """See ``MultilabelState``."""
        return state.metrics

    def influences(self, state: MultilabelState, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``MultilabelState``."""
        return state.influences(sample)

    def curves(self, state: MultilabelState, reach: float) -> Curves:
        """None."""
        return {}
