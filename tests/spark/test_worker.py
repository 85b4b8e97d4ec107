import math
import os
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
from spark_models.errors import ConfigError, DataError, SchemaError, SessionError
from spark_models.spark.worker import Task, predict_batches

pytestmark = pytest.mark.usefixtures("a_fresh_worker")

SPEC = PredictorSpec("delay version 1", "0", "sklearn")


def task(predict: Callable[[Any], Any], **more: Any) -> Task:
    return Task(
        SPEC,
        "model-0",
        lambda _folder, _spec: Model(predict),
        (PlannedInput("a", "a", "double"),),
        (("prediction", pa.float64()),),
        **more,
    )


def double(rows: pd.DataFrame) -> Any:
    return rows["a"].to_numpy() * 2


def no_threes(rows: pd.DataFrame) -> Any:
    if (rows["a"] == 3).any():
        raise ValueError(f"bad value {rows['a'].tolist()}")
    return double(rows)


def run(given: Task, *batches: Any) -> list[Any]:
    return list(predict_batches(given, iter(batches)))


def test_each_batch_gives_as_many_predictions_as_it_has_rows() -> None:
    first, second = run(task(double), pd.Series([1.0, 2.0]), (pd.Series([3.0]),))
    assert (first.tolist(), second.tolist()) == ([2.0, 4.0], [6.0])


def test_an_empty_batch_is_not_given_to_the_model() -> None:
    [empty] = run(task(no_threes), pd.Series([], dtype=float))
    assert len(empty) == 0


def test_a_worker_loads_a_predictor_once_for_all_of_its_tasks() -> None:
    loads = []

    def load(folder: Path, spec: PredictorSpec) -> Model:
        loads.append((folder.name, spec))
        return Model(double)

    given = replace(task(double), load=load)
    run(given, pd.Series([1.0]), pd.Series([2.0]))
    run(replace(given), pd.Series([3.0]))
    assert loads == [("model-0", SPEC)]


def test_a_worker_without_batches_loads_nothing() -> None:
    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        raise AssertionError("loaded")

    assert run(replace(task(double), load=load)) == []


def test_the_environment_is_set_before_the_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_SHIFT", "0")

    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        shift = float(os.environ["MODEL_SHIFT"])
        return Model(lambda rows: rows["a"] + shift)

    [shifted] = run(replace(task(double), load=load, environment=(("MODEL_SHIFT", "5"),)), pd.Series([1.0]))
    assert shifted.tolist() == [6.0]


def test_a_library_that_the_worker_lacks_is_named() -> None:
    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        raise ModuleNotFoundError("No module named 'xgboost'", name="xgboost")

    with pytest.raises(SessionError, match="no module 'xgboost': install the model's requirements"):
        run(replace(task(double), load=load), pd.Series([1.0]))


UNLIKE = replace(SPEC, requirements=("numpy==0.0.1", f"pandas=={pd.__version__}"))
NUMPY = f"this worker has numpy {np.__version__}, the model asks for 0.0.1"


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'xgboost'", name="xgboost"), OSError("secret")])
def test_a_model_that_cannot_be_loaded_is_told_with_the_versions_that_are_not_the_models(error: Exception) -> None:
    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        raise error

    with pytest.raises(
        SessionError, match=r"no module|cannot be loaded: OSError in test_worker.py:\d+ \(load\)"
    ) as told:
        run(replace(task(double), load=load, spec=UNLIKE), pd.Series([1.0]))
    assert told.value.problems[1:] == (NUMPY,)
    assert "secret" not in str(told.value)


def test_what_the_model_says_itself_when_it_is_loaded_is_told_as_it_is() -> None:
    def load(_folder: Path, _spec: PredictorSpec) -> Model:
        raise ConfigError("delay", ["it has no method"])

    with pytest.raises(ConfigError, match="it has no method"):
        run(replace(task(double), load=load), pd.Series([1.0]))


def test_a_model_that_raises_is_told_with_the_versions_that_are_not_the_models() -> None:
    with pytest.raises(DataError) as caught:
        run(replace(task(no_threes), spec=UNLIKE), pd.Series([3.0]))
    assert caught.value.problems[1:] == (NUMPY,)
    [outcome] = run(replace(task(no_threes, records_errors=True), spec=UNLIKE), pd.Series([1.0, 3.0]))
    assert outcome["error"].tolist()[1].endswith(f"(no_threes); {NUMPY}")


def test_what_a_model_raises_is_told_by_type_and_place_without_values() -> None:
    with pytest.raises(DataError) as caught:
        run(task(no_threes), pd.Series([1.0, 3.0]))
    assert caught.value.subject == "delay version 1 (sklearn)"
    assert caught.value.problems[0].startswith("predict raised ValueError in test_worker.py:")
    assert "(no_threes)" in str(caught.value)
    assert "bad value" not in str(caught.value)
    assert caught.value.__suppress_context__
    [calls] = caught.value.__notes__
    assert "in no_threes" in calls.splitlines()[-1]


def test_what_a_flavor_refuses_itself_is_told_in_its_own_words() -> None:
    def refuse(_rows: pd.DataFrame) -> Any:
        raise DataError("the model's input", ["'hour' has NULLs"])

    with pytest.raises(DataError) as caught:
        run(task(refuse), pd.Series([1.0]))
    assert (caught.value.subject, caught.value.problems) == ("delay version 1 (sklearn)", ("'hour' has NULLs",))


def test_recorded_errors_stand_beside_the_rows_that_failed_and_no_others() -> None:
    values = [1.0, 3.0, 2.0, 3.0, 4.0, 5.0, 3.0]
    [outcome] = run(task(no_threes, records_errors=True), pd.Series(values))
    assert outcome["0"].isna().tolist() == [value == 3 for value in values]
    assert outcome["0"].dropna().tolist() == [2 * value for value in values if value != 3]
    assert outcome["error"].notna().tolist() == [value == 3 for value in values]
    assert set(outcome["error"].dropna().str.partition(" in ")[0]) == {"predict raised ValueError"}


def test_a_prediction_that_the_type_cannot_hold_is_a_failed_row_too() -> None:
    def sometimes_text(rows: pd.DataFrame) -> Any:
        return [value if value < 3 else "secret" for value in rows["a"]]

    [outcome] = run(task(sometimes_text, records_errors=True), pd.Series([1.0, 3.0]))
    assert outcome["error"].isna().tolist() == [True, False]
    assert outcome["error"].tolist()[1] == "some of 'prediction' cannot be held as double (ArrowInvalid)"


def test_a_model_that_loses_rows_is_refused_even_where_errors_are_recorded() -> None:
    def first_only(rows: pd.DataFrame) -> Any:
        return rows["a"].to_numpy()[:1]

    with pytest.raises(SchemaError, match="2 rows went in, predictions for 1 came out"):
        run(task(first_only, records_errors=True), pd.Series([1.0, 3.0]))


@pytest.mark.parametrize(
    ("predict", "given", "error", "told"),
    [
        (double, pd.Series(["x"]), SchemaError, "the input of {}:\n  - the column for 'a' is string"),
        (double, (pd.Series([1.0]),) * 2, SchemaError, "the input of {}:\n  - 2 columns were given"),
        (lambda _rows: ["x"], pd.Series([1.0]), DataError, "the predictions of {}:\n  - some of 'prediction'"),
        (lambda _rows: [1.0, 2.0], pd.Series([1.0]), SchemaError, "the predictions of {}:\n  - 1 rows went in"),
    ],
    ids=["a type", "too many", "predictions", "their number"],
)
def test_what_does_not_fit_is_told_with_the_model_and_its_method(
    predict: Any, given: Any, error: type[Exception], told: str
) -> None:
    with pytest.raises(error) as caught:
        run(task(predict), given)
    assert str(caught.value).startswith(told.format("delay version 1 (sklearn), method predict"))


KINDS = ("boolean", "bigint", "int", "double")


def test_the_types_of_a_row_are_its_own_whatever_the_batch_has_beside_it() -> None:
    calls = []

    def types(rows: pd.DataFrame) -> list[str]:
        calls.append(len(rows))
        return [" ".join(map(str, [*rows.dtypes, *row])) for row in rows.itertuples(index=False)]

    inputs = tuple(PlannedInput(kind, kind, kind) for kind in KINDS)
    given = replace(task(types), inputs=inputs, outputs=(("prediction", pa.string()),))
    # Each column as Spark hands it over: with NULLs in the batch, as objects and doubles.
    plain = tuple(pd.Series([value]) for value in (True, 2**53 + 1, 4, 0.5))
    nulls = tuple(
        pd.Series(values) for values in ([None, False, True], [math.nan, 3, 3], [4.0] * 3, [0.5, 0.5, math.nan])
    )
    (alone,), among, none = (one.tolist() for one in run(given, plain, nulls, tuple(one[:1] for one in nulls)))
    assert alone == f"bool int64 int32 float64 True {2**53 + 1} 4 0.5"
    assert among == [
        "boolean Int64 Int32 float64 <NA> <NA> 4 0.5",
        "bool int64 int32 float64 False 3 4 0.5",
        "bool int64 int32 float64 True 3 4 nan",
    ]
    assert none == among[:1]
    assert calls == [1, 2, 1, 1]


def test_what_an_engine_has_looked_at_is_predicted_at_once() -> None:
    planned = PlannedInput("b", "b", "bigint", nulls=True)
    given = replace(task(len), inputs=(planned,))
    assert seen(given, pd.Series([1.0, None]))["b"].tolist() == [1, pd.NA]


def test_an_output_may_be_called_error() -> None:
    def frame(rows: pd.DataFrame) -> Any:
        return pd.DataFrame({"error": rows["a"], "value": -rows["a"]})

    outputs = (("error", pa.float64()), ("value", pa.float64()))
    given = replace(task(frame, records_errors=True, is_struct=True), outputs=outputs)
    [outcome] = run(given, pd.Series([1.0]))
    assert list(outcome) == ["0", "1", "error"]
    assert outcome.iloc[0, :2].tolist() == [1.0, -1.0]


def test_a_struct_of_one_field_is_still_a_struct() -> None:
    [outcome] = run(task(double, is_struct=True), pd.Series([1.0]))
    assert isinstance(outcome, pd.DataFrame)


def seen(given: Task, batch: Any) -> pd.DataFrame:
    frames: list[Any] = []

    def keep(rows: Any) -> Any:
        frames.append(rows)
        return np.zeros(len(rows))

    run(replace(given, load=lambda _folder, _spec: Model(keep)), batch)
    frame: pd.DataFrame = frames[0]
    return frame


TWO = replace(task(double), inputs=(PlannedInput("a", "a", "double"), PlannedInput("b", "b", "double", required=False)))
ONES, TWOS = pd.Series([1.0]), pd.Series([2.0])


def test_columns_are_taken_in_the_signatures_order_and_a_struct_by_name() -> None:
    assert seen(TWO, (ONES, TWOS)).to_dict("list") == {"a": [1.0], "b": [2.0]}
    assert seen(TWO, pd.DataFrame({"b": TWOS, "x": TWOS, "a": ONES})).to_dict("list") == {"a": [1.0], "b": [2.0]}


def test_optional_inputs_may_be_left_out() -> None:
    assert list(seen(TWO, (ONES,))) == ["a"]
    assert list(seen(TWO, pd.DataFrame({"a": ONES}))) == ["a"]


@pytest.mark.parametrize("batch", [(ONES, ONES, ONES), pd.DataFrame({"b": ONES})])
def test_columns_that_are_not_the_models_are_refused(batch: Any) -> None:
    with pytest.raises(SchemaError, match=r"3 columns were given, it takes a, b|field 'a' is missing"):
        seen(TWO, batch)


def test_a_struct_that_is_the_only_input_is_one_column() -> None:
    given = replace(task(double), inputs=(PlannedInput("place", "place", "struct<lat:double>"),))
    assert seen(given, pd.DataFrame({"lat": ONES}))["place"].tolist() == [{"lat": 1.0}]
    anything = replace(task(double), inputs=(PlannedInput("place", "place", "any"),))
    assert seen(anything, pd.DataFrame({"lat": ONES}))["place"].tolist() == [{"lat": 1.0}]


def test_a_struct_in_another_one_may_be_null_itself() -> None:
    inputs = (PlannedInput("place", "place", "struct<lat:double>"), PlannedInput("a", "a", "double"))
    places = pd.DataFrame({"place": [{"lat": 1.0}, {"lat": None}, None]})
    for count, batch in ((1, places), (2, (places, pd.Series([1.0, 2.0, 3.0])))):
        given = replace(task(double), inputs=inputs[:count], is_boxed=True)
        assert seen(given, batch)["place"].tolist() == [{"lat": 1.0}, {"lat": None}, None]


def test_a_column_too_few_is_refused_if_it_might_be_one_that_is_needed() -> None:
    optional_first = (PlannedInput("a", "a", "double", required=False), PlannedInput("b", "b", "double"))
    given = replace(task(double), inputs=optional_first)
    with pytest.raises(SchemaError, match="1 columns were given, it takes a, b"):
        run(given, pd.Series([1.0]))
