"""One answer: whatever the table and the signature, all engines hand the model what pyfunc hands it in one process."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import WriterProperties, write_deltalake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types import DataType as Type
from mlflow.types.schema import AnyType, Array, Map, Object, Property, TensorSpec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_type
from tests.models import pyfunc_of

from spark_models.core.column_types import FIRST_INEXACT
from spark_models.core.config import InputConfig
from spark_models.core.plan import PlannedInput, plan_inputs
from spark_models.core.predictor import PredictorSpec
from spark_models.core.signature import signature_from_mlmodel
from spark_models.registry.fluent import quiet
from spark_models.spark.batches import model_input
from spark_models.spark.engines.choice import Engine, choose
from spark_models.spark.engines.request import Request
from spark_models.spark.inputs import Input, read_input
from spark_models.spark.session import session_zone
from spark_models.spark.survey import survey
from spark_models.spark.udf import output_fields
from spark_models.spark.worker import Task

ENGINES: tuple[Engine, ...] = ("pandas_udf", "arrow", "direct")
RESULT = T.StructType([T.StructField("seen", T.StringType()), T.StructField("number", T.DoubleType())])
ANYTHING: Any = AnyType()  # type: ignore[no-untyped-call]  # it has no types
PLACE = Object(
    [Property("code", Type.long), Property("height", Type.double), Property("town", Type.string, required=False)]
)
PLACES = [
    pa.struct([("code", pa.int64()), ("height", pa.float64()), ("town", pa.string())]),
    pa.struct([("town", pa.string()), ("height", pa.float32()), ("code", pa.int16())]),
    pa.struct([("height", pa.float64()), ("code", pa.int64())]),
]
# The signature's types, each with the types of columns that hold it, or that are cast to it without a loss.
STORED: list[tuple[Any, list[pa.DataType]]] = [
    (Type.long, [pa.int64(), pa.int64(), pa.int32(), pa.int8()]),
    (Type.integer, [pa.int32(), pa.int16()]),
    (Type.float, [pa.float32(), pa.int16()]),
    (Type.double, [pa.float64(), pa.float64(), pa.float32(), pa.int32()]),
    (Type.boolean, [pa.bool_()]),
    (Type.string, [pa.string()]),
    (Type.datetime, [pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC"), pa.date32(), pa.timestamp("us")]),
    (Array(Type.double), [pa.list_(pa.float64())]),
    (Array(Type.long), [pa.list_(pa.int64()), pa.list_(pa.int32())]),
    (Array(Type.string), [pa.list_(pa.string())]),
    (Array(Type.datetime), [pa.list_(pa.timestamp("us", "UTC"))]),
    (Type.binary, [pa.binary()]),
    (Map(Type.long), [pa.map_(pa.string(), pa.int64()), pa.map_(pa.string(), pa.int16())]),
    (Map(Type.datetime), [pa.map_(pa.string(), pa.timestamp("us", "UTC"))]),
    (PLACE, PLACES),
    (PLACE, PLACES),
    (ANYTHING, [pa.int64(), pa.int8(), pa.float64(), pa.string(), PLACES[1], pa.list_(pa.bool_())]),
    (Array(PLACE), [pa.list_(place) for place in PLACES]),
]
# numpy's types of tensors, and shapes of what a row holds.
TENSORS = [("float32", pa.float32()), ("float64", pa.float64()), ("int64", pa.int64()), ("uint8", pa.int32())]
SHAPES = [(1,), (3,), (2, 2), (2, 1, 2)]
# pyfunc takes no NULL in these.
WHOLE = [Type.long, Type.integer, Type.boolean]
# Without this setting pandas UDFs get whole numbers beside NULLs as doubles, which are not exact from 2**53 on.
EXTENSION_TYPES = "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype"
TEXTS = ["", " ", "a/b=%", "Ä b", "None", "nan", "it's", "2013-10-01", "007", "\n"]
NUMBERS = [0.0, -0.0, math.nan, math.inf, -math.inf, 0.1]


@dataclass(frozen=True)
class Given:
    """An input of the signature, and its column; an optional one may have none."""

    name: str
    kind: Any
    required: bool
    column: pa.Array | None

    @property
    def is_taken_by_pyfunc(self) -> bool:
        """Whether pyfunc hands these values on: the engines know more NULLs, and leave texts in arrays alone."""
        if self.column is None:
            return True
        if not isinstance(self.kind, Array):
            is_exact = self.kind not in WHOLE and isinstance(self.kind, Type)
            return self.kind not in [Map(Type.datetime), ANYTHING] and (
                is_exact or not has_nulls(self.column.to_pylist())
            )
        if self.kind in [Array(PLACE), Array(Type.datetime)]:
            return not has_nulls(self.column.to_pylist())
        if self.kind == Array(Type.string) or (self.required and self.column.null_count):
            return False
        return self.kind == Array(Type.double) or self.column.flatten().null_count == 0


@dataclass(frozen=True)
class GivenTensor:
    """A tensor, and its column, in which a row's values are in arrays of arrays, or in one."""

    dtype: str
    shape: tuple[int, ...]
    column: pa.Array

    @property
    def signature(self) -> ModelSignature:
        return ModelSignature(inputs=Schema([TensorSpec(np.dtype(self.dtype), (-1, *self.shape))]))


@dataclass(frozen=True)
class Example:
    """A signature, and the table: its partition columns, and how many rows its files and their row groups have."""

    inputs: tuple[Given, ...]
    tensor: GivenTensor
    rows: int
    partition_by: tuple[str, ...]
    rows_per_file: int
    rows_per_group: int

    @property
    def needs_extension_types(self) -> bool:
        """Whether a column has whole numbers beside NULLs that are no doubles."""
        whole = [one.column for one in self.inputs if one.column is not None and one.column.type == pa.int64()]
        return any(
            column.null_count and any(abs(value or 0) >= FIRST_INEXACT for value in column.to_pylist())
            for column in whole
        )


def has_nulls(value: Any) -> bool:
    """Whether it is None, or something in it is."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return value is None or any(map(has_nulls, inside))


def values_of(kind: pa.DataType, *, nulls: bool) -> st.SearchStrategy[Any]:
    if pa.types.is_nested(kind):
        return nested_values_of(kind, nulls=nulls)
    if pa.types.is_integer(kind):
        first, last = -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1
        return st.one_of(st.sampled_from([0, 1, -1, first, last]), st.integers(first, last))
    if pa.types.is_floating(kind):
        return st.one_of(st.sampled_from(NUMBERS[:-1]), st.floats(width=kind.bit_width))
    if pa.types.is_temporal(kind):
        # Models get nanoseconds, which reach from 1677 to 2262.
        return st.integers(-100_000, 80_000) if pa.types.is_date(kind) else st.integers(-9 * 10**15, 7 * 10**15)
    plain = st.booleans() if pa.types.is_boolean(kind) else st.binary(max_size=3)
    return st.one_of(st.sampled_from(TEXTS), st.text(max_size=4)) if pa.types.is_string(kind) else plain


def nested_values_of(kind: pa.DataType, *, nulls: bool) -> st.SearchStrategy[Any]:
    if pa.types.is_struct(kind):
        fields = {field.name: values_inside(field.type, nulls=nulls) for field in kind}
        return st.fixed_dictionaries({name: or_null(value, nulls=nulls) for name, value in fields.items()})
    if pa.types.is_map(kind):
        items = or_null(values_inside(kind.item_type, nulls=nulls), nulls=nulls)
        return st.dictionaries(st.sampled_from(TEXTS), items, max_size=2).map(lambda by_name: [*by_name.items()])
    value = values_inside(kind.value_type, nulls=nulls)
    # Arrays of one length are a matrix to numpy, and yet a column of arrays to the model.
    pairs = st.lists(value, min_size=2, max_size=2)
    return st.one_of(pairs, st.lists(st.one_of(st.none(), value), max_size=3)) if nulls else pairs


def values_inside(kind: pa.DataType, *, nulls: bool) -> st.SearchStrategy[Any]:
    # Inside of others Spark gives pandas UDFs times without summer from 2038 on, and before 1884 by the minute.
    is_time = pa.types.is_timestamp(kind)
    return st.integers(-2 * 10**15, 2 * 10**15) if is_time else values_of(kind, nulls=nulls)


def or_null(value: st.SearchStrategy[Any], *, nulls: bool) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), value, value) if nulls else value


@st.composite
def tensors(draw: st.DrawFn, rows: int) -> GivenTensor:
    (dtype, item), shape = draw(st.sampled_from(TENSORS)), draw(st.sampled_from(SHAPES))
    size = math.prod(shape)
    value = st.integers(0, 255) if dtype == "uint8" else values_of(item, nulls=False)
    flat = draw(st.lists(st.lists(value, min_size=size, max_size=size), min_size=rows, max_size=rows))
    if draw(st.booleans()):
        return GivenTensor(dtype, shape, pa.array(flat, pa.list_(item)))
    kind = item
    for _ in shape:
        kind = pa.list_(kind)
    return GivenTensor(dtype, shape, pa.array([np.reshape(value, shape).tolist() for value in flat], kind))


@st.composite
def inputs(draw: st.DrawFn, name: str, rows: int, *, is_there: bool) -> Given:
    kind, stored = draw(st.sampled_from(STORED))
    required = is_there and draw(st.booleans())
    if not is_there:
        return Given(name, kind, required, None)
    held, nulls = draw(st.sampled_from(stored)), draw(st.booleans())
    value = values_of(held, nulls=nulls)
    values = draw(st.lists(or_null(value, nulls=nulls), min_size=rows, max_size=rows))
    return Given(name, kind, required, pa.array(values, held))


def is_in_paths(kind: Any, column: pa.Array) -> bool:
    """Whether a column may make partitions that can be written, and all engines read; times may not."""
    if kind == Type.double:
        # delta-rs writes all digits, and names of folders are short.
        return all(not value or not math.isfinite(value) or 1e-99 < abs(value) < 1e99 for value in column.to_pylist())
    return kind in [Type.string, *WHOLE] or column.type == pa.date32()


@st.composite
def examples(draw: st.DrawFn) -> Example:
    rows = draw(st.sampled_from([0, 1, 12, 24]))
    there = [True, *draw(st.lists(st.sampled_from([True, True, True, False]), min_size=4, max_size=8))]
    found = tuple(draw(inputs(f"c{place}", rows, is_there=one)) for place, one in enumerate(there))
    in_paths = [one.name for one in found[1:] if one.column is not None and is_in_paths(one.kind, one.column)]
    partition_by = draw(st.lists(st.sampled_from(in_paths), max_size=2, unique=True)) if in_paths else []
    sizes = draw(st.integers(5, 24)), draw(st.sampled_from([1, 3, 100]))
    return Example(found, draw(tensors(rows)), rows, tuple(partition_by), *sizes)


def written(path: str, example: Example) -> None:
    columns = {one.name: one.column for one in example.inputs if one.column is not None}
    rows = pa.table({"id": pa.array(range(example.rows), pa.int64()), **columns, "tensor": example.tensor.column})
    for start in range(0, max(example.rows, 1), example.rows_per_file):
        write_deltalake(
            path,
            rows.slice(start, example.rows_per_file),
            mode="append",
            partition_by=list(example.partition_by) or None,
            writer_properties=WriterProperties(max_row_group_size=example.rows_per_group),
        )


def echo() -> Callable[[Any], pd.DataFrame]:
    """A model that tells what it is given, types included; its number is NULL, NaN or a length, by the row alone."""

    # Defined here, so that it travels by value: workers cannot import the tests.
    def text(value: Any) -> str:
        if isinstance(value, (float, np.floating)):
            return float(value).hex()
        if isinstance(value, dict):
            return str({name: text(item) for name, item in value.items()})
        if getattr(value, "ndim", 0):
            return f"{value.dtype}{value.shape}{[text(item) for item in value.ravel().tolist()]}"
        # pyfunc makes numpy's numbers of the ones in dicts.
        return repr(value.item() if isinstance(value, np.integer) else value)

    def of_row(rows: Any, row: int) -> str:
        if isinstance(rows, np.ndarray):
            return text(rows[row])
        return " ".join(f"{name}:{rows[name].dtype}={text(rows[name].iloc[row])}" for name in rows)

    def predict(rows: Any) -> pd.DataFrame:
        seen = [of_row(rows, row) for row in range(len(rows))]
        numbers = [(None, math.nan, float(len(one)))[len(one) % 3] for one in seen]
        return pd.DataFrame({"seen": seen, "number": pd.Series(numbers, dtype=object)})

    return predict


def signature_of(inputs: Iterable[Given]) -> ModelSignature:
    return ModelSignature(inputs=Schema([ColSpec(one.kind, one.name, required=one.required) for one in inputs]))


def predicted_by_pyfunc(folder: Path, signature: ModelSignature, rows: pd.DataFrame) -> pd.DataFrame:
    predict = echo()
    with quiet():
        mlflow.pyfunc.save_model(
            str(folder),
            python_model=pyfunc_of(lambda _context, given, _params: predict(given)),
            pip_requirements=["mlflow"],
            signature=signature,
        )
        found: pd.DataFrame = mlflow.pyfunc.load_model(str(folder)).predict(rows)
    return found


def cast_as_spark_does(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column as the type; days, and times without a zone, are of the session's zone."""
    if not pa.types.is_timestamp(kind) or getattr(column.type, "tz", None):
        return column.cast(kind)
    # Where clocks are put back the first of two moments, and where they are put on the one by the clock of before.
    zone = ZoneInfo(kind.tz)
    local = column.cast(pa.timestamp("us")).to_pylist()
    moments = [None if time is None else time.replace(tzinfo=zone).astimezone(UTC) for time in local]
    return pa.array(moments, kind)


def frame_of(planned: Sequence[PlannedInput], example: Example, zone: str) -> pd.DataFrame:
    """The whole table as one batch."""
    columns = {one.name: one.column for one in example.inputs if one.column is not None}
    kinds = [to_arrow_type(T.DataType.fromDDL(one.type), timezone=zone) for one in planned]
    arrays = [cast_as_spark_does(columns[one.column], kind) for one, kind in zip(planned, kinds, strict=True)]
    frame: pd.DataFrame = model_input(planned, arrays, tensor=False)
    return frame


def is_named(kind: str) -> bool:
    """Whether there are structs or maps in a type, which Spark alone reads."""
    return "struct<" in kind or "map<" in kind


def is_read_directly(planned: PlannedInput, kind: str) -> bool:
    """Whether the engine direct reads a column of this type; what only Spark casts keeps it out."""
    return not is_named(kind) and (planned.type == kind or planned.type in {"bigint", "int", "float", "double"})


def rows_of(frame: DataFrame) -> list[tuple[str, ...]]:
    """The rows by key and model; as texts, in which NaN is equal to itself, and zero not to its negative."""
    rows = sorted(frame.collect(), key=lambda row: (row["model_version"], row["id"]))
    return [tuple(repr(value) for value in row) for row in rows]


def scored_by(
    spark: SparkSession, engine: Engine, table: Input, carried: Iterable[str], tasks: tuple[Task, ...]
) -> list[tuple[str, ...]]:
    request = Request(table, tuple(carried), tasks, "prediction", RESULT)
    return rows_of(choose(spark, engine, request).scored(spark, request))


def tasks_of(spark: SparkSession, predict: Any, lanes: Iterable[Sequence[PlannedInput]]) -> tuple[Task, ...]:
    """A task for each lane's inputs; the one that has a tensor is given it as an array."""
    return tuple(
        Task(
            PredictorSpec("echo", str(place), "sklearn"),
            "none",
            lambda _folder, _spec: SimpleNamespace(predict=predict, only_reads=False),
            tuple(lane),
            output_fields(spark, RESULT),
            is_struct=True,
            tensor=lane[0].shape is not None,
        )
        for place, lane in enumerate(lanes)
        if lane
    )


def told(predicted: Iterable[pd.DataFrame]) -> list[str]:
    """Predictions as texts, as in ``rows_of``."""
    pairs = ((one["seen"], one["number"]) for one in predicted)
    return [repr(T.Row(seen=seen, number=number)) for pair in pairs for seen, number in zip(*pair, strict=True)]


@contextmanager
def extension_types(spark: SparkSession, *, wanted: bool) -> Iterator[None]:
    """Whether pandas UDFs get whole numbers beside NULLs as they are, for a block."""
    before = spark.conf.get(EXTENSION_TYPES)
    spark.conf.set(EXTENSION_TYPES, wanted)
    try:
        yield
    finally:
        spark.conf.set(EXTENSION_TYPES, str(before))


@settings(
    max_examples=10 if "CI" in os.environ else 4,
    # Each example is jobs of Spark's: a smaller one would come late.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(example=examples())
def test_all_engines_give_the_answer_of_pyfunc(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, example: Example
) -> None:
    folder = tmp_path_factory.mktemp("one-answer") / uuid4().hex
    written(str(folder / "table"), example)
    table = read_input(spark, InputConfig(table=str(folder / "table")), None)
    read = signature_from_mlmodel(signature_of(example.inputs).to_dict())
    assert read is not None
    plan = plan_inputs(read, table.columns, {})
    planned = plan.with_nulls(survey(table, ["id"], [plan], unique=False).with_nulls).inputs
    names = {one.name for one in example.inputs if one.is_taken_by_pyfunc}
    taken = tuple(one for one in planned if one.name in names)
    plain = tuple(one for one in planned if is_read_directly(one, table.columns[one.column]))
    as_array = signature_from_mlmodel(example.tensor.signature.to_dict())
    assert as_array is not None
    tensor = plan_inputs(as_array, table.columns, {"0": "tensor"}).inputs

    predict = echo()
    tasks, of_files = (tasks_of(spark, predict, lanes) for lanes in ((tensor, planned, taken), (tensor, plain)))
    readable = [name for name, kind in table.columns.items() if not is_named(kind)]
    with extension_types(spark, wanted=example.needs_extension_types):
        first, other = [scored_by(spark, engine, table, table.columns, tasks) for engine in ENGINES[:2]]
        direct = scored_by(spark, ENGINES[2], table, readable, of_files)
    assert other == first
    carried = [place for place, name in enumerate(table.columns) if name in readable]
    rows = [tuple(row[place] for place in carried) for row in first[: example.rows]]
    assert [row[: len(carried)] for row in direct] == rows * len(of_files)

    flat = pd.DataFrame({"tensor": [np.ravel(value).tolist() for value in example.tensor.column.to_pylist()]})
    as_tensor = [] if flat.empty else [predicted_by_pyfunc(folder / "tensor", example.tensor.signature, flat)]
    frames = [frame_of(lane, example, session_zone(spark)) for lane in (planned, plain, taken)]
    by_every, by_plain, by_taken = map(predict, frames)
    if taken and example.rows:
        by_pyfunc = signature_of(one for one in example.inputs if one.name in names)
        by_taken = predicted_by_pyfunc(folder / "taken", by_pyfunc, frames[-1])
    assert [row[len(table.columns)] for row in first] == told([*as_tensor, by_every, by_taken])
    assert [row[len(carried)] for row in direct] == told([*as_tensor, *([by_plain] if plain else [])])
