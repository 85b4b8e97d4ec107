"""What is known of how sure a comparison's metrics are: intervals, p-values and evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from spark_models.core.intervals import benjamini_hochberg, interval, p_value
from spark_models.core.tables import ComparisonMetric

# What an error may have got of its change by rounding alone.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Reached:
    """What a version reached on one slice of so many rows: values, and standard errors, by metric.

    ``paired_errors`` are those of the differences from the baseline's values on the same rows. ``freedom`` are the
    degrees of freedom of the errors that come of few groups of rows.
    """

    rows: int
    values: Mapping[str, float | None]
    errors: Mapping[str, float | None] = field(default_factory=dict)
    paired_errors: Mapping[str, float | None] = field(default_factory=dict)
    freedom: Mapping[str, int] = field(default_factory=dict)


def with_intervals(
    row: ComparisonMetric, reached: Mapping[int, Reached], confidence: float, small_slice: int
) -> ComparisonMetric:
    """The row with the intervals of both values and of the change, and the p-value of no change."""
    ours, theirs = reached[row.candidate_version], reached[row.baseline_version]
    own, baseline = _error(ours.errors, row, row.candidate_value), _error(theirs.errors, row, row.baseline_value)
    paired, freedom = _paired_error(ours.paired_errors, row), ours.freedom.get(row.metric)
    candidate_low, candidate_high = interval(row.candidate_value, own, confidence, freedom)
    baseline_low, baseline_high = interval(row.baseline_value, baseline, confidence, freedom)
    change_low, change_high = interval(row.change, paired, confidence, freedom)
    return replace(
        row,
        rows=ours.rows,
        small=ours.rows < small_slice,
        confidence=confidence if any(error is not None for error in (own, baseline, paired)) else None,
        candidate_standard_error=own,
        candidate_low=candidate_low,
        candidate_high=candidate_high,
        baseline_standard_error=baseline,
        baseline_low=baseline_low,
        baseline_high=baseline_high,
        change_standard_error=paired,
        change_low=change_low,
        change_high=change_high,
        p_value=p_value(row.change, paired, freedom),
    )


def _error(errors: Mapping[str, float | None], row: ComparisonMetric, value: float | None) -> float | None:
    return None if value is None else errors.get(row.metric)


def _paired_error(errors: Mapping[str, float | None], row: ComparisonMetric) -> float | None:
    """The change's error; None if there is a change, and no row that differs from the others in what it adds to it.

    So it is with the recall of the one positive of a slice, which one version finds and the other does not: a change
    without an error would be sure, and is a single row's.
    """
    error = _error(errors, row, row.change)
    return None if error is not None and row.change and error <= _ROUNDING * abs(row.change) else error


def with_evidence(rows: Iterable[ComparisonMetric]) -> list[ComparisonMetric]:
    """The rows with adjusted p-values and what they say; slices of one metric and candidate are taken together."""
    families: dict[tuple[object, ...], list[ComparisonMetric]] = {}
    for row in rows:
        families.setdefault((row.candidate_version, row.source, row.metric, row.slice_column is None), []).append(row)
    return [
        replace(row, adjusted_p_value=adjusted, evidence=_evidence(row, adjusted))
        for family in families.values()
        for row, adjusted in zip(family, benjamini_hochberg([row.p_value for row in family]), strict=True)
    ]


def _evidence(row: ComparisonMetric, adjusted: float | None) -> Literal["better", "worse", "unclear"] | None:
    if adjusted is None or row.confidence is None or row.verdict == "none":
        return None
    crosses_zero = row.direction == "zero" and (row.candidate_value or 0) * (row.baseline_value or 0) < 0
    if adjusted >= 1 - row.confidence or crosses_zero:
        return "unclear"
    return "better" if row.verdict == "better" else "worse" if row.verdict == "worse" else "unclear"
