from math import isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.metrics import Direction
from spark_models.core.verdicts import change, gain, verdict

VALUES = st.floats(allow_nan=False, allow_infinity=False)
ANY_VALUES = st.none() | st.floats()
DIRECTED: st.SearchStrategy[Direction] = st.sampled_from(["higher", "lower", "zero"])


@pytest.mark.parametrize(
    ("direction", "candidate", "baseline", "expected"),
    [
        ("higher", 0.75, 0.5, 0.25),
        ("lower", 0.75, 0.5, -0.25),
        ("zero", -0.25, 0.5, 0.25),
        ("zero", -0.75, 0.5, -0.25),
    ],
)
def test_the_gain_is_positive_where_the_candidate_is_better(
    direction: Direction, candidate: float, baseline: float, expected: float
) -> None:
    assert gain(candidate, baseline, direction) == expected


@given(VALUES, VALUES, DIRECTED)
def test_what_one_gains_the_other_loses(candidate: float, baseline: float, direction: Direction) -> None:
    assert gain(candidate, baseline, direction) == -gain(baseline, candidate, direction)


@given(VALUES, VALUES, DIRECTED)
def test_the_verdict_is_the_sign_of_the_gain(candidate: float, baseline: float, direction: Direction) -> None:
    gained = gain(candidate, baseline, direction)
    assert verdict(candidate, baseline, direction) == ("equal" if gained == 0 else "better" if gained > 0 else "worse")


@given(ANY_VALUES, ANY_VALUES, DIRECTED)
def test_of_two_different_versions_one_is_better_and_the_other_worse(
    candidate: float | None, baseline: float | None, direction: Direction
) -> None:
    opposite = {"better": "worse", "worse": "better", "equal": "equal", "none": "none"}
    assert verdict(baseline, candidate, direction) == opposite[verdict(candidate, baseline, direction)]


@pytest.mark.parametrize(("candidate", "baseline"), [(None, 1.0), (1.0, None), (nan, 1.0), (1.0, nan)])
def test_there_is_no_verdict_on_a_value_that_is_missing_or_nan(candidate: float | None, baseline: float | None) -> None:
    assert verdict(candidate, baseline, "higher") == "none"
    assert verdict(2.0, 1.0, "none") == "none"


@given(ANY_VALUES, ANY_VALUES)
def test_a_change_is_finite_or_none(candidate: float | None, baseline: float | None) -> None:
    assert all(value is None or isfinite(value) for value in change(candidate, baseline))


@given(VALUES.filter(lambda value: abs(value) < 1e100), VALUES.filter(lambda value: 1e-100 < abs(value) < 1e100))
def test_the_relative_change_has_the_sign_of_the_change_and_is_over_the_magnitude(
    candidate: float, baseline: float
) -> None:
    absolute, relative = change(candidate, baseline)
    assert absolute == candidate - baseline
    assert relative == (candidate - baseline) / abs(baseline)


def test_there_is_no_relative_change_from_zero() -> None:
    assert change(1.0, 0.0) == (1.0, None)
    assert change(None, 0.0) == change(1.0, None) == (None, None)
