from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.suggest import did_you_mean


def test_the_nearest_names_are_told() -> None:
    assert did_you_mean("dep_dely", ["dep_delay", "carrier"]) == "; did you mean 'dep_delay'?"


def test_case_does_not_keep_names_apart() -> None:
    assert did_you_mean("CARRIER", ["Carrier"]) == "; did you mean 'Carrier'?"


def test_nothing_is_said_if_nothing_is_near() -> None:
    assert did_you_mean("x", ["carrier"]) == ""


def test_all_choices_are_listed_if_asked_and_the_rest_is_counted() -> None:
    assert did_you_mean("x", [], listed="existing tables") == " (existing tables: none)"
    assert did_you_mean("", map(str, range(12)), listed="versions").endswith("8, 9 and 2 more)")


@given(st.text(min_size=1, max_size=10))
def test_a_name_that_is_there_is_always_suggested(name: str) -> None:
    assert repr(name) in did_you_mean(name, ["carrier", name])
