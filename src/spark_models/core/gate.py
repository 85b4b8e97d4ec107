"""The gate: thresholds that decide whether a candidate may be promoted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spark_models.core.config import Threshold
from spark_models.core.metrics import Direction, direction_of
from spark_models.core.suggest import did_you_mean
from spark_models.core.tables import ComparisonMetric
from spark_models.core.verdicts import gain


@dataclass(frozen=True)
class Check:
    """One bound of one threshold, as a sentence with what was found."""

    metric: str
    requirement: str
    found: str
    passed: bool

    def __str__(self) -> str:
        return f"{self.metric} {self.requirement}: {self.found}"


def judge(thresholds: Iterable[Threshold], metrics: Mapping[str, ComparisonMetric]) -> tuple[Check, ...]:
    """Every bound of every threshold against the metrics over all rows; a value that is missing fails.

    The change is what the candidate gains in the metric's own direction (see :func:`core.verdicts.gain`), the
    relative change that over the baseline's magnitude. The direction is the one that the comparison was made with.
    """
    return tuple(check for threshold in thresholds for check in _of_threshold(threshold, metrics))


def _of_threshold(threshold: Threshold, metrics: Mapping[str, ComparisonMetric]) -> Iterator[Check]:
    name, row = threshold.metric, metrics.get(threshold.metric)
    direction = direction_of(name) if row is None else row.direction
    if direction is None:
        yield Check(name, "must hold", f"not in the comparison{did_you_mean(name, metrics)}", passed=False)
    elif direction == "none":
        yield Check(name, "must hold", "it has no direction; give it one in the compare job's metrics", passed=False)
    else:
        yield from _checks(threshold, direction, row)


def _checks(threshold: Threshold, direction: Direction, row: ComparisonMetric | None) -> Iterator[Check]:
    name = threshold.metric
    candidate, baseline = (row.candidate_value, row.baseline_value) if row else (None, None)
    gained = None if candidate is None or baseline is None else gain(candidate, baseline, direction)
    missing = "undefined" if row else "not in the comparison"
    if threshold.absolute is not None:
        yield _absolute(name, direction, threshold.absolute, candidate, missing)
    if threshold.min_change is not None:
        requirement = f"better than the baseline by at least {threshold.min_change:g}"
        yield _at_least(name, requirement, threshold.min_change, gained, missing)
    if threshold.min_relative_change is not None:
        relative = None if gained is None or not baseline else gained / abs(baseline)
        requirement = f"better than the baseline by at least {threshold.min_relative_change:g} of its value"
        yield _at_least(name, requirement, threshold.min_relative_change, relative, missing)
    if threshold.change_interval_above is not None:
        missing = missing if gained is None else "no interval of the change"
        yield _surely(name, threshold.change_interval_above, least_gain(row) if row else None, missing)


def least_gain(row: ComparisonMetric) -> float | None:
    """The lower end of the confidence interval of what the candidate gains; None where there is none.

    Of a metric that is best at zero there is one where both values are on one side of it.
    """
    if row.change_low is None or row.change_high is None or row.candidate_value is None or row.baseline_value is None:
        return None
    if row.direction == "zero" and row.candidate_value * row.baseline_value < 0:
        return None
    rises = row.direction == "higher" or (row.direction == "zero" and row.candidate_value + row.baseline_value < 0)
    return row.change_low if rises else -row.change_high


def _surely(name: str, bound: float, least: float | None, missing: str) -> Check:
    found = missing if least is None else f"{least:.6g}"
    requirement = f"surely better than the baseline by more than {bound:g} (lower end of the interval)"
    return Check(name, requirement, found, passed=least is not None and least > bound)


def _absolute(name: str, direction: Direction, bound: float, value: float | None, missing: str) -> Check:
    if direction == "higher":
        return _at_least(name, f"at least {bound:g}", bound, value, missing)
    passed = value is not None and (abs(value) if direction == "zero" else value) <= bound
    requirement = f"within {bound:g} of zero" if direction == "zero" else f"at most {bound:g}"
    return Check(name, requirement, missing if value is None else f"{value:.6g}", passed)


def _at_least(name: str, requirement: str, bound: float, value: float | None, missing: str) -> Check:
    found = missing if value is None else f"{value:.6g}"
    return Check(name, requirement, found, passed=value is not None and value >= bound)
