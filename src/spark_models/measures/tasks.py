"""The tasks: which of a sample's values are ordered, what adds up, and what follows, alike for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.binary import BinaryState, binary_values
from spark_models.measures.binary_ranks import BinaryRanks
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.binary_sums import binary_sums, binary_sums_by
from spark_models.measures.curves import Curves, binary_curves, regression_curves
from spark_models.measures.medians import Middle, Side, middle, sides
from spark_models.measures.multiclass import MulticlassState, multiclass_sums
from spark_models.measures.regression import RegressionState, RegressionSums, regression_sums
from spark_models.measures.sample import Codes, Floats, Sample, with_weight

Bins = tuple[Codes, ...]
Cuts = tuple[Floats, ...]


# For each, the code of each row's group, and how many groups there are.
Groupings = Sequence[tuple[Codes, int]]


class Task(Protocol):
    """What a comparison does with the rows of one version on one slice; ``Any`` are the task's own sums and totals."""

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """What histograms are made of, each of shape (n,)."""

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> Any:
        """What adds up, of rows whose series are in these bins."""

    def exact(self, sample: Sample, bins: Bins, sums: Any) -> Any:
        """What adds up once all sums are known; None if nothing does."""

    def state(self, sums: Any, cuts: Cuts, exact: Any) -> Any:
        """The totals."""

    def values(self, state: Any) -> Mapping[str, float]:
        """The metrics; NaN or missing where undefined."""

    def influences(self, state: Any, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """Each row's influence, of shape (n,), on each metric that has one."""

    def curves(self, state: Any, reach: float) -> Curves:
        """What to draw; intervals reach so many standard errors."""


@runtime_checkable
class InGroups(Protocol):
    """A task whose rows are gone over once for the sums of all groups, however many there are."""

    def sums_by(self, sample: Sample, bins: Bins, cuts: Cuts, groupings: Groupings) -> list[list[Any]]:
        """The sums of each group, by grouping."""


@dataclass(frozen=True)
class BinaryTask:
    """Scores of the positive class against labels of 0.0 and 1.0."""

    settings: BinarySettings

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """The scores."""
        return (sample.prediction.astype(np.float64),)

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> Any:
        """See ``BinarySums``."""
        return binary_sums(sample, bins[0], len(cuts[0]) + 1, self.settings)

    def sums_by(self, sample: Sample, bins: Bins, cuts: Cuts, groupings: Groupings) -> list[list[Any]]:
        """See ``binary_sums_by``."""
        return binary_sums_by(sample, bins[0], len(cuts[0]) + 1, self.settings, groupings)

    def exact(self, sample: Sample, bins: Bins, sums: Any) -> None:
        """Nothing: the exact order of scores takes ranges of them, see ``binary_ranks``."""

    def state(self, sums: Any, cuts: Cuts, exact: Any) -> BinaryState:
        """``exact`` are the slice's ``BinaryRanks``."""
        return BinaryState(sums, self.settings, cuts[0], exact or BinaryRanks())

    def values(self, state: Any) -> Mapping[str, float]:
        """See ``binary_values``."""
        return binary_values(state)

    def influences(self, state: Any, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``BinaryState``."""
        found: Mapping[str, Floats] = state.influences(sample, bins[0])
        return found

    def curves(self, state: Any, reach: float) -> Curves:
        """See ``curves``."""
        return binary_curves(state, reach)


@dataclass(frozen=True)
class Middles(Additive):
    """The middle of absolute errors and of labels, and what lies to both sides of the latter."""

    errors: Middle
    labels: Middle
    below: Side
    above: Side


@dataclass(frozen=True)
class RegressionTask:
    """Numbers against numbers."""

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """The absolute errors, the labels, and the errors."""
        label = sample.label.astype(np.float64)
        with np.errstate(all="ignore"):
            error = sample.prediction.astype(np.float64) - label
        return np.abs(error), label, error

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> RegressionSums:
        """See ``RegressionSums``."""
        return regression_sums(sample, bins, cuts)

    def exact(self, sample: Sample, bins: Bins, sums: Any) -> Middles:
        """The rows in the middle, of which medians are."""
        sample, bins = with_weight(sample, *bins)
        errors, labels, _ = self.series(sample)
        return Middles(
            middle(errors, sample.weight, bins[0], sums.absolute_errors.dense()[0]),
            middle(labels, sample.weight, bins[1], sums.labels.dense()[0]),
            *sides(labels, sample.weight, bins[1], sums.labels.dense()[0]),
        )

    def state(self, sums: Any, cuts: Cuts, exact: Any) -> RegressionState:
        """``exact`` are the slice's ``Middles``."""
        return RegressionState(sums, cuts, exact.errors, exact.labels, (exact.below, exact.above))

    def values(self, state: Any) -> Mapping[str, float]:
        """See ``RegressionState``."""
        found: Mapping[str, float] = state.metrics
        return found

    def influences(self, state: Any, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``RegressionState``."""
        found: Mapping[str, Floats] = state.influences(sample)
        return found

    def curves(self, state: Any, reach: float) -> Curves:
        """See ``curves``."""
        return regression_curves(state)


@dataclass(frozen=True)
class MulticlassTask:
    """Classes, as codes, against classes."""

    classes: int

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """Nothing is ordered."""
        return ()

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> Any:
        """See ``MulticlassSums``."""
        return multiclass_sums(sample, self.classes)

    def exact(self, sample: Sample, bins: Bins, sums: Any) -> None:
        """Nothing."""

    def state(self, sums: Any, cuts: Cuts, exact: Any) -> MulticlassState:
        """The sums alone."""
        return MulticlassState(sums)

    def values(self, state: Any) -> Mapping[str, float]:
        """See ``MulticlassState``."""
        found: Mapping[str, float] = state.metrics
        return found

    def influences(self, state: Any, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``MulticlassState``."""
        found: Mapping[str, Floats] = state.influences(sample)
        return found

    def curves(self, state: Any, reach: float) -> Curves:
        """None."""
        return {}
