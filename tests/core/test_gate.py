from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import metric_row

from spark_models.core.config import Threshold
from spark_models.core.gate import Check, judge
from spark_models.core.metrics import DIRECTIONS
from spark_models.core.verdicts import gain

VALUES = st.floats(allow_nan=False, allow_infinity=False)
GATED = st.sampled_from([name for name, direction in DIRECTIONS.items() if direction != "none"])


def passed(metric: str, candidate: float | None, baseline: float | None, **bound: float) -> bool:
    (check,) = judge([Threshold(metric=metric, **bound)], {metric: metric_row(metric, candidate, baseline)})
    return check.passed


@pytest.mark.parametrize(
    ("metric", "bound", "enough", "too_little"),
    [
        ("roc_auc", 0.75, 0.75, 0.7499),
        ("log_loss", 0.75, 0.75, 0.7501),
        ("bias", 0.75, -0.75, -0.7501),
        ("bias", 0.75, 0.75, 0.7501),
    ],
)
def test_absolute_is_the_least_or_the_most_by_the_metric_s_direction(
    metric: str, bound: float, enough: float, too_little: float
) -> None:
    assert passed(metric, enough, None, absolute=bound)
    assert not passed(metric, too_little, None, absolute=bound)


@pytest.mark.parametrize(
    ("metric", "enough", "too_little"),
    [("roc_auc", 0.75, 0.7499), ("log_loss", 0.25, 0.2501), ("bias", -0.25, -0.2501), ("bias", 0.25, 0.2501)],
)
def test_min_change_and_min_relative_change_ask_for_a_gain_in_the_metric_s_direction(
    metric: str, enough: float, too_little: float
) -> None:
    assert passed(metric, enough, 0.5, min_change=0.25)
    assert not passed(metric, too_little, 0.5, min_change=0.25)
    assert passed(metric, enough, 0.5, min_relative_change=0.5)
    assert not passed(metric, too_little, 0.5, min_relative_change=0.5)


def test_a_relative_change_is_over_the_magnitude_of_a_negative_baseline() -> None:
    assert passed("r2", -0.5, -1.0, min_relative_change=0.5)
    assert not passed("r2", -1.5, -1.0, min_relative_change=0.0)


def test_a_candidate_may_be_worse_by_what_a_negative_bound_allows() -> None:
    assert passed("roc_auc", 0.5, 0.75, min_change=-0.25)
    assert not passed("roc_auc", 0.4999, 0.75, min_change=-0.25)


@pytest.mark.parametrize("bound", ["absolute", "min_change", "min_relative_change"])
def test_an_undefined_metric_fails_every_bound(bound: str) -> None:
    assert not passed("roc_auc", None, 0.5, **{bound: -1e300})
    if bound != "absolute":
        assert not passed("roc_auc", 0.5, None, **{bound: -1e300})


def test_a_relative_change_from_zero_is_undefined_and_fails() -> None:
    assert not passed("bias", 0.0, 0.0, min_relative_change=-1.0)


def test_every_bound_of_every_threshold_is_told_in_order_with_what_was_found() -> None:
    gate = [
        Threshold(metric="roc_auc", absolute=0.75, min_change=0.01, min_relative_change=0.02),
        Threshold(metric="log_loss", absolute=0.5),
        Threshold(metric="bias", absolute=0.5),
        Threshold(metric="brier", min_change=0.0),
    ]
    metrics = {row.metric: row for row in (metric_row("roc_auc", 0.75, 0.8), metric_row("log_loss", None, 0.5))}
    assert [(str(check), check.passed) for check in judge(gate, metrics)] == [
        ("roc_auc at least 0.75: 0.75", True),
        ("roc_auc better than the baseline by at least 0.01: -0.05", False),
        ("roc_auc better than the baseline by at least 0.02 of its value: -0.0625", False),
        ("log_loss at most 0.5: undefined", False),
        ("bias within 0.5 of zero: not in the comparison", False),
        ("brier better than the baseline by at least 0: not in the comparison", False),
    ]


def test_a_metric_of_a_user_s_own_is_judged_by_the_direction_that_the_comparison_has() -> None:
    directions = {"missed_fare": "lower", "kept_fare": "higher", "fares": "none"}
    metrics = {name: metric_row(name, 0.25, 0.5, direction=direction) for name, direction in directions.items()}
    gate = [Threshold(metric=name, absolute=0.4, min_change=0.25) for name in (*metrics, "missd_fare")]
    assert [(str(check), check.passed) for check in judge(gate, metrics)] == [
        ("missed_fare at most 0.4: 0.25", True),
        ("missed_fare better than the baseline by at least 0.25: 0.25", True),
        ("kept_fare at least 0.4: 0.25", False),
        ("kept_fare better than the baseline by at least 0.25: -0.25", False),
        ("fares must hold: it has no direction; give it one in the compare job's metrics", False),
        ("missd_fare must hold: not in the comparison; did you mean 'missed_fare'?", False),
    ]


@given(GATED, VALUES, VALUES, VALUES)
def test_min_change_passes_exactly_if_the_gain_reaches_it(
    metric: str, candidate: float, baseline: float, bound: float
) -> None:
    assert passed(metric, candidate, baseline, min_change=bound) == (
        gain(candidate, baseline, DIRECTIONS[metric]) >= bound
    )


@given(GATED, VALUES, VALUES, VALUES)
def test_a_better_candidate_never_fails_where_a_worse_one_passes(
    metric: str, one: float, other: float, bound: float
) -> None:
    better, worse = (one, other) if gain(one, other, DIRECTIONS[metric]) >= 0 else (other, one)
    assert passed(metric, better, None, absolute=bound) or not passed(metric, worse, None, absolute=bound)


@given(st.lists(st.tuples(GATED, VALUES), min_size=1, max_size=5))
def test_each_threshold_is_judged_on_its_own(thresholds: list[tuple[str, float]]) -> None:
    def check(metric: str, bound: float) -> tuple[Check, ...]:
        row: dict[str, Any] = {metric: metric_row(metric, 0.5, 0.25)}
        return judge([Threshold(metric=metric, absolute=bound)], row)

    together = judge(
        [Threshold(metric=metric, absolute=bound) for metric, bound in thresholds],
        {metric: metric_row(metric, 0.5, 0.25) for metric, _ in thresholds},
    )
    assert together == tuple(found for metric, bound in thresholds for found in check(metric, bound))


@pytest.mark.parametrize(
    ("metric", "values", "interval", "least"),
    [
        ("roc_auc", (0.8, 0.7), (0.05, 0.15), 0.05),
        ("log_loss", (0.3, 0.4), (-0.15, -0.05), 0.05),
        ("bias", (1.0, 3.0), (-2.5, -1.5), 1.5),
        ("bias", (-1.0, -3.0), (1.5, 2.5), 1.5),
    ],
)
def test_the_whole_interval_of_the_change_must_lie_above_the_bound(
    metric: str, values: tuple[float, float], interval: tuple[float, float], least: float
) -> None:
    row = replace(metric_row(metric, *values), change_low=interval[0], change_high=interval[1])
    row = replace(row, direction=DIRECTIONS[metric])
    (enough,) = judge([Threshold(metric=metric, change_interval_above=least - 0.001)], {metric: row})
    (too_little,) = judge([Threshold(metric=metric, change_interval_above=least)], {metric: row})
    assert (enough.passed, too_little.passed) == (True, False)
    assert "lower end of the interval" in str(enough)


@pytest.mark.parametrize(("values", "found"), [((1.0, -1.0), "no interval of the change"), ((None, 1.0), "undefined")])
def test_a_change_without_an_interval_is_not_sure(values: tuple[float | None, float], found: str) -> None:
    row = replace(metric_row("bias", *values), change_low=1.0, change_high=3.0, direction="zero")
    (check,) = judge([Threshold(metric="bias", change_interval_above=-9.0)], {"bias": row})
    assert (check.passed, check.found) == (False, found)
