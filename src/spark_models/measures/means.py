"""Metrics that are weighted means of a value a row: what adds up, what follows from it, and what each row contributes.

See ``binary`` for what an influence is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_models.measures.curves import Curves
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import Bins, Cuts


@dataclass(frozen=True)
class MeanSums:
    """What adds up over rows, of which ``rows`` have a weight.

    By metric, of the rows that have a value of it: ``weights``, and weighted values in ``totals``.
    """

    names: tuple[str, ...]
    all_rows: int
    rows: int
    weight: float
    weights: Floats
    totals: Floats

    def __add__(self, other: "MeanSums") -> "MeanSums":
        return MeanSums(
            self.names,
            self.all_rows + other.all_rows,
            self.rows + other.rows,
            self.weight + other.weight,
            self.weights + other.weights,
            self.totals + other.totals,
        )


def mean_sums(values: Mapping[str, Floats], weight: Floats) -> MeanSums:
    """The sums of each metric's values, of shape (n,); NaN where a row has none."""
    counted = {name: ~np.isnan(each) & (weight > 0) for name, each in values.items()}
    return MeanSums(
        names=tuple(values),
        all_rows=len(weight),
        rows=int(np.count_nonzero(weight)),
        weight=float(weight.sum()),
        weights=np.asarray([weight[rows].sum() for rows in counted.values()], np.float64),
        totals=np.asarray([weight[rows] @ values[name][rows] for name, rows in counted.items()], np.float64),
    )


@dataclass(frozen=True)
class MeansState:
    """The totals of one version on one slice."""

    sums: MeanSums

    @property
    def weight(self) -> float:
        """The weight of all rows."""
        return self.sums.weight

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The means; NaN where no row has a value."""
        with np.errstate(all="ignore"):
            means = self.sums.totals / self.sums.weights
        return dict(zip(self.sums.names, means.tolist(), strict=True))

    def influences(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric: 0.0 for rows without a value of it."""
        with np.errstate(all="ignore"):
            scales = self.weight / self.sums.weights
            return {
                name: np.where(np.isnan(values[name]), 0.0, values[name] - self.metrics[name]) * scale
                for name, scale in zip(self.sums.names, scales, strict=True)
            }


class RowMeans:
    """A task all of whose metrics are means of a value a row, which subclasses compute; nothing is ordered."""

    def of_rows(self, sample: Sample) -> Mapping[str, Floats]:
        """Each row's value, of shape (n,), of each metric; NaN if it has none."""
        raise NotImplementedError

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """Nothing is ordered."""
        return ()

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> MeanSums:
        """See ``MeanSums``."""
        return mean_sums(self.of_rows(sample), sample.weight)

    def exact(self, sample: Sample, bins: Bins, sums: MeanSums) -> None:
        """Nothing."""

    def state(self, sums: MeanSums, cuts: Cuts, exact: None) -> MeansState:
        """The sums alone."""
        return MeansState(sums)

    def values(self, state: MeansState) -> Mapping[str, float]:
        """See ``MeansState``."""
        return state.metrics

    def influences(self, state: MeansState, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``MeansState``."""
        return state.influences(self.of_rows(sample))

    def curves(self, state: MeansState, reach: float) -> Curves:
        """None."""
        return {}


@dataclass(frozen=True)
class MeansTask(RowMeans):
    """Metrics whose values were computed before, row by row: ``sample.more[name]``, of shape (n,), NaN for none."""

    names: tuple[str, ...]

    def of_rows(self, sample: Sample) -> Mapping[str, Floats]:
        """The columns of these names."""
        return {name: sample.more[name].astype(np.float64) for name in self.names}
