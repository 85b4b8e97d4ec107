"""Forecasts: regression, and errors that compare across series of different sizes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.curves import Curves, regression_curves
from spark_models.measures.means import MeansState, MeanSums, mean_sums
from spark_models.measures.regression import RegressionState, RegressionSums
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import Bins, Cuts, Middles, RegressionTask


def forecast_values(sample: Sample) -> dict[str, Floats]:
    """Each row's values, of shape (n,), whose means are metrics.

    ``smape`` is between 0 and 2, by Makridakis, Spiliotis and Assimakopoulos, The M4 Competition (2020), without
    their factor of 100. ``mase`` is the error over ``scale``, the mean error of the naive forecast of the row's series,
    by Hyndman and Koehler, Another Look at Measures of Forecast Accuracy (2006); NaN where there is no finite scale
    above 0.
    """
    label, predicted = sample.label.astype(np.float64), sample.prediction.astype(np.float64)
    scale = sample.more["scale"].astype(np.float64) if "scale" in sample.more else np.full(len(sample), np.nan)
    with np.errstate(all="ignore"):
        error = np.abs(predicted - label)
        size = np.abs(label) + np.abs(predicted)
        symmetric = np.divide(2 * error, size, np.zeros_like(error), where=size != 0)
        return {
            # What is infinitely far away is as far as can be.
            "smape": np.where(np.isinf(error), 2.0, symmetric),
            "mase": np.where((scale > 0) & np.isfinite(scale), error / scale, np.nan),
        }


@dataclass(frozen=True)
class ForecastSums(Additive):
    """What adds up over rows: as of a regression, of means, and the weighted size of labels."""

    regression: RegressionSums
    means: MeanSums
    label_size: float

    @property
    def all_rows(self) -> int:
        """All rows."""
        return self.regression.all_rows

    @property
    def rows(self) -> int:
        """The rows that have a weight."""
        return self.regression.rows


@dataclass(frozen=True)
class ForecastState:
    """The totals of one version on one slice."""

    sums: ForecastSums
    regression: RegressionState

    @property
    def weight(self) -> float:
        """The weight of all rows."""
        return self.regression.weight

    @property
    def _means(self) -> MeansState:
        return MeansState(self.sums.means)

    @property
    def _wape(self) -> float:
        """The sum of absolute errors over that of absolute labels; NaN if all labels are 0."""
        return self.sums.regression.absolute / (self.sums.label_size or np.nan)

    @property
    def metrics(self) -> dict[str, float]:
        """All metrics; NaN where undefined."""
        return {**self.regression.metrics, **self._means.metrics, "wape": self._wape}

    def influences(self, sample: Sample) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric that has one."""
        label = sample.label.astype(np.float64)
        with np.errstate(all="ignore"):
            error = np.abs(sample.prediction.astype(np.float64) - label)
            of_ratio = (error - self._wape * np.abs(label)) * self.weight / (self.sums.label_size or np.nan)
        of_means = self._means.influences(forecast_values(sample))
        return {**self.regression.influences(sample), **of_means, "wape": of_ratio}


@dataclass(frozen=True)
class ForecastTask:
    """Numbers against numbers, each of some series; ``sample.more["scale"]`` is what the row's errors are scaled by."""

    regression: RegressionTask = field(default_factory=RegressionTask)

    def series(self, sample: Sample) -> tuple[Floats, ...]:
        """As of a regression."""
        return self.regression.series(sample)

    def sums(self, sample: Sample, bins: Bins, cuts: Cuts) -> ForecastSums:
        """See ``ForecastSums``."""
        return ForecastSums(
            self.regression.sums(sample, bins, cuts),
            mean_sums(forecast_values(sample), sample.weight),
            float(sample.weight @ np.abs(sample.label.astype(np.float64))),
        )

    def exact(self, sample: Sample, bins: Bins, sums: ForecastSums) -> Middles:
        """As of a regression."""
        return self.regression.exact(sample, bins, sums.regression)

    def state(self, sums: ForecastSums, cuts: Cuts, exact: Middles) -> ForecastState:
        """``exact`` are the slice's ``Middles``."""
        return ForecastState(sums, self.regression.state(sums.regression, cuts, exact))

    def values(self, state: ForecastState) -> Mapping[str, float]:
        """See ``ForecastState``."""
        return state.metrics

    def influences(self, state: ForecastState, sample: Sample, bins: Bins) -> Mapping[str, Floats]:
        """See ``ForecastState``."""
        return state.influences(sample)

    def curves(self, state: ForecastState, reach: float) -> Curves:
        """As of a regression."""
        return regression_curves(state.regression)
