import logging
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array, Map, Object, Property
from sklearn.ensemble import RandomForestRegressor
from tests.models import arrival_delay, doubling, flights, pyfunc_of

from spark_models import flavors
from spark_models.core.plan import plan_as_given
from spark_models.core.predictor import PredictorSpec
from spark_models.core.signature import signature_from_mlmodel
from spark_models.errors import ConfigError, DataError
from spark_models.flavors.pyfunc import load, load_unenforced
from spark_models.registry.fluent import quiet
from spark_models.spark.arrow_columns import of_arrow
from spark_models.spark.batches import model_input

ROWS = pd.DataFrame({"distance": [1.5, 2.5]})
NULLS = pd.DataFrame(
    {
        "hour": pd.array([1, None], dtype="Int64"),
        "year": pd.array([None, 2013], dtype="Int32"),
        "far": pd.array([True, None], dtype="boolean"),
        "text": ["a", None],
    }
)


@pytest.fixture(autouse=True)
def mlflows_log_level() -> Iterator[None]:
    """Loading turns MLflow's log down, which is meant for workers."""
    level = logging.getLogger("mlflow").level
    yield
    logging.getLogger("mlflow").setLevel(level)


def saved(folder: Path, model: Any, **more: Any) -> Path:
    with quiet():
        mlflow.pyfunc.save_model(str(folder), python_model=model, pip_requirements=["mlflow"], **more)
    return folder


def signature_of(**kinds: str) -> ModelSignature:
    return ModelSignature(Schema([ColSpec(kind, name) for name, kind in kinds.items()]))


def spec_of(**more: Any) -> PredictorSpec:
    return PredictorSpec("doubling version 1", "0", "pyfunc", **more)


def test_it_predicts_what_mlflow_predicts_with_the_parameters_that_were_given(tmp_path: Path) -> None:
    signature = infer_signature(ROWS, np.array([1.0]), params={"factor": 2.0})
    folder = saved(tmp_path / "model", doubling(), signature=signature)
    assert flavors.load(folder, spec_of()).predict(ROWS).tolist() == [3.0, 5.0]
    assert flavors.load(folder, spec_of(params='{"factor": 10.0}')).predict(ROWS).tolist() == [15.0, 25.0]


def test_the_model_config_reaches_the_model(tmp_path: Path) -> None:
    model = pyfunc_of(lambda context, rows, _: (rows["distance"] * context.model_config["factor"]).tolist())
    folder = saved(tmp_path / "model", model, model_config={"factor": 1})
    assert flavors.load(folder, spec_of(model_config='{"factor": 4}')).predict(ROWS) == [6.0, 10.0]


def test_nulls_in_whole_numbers_and_booleans_reach_the_model_in_pandas_nullable_types(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, rows, params: [rows, params])
    signature = signature_of(hour="long", year="integer", far="boolean", text="string")
    signature.params = ParamSchema([ParamSpec("factor", "double", 2.0)])
    folder = saved(tmp_path / "model", model, signature=signature)
    predict = flavors.load(folder, spec_of(params='{"factor": 3.0}')).predict
    rows, params = predict(NULLS)
    pd.testing.assert_frame_equal(rows, NULLS)
    assert params == {"factor": 3.0}
    # What a batch holds does not change the types that were planned, and nothing is left over from the last one.
    pd.testing.assert_frame_equal(predict(NULLS[:1])[0], NULLS[:1])
    plain = pd.DataFrame({"hour": [1], "year": np.array([2], "int32"), "far": [True], "text": ["a"]})
    pd.testing.assert_frame_equal(predict(plain)[0], plain)


LONG, INT, BOOL = pa.int64(), pa.int32(), pa.bool_()
HOUR = [Property("hour", DataType.long), Property("day", DataType.integer), Property("far", DataType.boolean)]
WHERE = pa.struct([("hour", LONG), ("day", INT), ("far", BOOL), ("x", pa.float64())])
# The last of each has no NULL.
NESTED: dict[str, tuple[Any, pa.DataType, list[Any]]] = {
    "wholes": (Array(DataType.long), pa.list_(LONG), [[2**53 + 1, None], None, [], [1]]),
    "smalls": (Array(DataType.integer), pa.list_(INT), [[1, None], None, [], [1]]),
    "truths": (Array(DataType.boolean), pa.list_(BOOL), [[True, None], [None], None, [False]]),
    "texts": (Array(DataType.string), pa.list_(pa.string()), [["a", None], None, [], ["b"]]),
    "deep": (
        Array(Array(DataType.long)),
        pa.list_(pa.list_(LONG)),
        [[[1, None], None], [[1], [2, 3]], None, [[]], [[1], [2]]],
    ),
    "times": (
        Map(DataType.datetime),
        pa.map_(pa.string(), pa.timestamp("us", "America/New_York")),
        [
            [("a", datetime(2013, 7, 1, 12, tzinfo=UTC)), ("b", None)],
            None,
            [],
            [("a", datetime(2013, 7, 1, tzinfo=UTC))],
        ],
    ),
    "by_name": (
        Map(DataType.long),
        pa.map_(pa.string(), LONG),
        [[("a", 2**53 + 1), ("b", None)], None, [], [("a", 1)]],
    ),
    "where": (
        Object([*HOUR, Property("x", DataType.double)]),
        WHERE,
        [
            {"hour": 2**53 + 1, "day": None, "far": None, "x": None},
            {"hour": None, "day": 2, "far": True, "x": math.nan},
            None,
            {"hour": 1, "day": 2, "far": False, "x": 1.5},
        ],
    ),
    "places": (
        Array(Object([Property("hour", DataType.long)])),
        pa.list_(pa.struct([("hour", LONG)])),
        [[{"hour": None}, None], None, [], [{"hour": 1}]],
    ),
}


def told(value: Any) -> Any:
    """A nested value with its numbers as Python's own texts of them, in which NaN is equal to itself."""
    if isinstance(value, dict):
        return {name: told(item) for name, item in value.items()}
    if isinstance(value, (list, np.ndarray)):
        return [told(item) for item in value]
    return repr(value.item() if isinstance(value, np.generic) else value)


@pytest.mark.parametrize("name", NESTED)
def test_nulls_inside_arrays_structs_and_maps_reach_the_model_as_none(tmp_path: Path, name: str) -> None:
    kind, arrow, values = NESTED[name]
    model = pyfunc_of(lambda _context, rows, _params: rows)
    folder = saved(tmp_path / "model", model, signature=ModelSignature(Schema([ColSpec(kind, name)])))
    predict = flavors.load(folder, spec_of()).predict
    given = pd.DataFrame({name: pd.Series(of_arrow(pa.array(values, arrow)), dtype=object)})
    before = [told(value) for value in given[name]]
    found = predict(given)[name]
    assert [told(value) for value in found] == before == [told(value) for value in given[name]]
    # A row has the same types, whatever the batch has beside it.
    assert repr(predict(given[-1:])[name].iloc[0]) == repr(found.iloc[-1])


@pytest.mark.parametrize("name", ["wholes", "texts", "by_name", "where"])
def test_mlflow_refuses_such_nulls_or_makes_texts_of_them(tmp_path: Path, name: str) -> None:
    kind, arrow, values = NESTED[name]
    model = pyfunc_of(lambda _context, rows, _params: rows)
    folder = saved(tmp_path / "model", model, signature=ModelSignature(Schema([ColSpec(kind, name)])))
    given = pd.DataFrame({name: pd.Series(of_arrow(pa.array(values[:1], arrow)), dtype=object)})
    predict = mlflow.pyfunc.load_model(str(folder)).predict
    if name == "texts":
        assert predict(given)[name].iloc[0].tolist() == ["a", "None"]
    else:
        with pytest.raises(MlflowException, match="Failed to enforce schema"):
            predict(given)


def test_a_model_with_type_hints_is_given_what_it_asks_for(tmp_path: Path) -> None:
    from mlflow.pyfunc.model import PythonModel

    class Typed(PythonModel):
        def predict(self, model_input: list[dict[str, int | None]]) -> list[int]:  # type: ignore[override]
            return [sum(value or 10 for value in row.values()) for row in model_input]

    folder = saved(tmp_path / "model", Typed())
    rows = pd.DataFrame({"0": [{"a": 1}, {"a": 2, "b": None}]})
    assert flavors.load(folder, spec_of()).predict(rows) == [1, 12]


def test_mlflow_still_enforces_the_types_of_the_other_columns(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, rows, _params: rows)
    folder = saved(tmp_path / "model", model, signature=signature_of(hour="long", miles="double"))
    predict = flavors.load(folder, spec_of()).predict
    rows = NULLS[["hour"]].assign(miles=np.array([1, 2], "float32"))
    assert predict(rows).dtypes.astype(str).to_dict() == {"hour": "Int64", "miles": "float64"}
    with pytest.raises(MlflowException, match="Failed to enforce schema"):
        predict(rows.assign(miles=["a", "b"]))


def test_a_model_that_knows_numpy_only_is_given_doubles_with_nan(tmp_path: Path) -> None:
    import statsmodels.api as sm

    known = pd.DataFrame({"hour": [1, 2, 3], "far": [True, False, True]})
    model = sm.OLS(np.array([3.0, 4.0, 7.0]), known.astype(float)).fit()
    with quiet():
        mlflow.statsmodels.save_model(
            model,
            str(tmp_path / "model"),
            signature=signature_of(hour="long", far="boolean"),
            pip_requirements=["statsmodels"],
        )
    predict = flavors.load(tmp_path / "model", spec_of()).predict
    nulls = NULLS[["hour", "far"]].assign(far=pd.array([True, True], dtype="boolean"))
    expected = model.predict(pd.DataFrame({"hour": [1.0, np.nan], "far": [1.0, 1.0]}))
    pd.testing.assert_series_equal(predict(nulls), expected)
    with pytest.raises(DataError, match="'hour' has NULLs, and numbers that are no doubles") as caught:
        predict(nulls.assign(hour=pd.array([2**53 + 1, None], dtype="Int64")))
    assert str(2**53 + 1) not in str(caught.value)


def test_flat_arrays_reach_a_model_of_named_tensors_in_the_signatures_shape(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, tensors, _params: tensors)
    specs: list[ColSpec | TensorSpec] = [
        TensorSpec(np.dtype(np.float32), (-1, 2, 1), "x"),
        TensorSpec(np.dtype(np.uint8), (-1,), "y"),
    ]
    signature = ModelSignature(Schema(specs))
    read = signature_from_mlmodel(signature.to_dict())
    assert read is not None
    folder = saved(tmp_path / "model", model, signature=signature)
    predict = flavors.load(folder, spec_of()).predict
    for values in ([[1.0, 2.0], [3.0, 4.0]], [[[1.0], [2.0]], [[3.0], [4.0]]]):
        rows = model_input(plan_as_given(read).inputs, [pa.array(values), pa.array([5, 6])], tensor=False)
        found = predict(rows)
        assert (found["x"].dtype, found["x"].tolist()) == (np.float32, [[[1.0], [2.0]], [[3.0], [4.0]]])
        assert found["y"].tolist() == [5, 6]


def test_a_tensor_has_no_nulls(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, tensors, _params: tensors["hour"])
    signature = ModelSignature(Schema([TensorSpec(np.dtype(np.int64), (-1,), "hour")]))
    folder = saved(tmp_path / "model", model, signature=signature)
    with pytest.raises(TypeError, match="takes no DataFrame"):
        flavors.load(folder, spec_of()).predict(NULLS[["hour"]])


def test_rows_that_mlflow_refuses_for_their_types_alone_are_the_models_to_refuse(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, rows, _params: rows["hour"].isna().to_numpy())
    folder = saved(tmp_path / "model", model, signature=signature_of(hour="long"))
    assert load_unenforced(folder, spec_of()).predict(NULLS[["hour"]]).tolist() == [False, True]


def test_rows_that_mlflow_accepts_are_turned_into_tensors_by_it(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, tensors, _params: np.sum(tensors["x"], axis=1))
    signature = ModelSignature(Schema([TensorSpec(np.dtype(np.float32), (-1, 2), "x")]))
    folder = saved(tmp_path / "model", model, signature=signature)
    rows = pd.DataFrame({"x": [[1.0, 2.0], [3.0, 4.0]]})
    assert load_unenforced(folder, spec_of()).predict(rows).tolist() == [3.0, 7.0]


@pytest.mark.parametrize("load", [load, load_unenforced])
def test_a_forest_takes_the_tasks_threads_also_where_others_are_measured_by_it(tmp_path: Path, load: Any) -> None:
    rows = flights()[["distance", "dep_delay"]]
    forest = RandomForestRegressor(n_estimators=3, n_jobs=-1, random_state=0).fit(rows, arrival_delay(rows))
    with quiet():
        mlflow.sklearn.save_model(
            forest, str(tmp_path / "model"), pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    predict: Any = load(tmp_path / "model", spec_of(threads=1)).predict
    (model,) = (cell.cell_contents for cell in predict.__closure__ if hasattr(cell.cell_contents, "get_raw_model"))
    assert model.get_raw_model().n_jobs == 1


def test_it_has_no_other_method_than_predict() -> None:
    with pytest.raises(ConfigError, match="no method 'predict_proba'; pyfunc has predict only"):
        flavors.load(Path("nowhere"), spec_of(method="predict_proba"))
