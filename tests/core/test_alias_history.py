import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import tenure_row

from spark_models.core.alias_history import previous_holder
from spark_models.core.tables import AliasTenure

VERSIONS = st.integers(min_value=1, max_value=5)


def history(*steps: str) -> list[AliasTenure]:
    """``"3"`` gives the alias to version 3, ``"<3"`` rolls back to it."""
    return [
        tenure_row(int(step.lstrip("<")), hour, "rollback" if step.startswith("<") else "promote")
        for hour, step in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("steps", "holder", "expected"),
    [
        ((), 1, None),
        (("1",), 1, None),
        (("1", "2"), 2, 1),
        (("1", "2", "3"), 3, 2),
        (("1", "2", "3", "<2"), 2, 1),
        (("1", "2", "3", "<2", "<1"), 1, None),
        (("1", "2", "3", "<2", "4"), 4, 2),
        (("1", "2", "1"), 1, 2),
        (("1", "2", "1", "<2"), 2, 1),
        (("1", "1", "2", "2"), 2, 1),
    ],
)
def test_a_rollback_goes_to_the_holder_before_and_never_forth(
    steps: tuple[str, ...], holder: int, expected: int | None
) -> None:
    assert previous_holder(history(*steps), holder) == expected


def test_an_alias_that_others_moved_goes_back_to_the_last_holder_of_the_history() -> None:
    assert previous_holder(history("1", "2"), 5) == 2
    assert previous_holder([*history("1", "2"), tenure_row(5, 3, "outside")], 5) == 2


def changes(versions: list[int]) -> list[int]:
    return [version for place, version in enumerate(versions) if place == 0 or versions[place - 1] != version]


@given(st.lists(VERSIONS, min_size=1, max_size=8))
def test_rolling_back_again_and_again_visits_every_holder_from_the_last_to_the_first(given_to: list[int]) -> None:
    tenures = history(*map(str, given_to))
    holder, visited = given_to[-1], [given_to[-1]]
    while (goal := previous_holder(tenures, holder)) is not None:
        tenures.append(tenure_row(goal, len(tenures), "rollback"))
        holder = goal
        visited.append(goal)
    assert visited == changes(given_to)[::-1]


@given(st.lists(VERSIONS, min_size=1, max_size=8), VERSIONS)
def test_a_promotion_that_is_rolled_back_leaves_no_trace(given_to: list[int], version: int) -> None:
    tenures, holder = history(*map(str, given_to)), given_to[-1]
    if version != holder:
        undone = [*tenures, tenure_row(version, 20), tenure_row(holder, 21, "rollback")]
        assert previous_holder(undone[:-1], version) == holder
        assert previous_holder(undone, holder) == previous_holder(tenures, holder)


@given(st.lists(VERSIONS, max_size=8), VERSIONS)
def test_nobody_is_rolled_back_to_oneself(given_to: list[int], holder: int) -> None:
    assert previous_holder(history(*map(str, given_to)), holder) != holder
