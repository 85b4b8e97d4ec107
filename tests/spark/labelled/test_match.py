from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spark_models.spark.labelled.match import Keys, latest, repeated_keys, unambiguous

# Few values, so that keys repeat, agree in one number only, and are NULL.
A_KEY = st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 1)))
A_ROW = st.tuples(A_KEY, st.integers(0, 2), st.integers(0, 2))


def keys_of(pairs: list[tuple[int, int] | None]) -> Keys:
    key, check = (numbers([pair[place] if pair else 0 for pair in pairs]) for place in (0, 1))
    return Keys(key, check, np.array([pair is not None for pair in pairs], bool))


def numbers(values: list[Any]) -> Any:
    return np.array(values, np.int64)


@given(st.lists(A_KEY, max_size=8), st.lists(A_ROW, max_size=12))
def test_the_latest_row_with_the_key_is_found_and_one_twice_in_a_batch_is_told(
    labelled: list[tuple[int, int] | None], rows: list[tuple[tuple[int, int] | None, int, int]]
) -> None:
    ours, theirs = unambiguous(keys_of(labelled), keys_of([key for key, _, _ in rows]))
    moment, batch = (numbers([row[place] for row in rows]) for place in (1, 2))
    found = latest(ours, theirs, moment, batch)
    for key, row, repeated in zip(labelled, found.row, found.repeated, strict=True):
        with_key = [number for number, one in enumerate(rows) if key is not None and one[0] == key]
        newest = max(((rows[number][1:], number) for number in with_key), default=((), -1))
        assert (rows[row][1:] if row >= 0 else ()) == newest[0]
        assert row == -1 or rows[row][0] == key
        assert repeated == any(count > 1 for count in Counter(rows[number][2] for number in with_key).values())
    if not repeated_keys(ours):
        assert found.others == len({key for key, _, _ in rows} - {None, *labelled})


@given(st.lists(A_KEY, max_size=8), st.lists(A_KEY, max_size=12))
def test_in_a_single_batch_a_key_that_occurs_twice_is_told(
    labelled: list[tuple[int, int] | None], rows: list[tuple[int, int] | None]
) -> None:
    ours, theirs = unambiguous(keys_of(labelled), keys_of(rows))
    found = latest(ours, theirs)
    assert found.repeated.tolist() == [key is not None and rows.count(key) > 1 for key in labelled]
    assert [row >= 0 and rows[row] == key for key, row in zip(labelled, found.row, strict=True)] == [
        key is not None and key in rows for key in labelled
    ]


@given(st.lists(A_KEY, max_size=12))
def test_keys_of_several_rows_are_counted_once_each(rows: list[tuple[int, int] | None]) -> None:
    (keys,) = unambiguous(keys_of(rows))
    counts = Counter(key for key in rows if key is not None)
    assert repeated_keys(keys) == sum(count > 1 for count in counts.values())
