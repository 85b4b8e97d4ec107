"""What holds of every metric and every standard error, however the rows are cut up, weighed and grouped."""

import math
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measures.without_spark import measured

from spark_models.core.metrics import Task
from spark_models.measures.binary_settings import BinarySettings
from spark_models.spark.metrics import Measurement

SETTINGS = BinarySettings(threshold=0.3, costs=(0.0, 1.0, 5.0, 0.0), top=(0.1, 0.5, 0.7))
SCORES = st.sampled_from([0.0, 0.1, 0.3, 1.0, 1e-300]) | st.floats(0, 1)
# Of sizes whose squares are numbers: whether those that are too large still have a standard error is a matter of luck.
NUMBERS = st.sampled_from([0.0, -0.0, 0.1, 0.3, 100.0]) | st.floats(-2, 2).map(lambda number: round(number, 3))
OF_TASK: dict[Task, Any] = {
    "regression": (NUMBERS, NUMBERS),
    "binary": (st.sampled_from([0.0, 1.0]), SCORES),
    "multiclass": (st.sampled_from("aab"), st.sampled_from("aabc")),
    "forecast": (NUMBERS, NUMBERS),
}
WEIGHTS = st.sampled_from([0.1, 0.3, 1.0, 2.0])
TASKS = pytest.mark.parametrize("task", OF_TASK)
Rows = list[tuple[Any, ...]]


def rows_of(task: Task, least: int = 1) -> st.SearchStrategy[Rows]:
    """Label, two predictions, weight, cluster, slice, and what the true class was given."""
    label, predicted = OF_TASK[task]
    row = st.tuples(label, predicted, predicted, WEIGHTS, st.integers(0, 4), st.sampled_from(["x", "y", None]), SCORES)
    return st.lists(row, min_size=least, max_size=15)


def found_of(task: Task, rows: Rows, *, clusters: bool = False, **more: Any) -> dict[Any, Measurement]:
    label, one, other, weight, cluster, slice_, given_ = (list(column) for column in zip(*rows, strict=True))
    more |= {"probabilities": {1: given_, 2: given_, 3: given_}} if task == "multiclass" else {}
    more |= {"cluster": cluster} if clusters else {}
    return measured(
        task,
        label,
        {1: one, 2: other, 3: one},
        weight=weight,
        slices={"of": slice_},
        settings=SETTINGS,
        **more,
    )


def apart(found: Mapping[Any, Measurement], expected: Mapping[Any, Measurement], near: float) -> list[Any]:
    """The numbers of two measurements that are not the same, to what is near beside the largest of the metric."""
    wrong = []
    for place, one in expected.items():
        for kind in ("values", "errors", "paired_errors"):
            for name, value in getattr(one, kind).items():
                ours = getattr(found[place], kind).get(name)
                of_all = ((other.values.get(name), other.errors.get(name)) for other in expected.values())
                numbers = (value, *chain(*of_all))
                largest = max(1.0, *(abs(number or 0.0) for number in numbers))
                defined = ours is not None and value is not None
                if (ours is None) != (value is None) or (defined and abs(ours - value) > near * largest):
                    wrong.append((place, kind, name, ours, value))
    return wrong


@TASKS
@given(data=st.data())
def test_where_blocks_and_ranges_end_changes_nothing(task: Task, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    splits = data.draw(st.sets(st.integers(1, len(rows)), max_size=5))
    clusters, in_range = data.draw(st.booleans()), data.draw(st.sampled_from([1, 2, 4]))
    whole = found_of(task, rows, clusters=clusters)
    assert apart(found_of(task, rows, clusters=clusters, splits=splits, rows_per_range=in_range), whole, 1e-9) == []


@TASKS
@given(data=st.data())
def test_a_row_without_weight_is_as_if_it_were_absent(task: Task, data: st.DataObject) -> None:
    rows, clusters = data.draw(rows_of(task)), data.draw(st.booleans())
    worst: tuple[Any, ...] = ("c", "d", "e") if task == "multiclass" else (1.0, -math.inf, math.inf)
    more = [(*worst, 0.0, 9, "x", math.inf), (*worst, 0.0, 9, "only", math.nan)]
    place = data.draw(st.integers(0, len(rows)))
    found = found_of(task, [*rows[:place], *more, *rows[place:]], clusters=clusters, splits=[place])
    assert apart(found, found_of(task, rows, clusters=clusters), 1e-9) == []
    nothing = found[1, "of", "only"]
    assert nothing.rows == 1
    assert {value for value in nothing.values.values() if value} <= {None}


@TASKS
@given(data=st.data())
def test_errors_are_numbers_from_0_on_and_there_is_none_beside_oneself(task: Task, data: st.DataObject) -> None:
    found = found_of(task, data.draw(rows_of(task)), clusters=data.draw(st.booleans()))
    for (version, *place), one in found.items():
        assert all(error is None or error >= 0 for error in (*one.errors.values(), *one.paired_errors.values()))
        if version in {1, 3}:
            # Version 3 predicts what version 1 does, which all are paired with.
            assert {error for error in one.paired_errors.values() if error is not None} <= {0.0}
            assert one.errors == found[1, *place].errors
            none = {name for name, error in one.errors.items() if error is None}
            assert {name for name, error in one.paired_errors.items() if error is None} <= none


@TASKS
@given(data=st.data())
def test_a_slice_is_what_its_rows_are_alone(task: Task, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    found = found_of(task, rows)
    for value in {row[5] for row in rows}:
        alone = found_of(task, [row for row in rows if row[5] == value])
        # Its errors may differ: where bins are cut comes from all rows.
        assert (
            apart({0: found[1, "of", value]}, {0: Measurement(1, None, None, 0, alone[1, None, None].values)}, 1e-9)
            == []
        )


@TASKS
@given(data=st.data())
def test_clusters_of_one_row_each_are_no_clusters(task: Task, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    alone = [(*row[:4], 17 * number - 40, *row[5:]) for number, row in enumerate(rows)]
    assert apart(found_of(task, alone, clusters=True, splits=[len(rows) // 2]), found_of(task, rows), 1e-9) == []


@TASKS
@given(data=st.data())
def test_how_weights_are_counted_changes_no_value(task: Task, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    heavy = found_of(task, [(*row[:3], row[3] * 1e4, *row[4:]) for row in rows])
    counts = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    wrong = apart(heavy, found_of(task, rows), 1e-9)
    assert [one for one in wrong if one[2] not in counts] == []


def test_of_no_rows_there_is_nothing() -> None:
    for task in OF_TASK:
        probabilities: dict[int, list[float]] = {1: []} if task == "multiclass" else {}
        (found,) = measured(task, [], {1: []}, probabilities=probabilities).values()
        assert (found.rows, found.errors, found.curves) == (0, {}, {})
        assert set(found.values.values()) == {None}


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300, np.inf])
def test_no_size_of_a_number_is_an_exception_in_a_standard_error(size: float) -> None:
    label = np.array([1.0, 2.0, 4.0, 7.0]) * (size if size < np.inf else 1.0)
    found = measured("regression", label, {1: label[::-1] * 2, 2: np.array([size, 0, size, -size])})
    for one in found.values():
        assert all(error is None or 0 <= error < np.inf for error in one.errors.values())
