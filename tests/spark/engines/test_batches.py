from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.workers import Model

from spark_models.core.plan import PlannedInput
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import DataError
from spark_models.spark.engines.batches import Lane, Work, regrouped, scored_batches
from spark_models.spark.worker import Task

pytestmark = pytest.mark.usefixtures("a_fresh_worker")

A = PlannedInput("a", "a", "double")
B = PlannedInput("b", "b", "bigint")


def task(name: str, predict: Callable[[Any], Any], *inputs: PlannedInput, **more: Any) -> Task:
    outputs = more.pop("outputs", (("prediction", pa.float64()),))
    spec = PredictorSpec(name, name, "sklearn")
    return Task(spec, "model-0", lambda _folder, _spec: Model(predict), inputs, outputs, **more)


def work(prediction: pa.DataType, *lanes: Lane, rows: int = 100, place: int | None = None) -> Work:
    kinds = [("id", pa.int64()), ("prediction", prediction), ("model_version", pa.int64()), ("error", pa.string())]
    return Work(1, lanes, pa.schema(kinds), rows, place=place)


def batch(**columns: Any) -> pa.RecordBatch:
    kinds = {"id": pa.int64(), "a": pa.float64(), "b": pa.int64()}
    return pa.record_batch({name: pa.array(values, kinds[name]) for name, values in columns.items()})


def results(given: Work, *batches: pa.RecordBatch) -> list[dict[str, Any]]:
    found = list(scored_batches(given, iter(batches)))
    assert all(one.schema == given.schema for one in found)
    return [row for one in found for row in one.to_pylist()]


def test_each_lane_predicts_every_row_from_its_own_columns() -> None:
    first = Lane(task("1", lambda rows: rows["a"] * 2, A), (1,))
    second = Lane(task("2", lambda rows: rows["a"] + rows["b"], A, B), (1, 2))
    rows = results(work(pa.float64(), first, second), batch(id=[7, 8], a=[1.0, 2.0], b=[10, 20]))
    found = [(row["id"], row["model_version"], row["prediction"], row["error"]) for row in rows]
    assert found == [(7, 0, 2.0, None), (8, 0, 4.0, None), (7, 1, 11.0, None), (8, 1, 22.0, None)]


def test_of_several_models_the_one_whose_predictions_do_not_fit_is_named() -> None:
    champion = Lane(task("delay version 1", lambda rows: rows["a"], A), (1,))
    challenger = Lane(task("delay version 2", lambda _rows: ["secret"], A), (1,))
    with pytest.raises(DataError) as caught:
        results(work(pa.float64(), champion, challenger), batch(id=[7], a=[1.0]))
    assert caught.value.subject == "the predictions of delay version 2 (sklearn), method predict"
    assert caught.value.problems == ("some of 'prediction' cannot be held as double (ArrowInvalid)",)


def test_models_of_one_pass_are_loaded_once_even_if_a_worker_keeps_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_MODELS_KEPT_PREDICTORS", "1")
    loads = []

    def load(_folder: Path, spec: PredictorSpec) -> Model:
        loads.append(spec.model)
        return Model(lambda rows: rows["a"])

    lanes = [Lane(replace(task(name, len, A), load=load), (1,)) for name in ("1", "2", "3")]
    rows = results(work(pa.float64(), *lanes, rows=1), batch(id=[7, 8], a=[1.0, 2.0]))
    assert [row["prediction"] for row in rows] == [1.0] * 3 + [2.0] * 3
    assert loads == ["1", "2", "3"]


def test_a_lane_sees_the_rows_of_its_place_only_and_all_that_follow_one_another_at_once() -> None:
    seen: dict[str, list[list[float]]] = {"1": [], "2": [], "3": []}

    def lane(name: str, factor: float) -> Lane:
        def predict(rows: pd.DataFrame) -> Any:
            seen[name].append(rows["a"].tolist())
            return rows["a"] * factor

        return Lane(task(name, predict, A), (1,))

    given = work(pa.float64(), lane("1", 10), lane("2", 100), lane("3", 0), rows=4, place=2)
    first, second = batch(id=[7, 8], a=[1.0, 2.0], b=[1, 1]), batch(id=[9, 10, 11], a=[3.0, 4.0, 5.0], b=[1, 0, 0])
    found = [(row["id"], row["model_version"], row["prediction"]) for row in results(given, first, second)]
    assert found == [(7, 1, 100.0), (8, 1, 200.0), (9, 1, 300.0), (10, 0, 40.0), (11, 0, 50.0)]
    assert seen == {"1": [[4.0, 5.0]], "2": [[1.0, 2.0, 3.0]], "3": []}


def test_a_struct_is_null_where_the_model_refuses_the_row() -> None:
    def no_threes(rows: pd.DataFrame) -> Any:
        if (rows["a"] == 3).any():
            raise ValueError("3")
        return np.column_stack([rows["a"], -rows["a"]])

    outputs = (("p", pa.float64()), ("error", pa.float64()))
    lane = Lane(task("1", no_threes, A, outputs=outputs, is_struct=True, records_errors=True), (1,))
    kind = pa.struct([("p", pa.float64()), ("error", pa.float64())])
    rows = results(work(kind, lane), batch(id=[1, 2], a=[3.0, 4.0]))
    assert [row["prediction"] for row in rows] == [None, {"p": 4.0, "error": -4.0}]
    assert "ValueError" in rows[0]["error"]
    assert rows[1]["error"] is None


def test_whole_numbers_beside_nulls_stay_exact() -> None:
    large = 2**53 + 1
    lane = Lane(task("1", lambda rows: rows["b"], B, outputs=(("prediction", pa.int64()),)), (1,))
    rows = results(work(pa.int64(), lane), batch(id=[1, 2], b=[large, None]))
    assert [row["prediction"] for row in rows] == [large, None]


def test_columns_of_one_type_are_one_block_for_the_model() -> None:
    seen = []

    def predict(rows: pd.DataFrame) -> Any:
        seen.append(rows._mgr.nblocks)
        return rows["x"] - rows["y"]

    inputs = (PlannedInput("x", "a", "double"), PlannedInput("y", "b", "double"))
    lane = Lane(task("1", predict, *inputs), (1, 2))
    [row] = results(work(pa.float64(), lane), batch(id=[1], a=[5.0], b=[3]))
    assert (seen, row["prediction"]) == ([1], 2.0)


def seen_by_two(first: int, second: int, *, only_reads: bool) -> list[float]:
    """What two models are given of these columns, though the first writes into it."""

    def predict(rows: pd.DataFrame) -> list[float]:
        found: list[float] = rows["a"].tolist()
        rows["a"] = rows["a"] + 1
        return found

    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        return Model(predict, only_reads=only_reads)

    one, other = (replace(task(name, len, A), load=load) for name in "12")
    given = work(pa.float64(), Lane(one, (first,)), Lane(other, (second,)))
    return [row["prediction"] for row in results(given, batch(id=[7], a=[1.0], b=[5]))]


def test_models_that_only_read_share_the_input_that_is_made_of_the_same_columns() -> None:
    assert seen_by_two(1, 1, only_reads=True) == [1.0, 2.0]
    assert seen_by_two(1, 2, only_reads=True) == [1.0, 5.0]


def test_a_model_that_may_write_into_its_input_has_one_of_its_own() -> None:
    assert seen_by_two(1, 1, only_reads=False) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("sizes", "rows", "most_bytes", "expected"),
    [
        ([], 4, 800, []),
        ([0, 0], 4, 800, []),
        ([1, 0, 1, 1], 4, 800, [3]),
        ([2, 2, 1], 4, 800, [4, 1]),
        ([3, 3], 4, 800, [6]),
        ([10], 4, 800, [4, 4, 2]),
        ([1, 9], 4, 800, [5, 4, 1]),
        # A row is 8 bytes.
        ([10], 100, 32, [4, 4, 2]),
        ([3, 3], 100, 32, [3, 3]),
        ([1, 1, 1, 1, 1], 100, 39, [4, 1]),
        ([2], 100, 7, [1, 1]),
    ],
)
def test_batches_are_regrouped_within_bytes_without_losing_a_row(
    sizes: list[int], rows: int, most_bytes: int, expected: list[int]
) -> None:
    numbers = iter(range(sum(sizes)))
    given = [batch(id=[next(numbers) for _ in range(size)]) for size in sizes]
    found = list(regrouped(iter(given), rows, most_bytes))
    assert [one.num_rows for one in found] == expected
    assert [number for one in found for number in one["id"].to_pylist()] == list(range(sum(sizes)))
