"""What runs in Python workers: load a predictor once, then turn batches into predictions."""

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
from pyspark import SparkFiles

from spark_models.core.plan import PlannedInput
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import DataError, SchemaError
from spark_models.spark.batches import arrow_columns, model_input

# Models that one worker keeps: a champion, its challengers, and room for a few more.
KEPT_PREDICTORS = 4


class Predictor(Protocol):
    """What a flavor is wrapped into."""

    @property
    def predict(self) -> Callable[[Any], Any]:
        """Take a batch of n rows, give n predictions."""


Load = Callable[[Path, PredictorSpec], Predictor]


@dataclass(frozen=True)
class Task:
    """All that travels to a worker, besides the archive with the model's files.

    ``outputs`` are the fields of the result with their Arrow types; ``records_errors`` adds a
    last column that says why a row has no prediction, instead of failing the batch. ``environment``
    holds variables to set before the model is loaded.
    """

    spec: PredictorSpec
    archive: str
    load: Load
    inputs: tuple[PlannedInput, ...]
    outputs: tuple[tuple[str, pa.DataType], ...]
    tensor: bool = False
    records_errors: bool = False
    environment: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=KEPT_PREDICTORS)
def loaded(load: Load, archive: str, spec: PredictorSpec, environment: tuple[tuple[str, str], ...]) -> Predictor:
    """The predictor, kept for the batches and tasks to come in this worker."""
    os.environ.update(environment)
    return load(Path(SparkFiles.get(archive)), spec)


def predict_batches(task: Task, batches: Iterator[Any]) -> Iterator[Any]:
    """Predict batch after batch; this is the body of the iterator pandas UDF.

    Args:
        task: What to do.
        batches: Each a tuple of columns, one column alone, or a DataFrame for a struct.

    Yields:
        A Series for a single output, a DataFrame for several, as long as the batch.
    """
    names = [name for name, _ in task.outputs] + (["error"] if task.records_errors else [])
    predictor = loaded(task.load, task.archive, task.spec, task.environment)
    for batch in batches:
        given, columns = _given(task, batch)
        arrays = (_recorded if task.records_errors else _predicted)(given, predictor, columns)
        # pandas with Arrow inside: Spark then takes NULL and NaN as they are.
        series = [pd.Series(pd.array(array, dtype=pd.ArrowDtype(array.type))) for array in arrays]
        yield series[0] if len(series) == 1 else pd.DataFrame(dict(zip(names, series, strict=True)))


def _given(task: Task, batch: Any) -> tuple[Task, list[pd.Series]]:
    """The batch's columns, and the task for the inputs that were given: optional ones may be missing."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    if not isinstance(parts[0], pd.DataFrame):
        return (task if task.tensor else replace(task, inputs=task.inputs[: len(parts)])), list(parts)
    frame = parts[0]
    if task.tensor:
        return task, [frame[name] for name in frame.columns]
    missing = [planned.name for planned in task.inputs if planned.required and planned.name not in frame.columns]
    if missing:
        raise SchemaError(f"the input of {task.spec.model}", [f"field {name!r} is missing" for name in missing])
    inputs = tuple(planned for planned in task.inputs if planned.name in frame.columns)
    return replace(task, inputs=inputs), [frame[planned.name] for planned in inputs]


def _predicted(task: Task, predictor: Predictor, columns: Sequence[pd.Series]) -> list[pa.Array]:
    rows = len(columns[0])
    if rows == 0:
        return [pa.array([], type=kind) for _, kind in task.outputs]
    batch = model_input(task.inputs, columns, tensor=task.tensor)
    try:
        predictions = predictor.predict(batch)
    except Exception as error:  # noqa: BLE001  # a model may raise anything, with values from rows in its message
        raise DataError(f"{task.spec.model} ({task.spec.flavor})", [described(task, error)]) from None
    return arrow_columns(predictions, rows, task.outputs)


def described(task: Task, error: Exception) -> str:
    """What the model raised and where, without its message, which may hold values from rows."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{task.spec.method} raised {type(error).__name__} in {Path(where.filename).name}:{where.lineno} ({where.name});"
        " on_row_error: record would keep such rows, without a prediction"
    )


def _recorded(task: Task, predictor: Predictor, columns: Sequence[pd.Series]) -> list[pa.Array]:
    """Predictions and a last column of errors; a batch that fails is halved down to the rows that fail."""
    rows = len(columns[0])
    if rows == 0:
        return [pa.array([], type=kind) for _, kind in (*task.outputs, ("error", pa.string()))]
    try:
        return [*_predicted(task, predictor, columns), pa.nulls(rows, pa.string())]
    except DataError as error:
        if rows == 1:
            return [*(pa.nulls(1, kind) for _, kind in task.outputs), pa.array([error.problems[0].split(";")[0]])]
    halves = [_recorded(task, predictor, [column.iloc[part] for column in columns]) for part in _halves(rows)]
    return [pa.concat_arrays(pair) for pair in zip(*halves, strict=True)]


def _halves(rows: int) -> tuple[slice, slice]:
    return slice(0, rows // 2), slice(rows // 2, rows)
