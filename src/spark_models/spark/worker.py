"""What runs in Python workers: load a predictor once, then turn batches into predictions."""

import os
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.arrays import ArrowExtensionArray
from pyspark import SparkFiles

from spark_models.core.casts import ANY
from spark_models.core.plan import Plan, PlannedInput
from spark_models.core.predictor import PredictorSpec
from spark_models.core.requirements import differing_versions
from spark_models.errors import DataError, SchemaError, SessionError, SparkModelsError
from spark_models.spark.batches import INPUT, arrow_columns, model_input, rows_with_nulls
from spark_models.spark.kept import Kept

# How the calls that led to a failure begin, and how many of them, the innermost, are told.
OWN_TRACEBACK, MOST_CALLS = "The model's own traceback:", 20


class Predictor(Protocol):
    """What a flavor is wrapped into."""

    @property
    def predict(self) -> Callable[[Any], Any]:
        """Take a batch of n rows, give n predictions."""

    @property
    def only_reads(self) -> bool:
        """Whether the batch is sure to be as it was afterwards."""


# What columns were made into for models, by inputs.
Made: TypeAlias = dict[tuple[PlannedInput, ...], Any]
Load = Callable[[Path, PredictorSpec], Predictor]


@dataclass(frozen=True)
class Task:
    """All that travels to a worker, besides the archive with the model's files.

    ``outputs`` are the fields of the result with their Arrow types, and ``is_struct`` says whether they are
    a struct's. ``records_errors`` makes the result a struct with a field ``error``, which says why a row
    has no prediction, instead of failing the batch. ``environment`` holds variables to set before the
    model is loaded. ``is_boxed`` says that each struct comes as the only field of another one: of a struct that is
    NULL itself a pandas UDF is told no more than that its fields are.
    """

    spec: PredictorSpec
    archive: str
    load: Load
    inputs: tuple[PlannedInput, ...]
    outputs: tuple[tuple[str, pa.DataType], ...]
    is_struct: bool = False
    tensor: bool = False
    records_errors: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    is_boxed: bool = False

    @property
    def result_names(self) -> tuple[str, ...]:
        """The names of the result's columns; beside errors, places: a model may well have an output ``error``."""
        if self.records_errors:
            return (*(str(place) for place in range(len(self.outputs))), "error")
        return tuple(name for name, _ in self.outputs)


KEPT: Kept[Predictor] = Kept()


def _key(task: Task) -> tuple[Load, str, PredictorSpec, tuple[tuple[str, str], ...]]:
    return task.load, task.archive, task.spec, task.environment


def in_use(tasks: Iterable[Task]) -> AbstractContextManager[None]:
    """Keep the predictors of all of these tasks inside the block, once each is loaded."""
    return KEPT.in_use([_key(task) for task in tasks])


def loaded(task: Task) -> Predictor:
    """The task's predictor, kept for the batches and tasks to come in this worker.

    Raises:
        SessionError: if the model cannot be loaded here, or a limit of what is kept is no number.
    """
    folder = Path(SparkFiles.get(task.archive))
    return KEPT.get(_key(task), lambda: _load(task, folder), folder)


def _load(task: Task, folder: Path) -> Predictor:
    os.environ.update(task.environment)
    try:
        return task.load(folder, task.spec)
    except SparkModelsError:
        raise
    except ModuleNotFoundError as error:
        problem = f"the workers' Python has no module {error.name!r}: install the model's requirements there"
        raise SessionError(_subject(task), [problem, *_differing(task)]) from error
    except Exception as error:
        problem = f"it cannot be loaded: {type(error).__name__} in {place_of(error)}"
        raise SessionError(_subject(task), [problem, *_differing(task)]) from error


def _subject(task: Task) -> str:
    return f"{task.spec.model} ({task.spec.flavor})"


def _subject_of(task: Task, part: str) -> str:
    """What a message calls the model's input or its predictions."""
    return f"{part} of {_subject(task)}, method {task.spec.method}"


def _differing(task: Task) -> tuple[str, ...]:
    return differing_versions(task.spec.requirements, "this worker")


def predict_batches(task: Task, batches: Iterator[Any]) -> Iterator[Any]:
    """Predict batch after batch; this is the body of the iterator pandas UDF.

    Args:
        task: What to do.
        batches: Each a tuple of columns, one column alone, or a DataFrame for a struct.

    Yields:
        A Series as long as the batch, or a DataFrame for a struct.

    Raises:
        SchemaError: if a batch does not fit the model, or the model's predictions do not fit the result.
        DataError: if the model raises on a batch, unless errors are recorded.
        SessionError: if the model cannot be loaded.
    """
    for batch in batches:
        arrays = predicted(*_given(task, batch), made={})
        # pandas with Arrow inside: Spark then takes NULL and NaN as they are.
        series = [pd.Series(ArrowExtensionArray(array)) for array in arrays]
        is_frame = task.is_struct or task.records_errors
        yield pd.DataFrame(dict(zip(task.result_names, series, strict=True))) if is_frame else series[0]


def predicted(task: Task, columns: Sequence[Any], made: Made) -> list[pa.Array]:
    """Predict one batch: an Arrow array for each of ``task.result_names``.

    Args:
        task: What to do.
        columns: The model's inputs in the order of ``task.inputs``, each n values of Arrow's or pandas'.
        made: What the same columns were made into for other models, none of which changes it.

    Raises:
        SchemaError, DataError, SessionError: as in :func:`predict_batches`.
    """
    predictor = loaded(task)
    return (_recorded if task.records_errors else _predicted)(task, predictor, columns, made)


def _given(task: Task, batch: Any) -> tuple[Task, list[Any]]:
    """The batch's columns, and the task for the inputs that were given: optional ones may be missing."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    if task.is_boxed:
        return task, [part.iloc[:, 0] if isinstance(part, pd.DataFrame) else part for part in parts]
    if len(parts) == 1 and isinstance(parts[0], pd.DataFrame) and not _is_one_input(task, parts[0]):
        return _given_by_name(task, parts[0])
    if task.tensor:
        return task, list(parts)
    left_out = task.inputs[len(parts) :]
    if len(parts) > len(task.inputs) or any(planned.required for planned in left_out):
        names = ", ".join(planned.name for planned in task.inputs)
        raise SchemaError(_subject_of(task, INPUT), [f"{len(parts)} columns were given, it takes {names}"])
    return replace(task, inputs=task.inputs[: len(parts)]), list(parts)


def _is_one_input(task: Task, frame: pd.DataFrame) -> bool:
    """Whether the struct is the model's only input, and not a struct of its inputs."""
    first = task.inputs[0]
    return len(task.inputs) == 1 and first.type.startswith(("struct", ANY)) and first.name not in frame.columns


def _given_by_name(task: Task, frame: pd.DataFrame) -> tuple[Task, list[Any]]:
    if task.tensor:
        return task, [frame[name] for name in frame.columns]
    missing = [planned.name for planned in task.inputs if planned.required and planned.name not in frame.columns]
    if missing:
        raise SchemaError(_subject_of(task, INPUT), [f"field {name!r} is missing" for name in missing])
    inputs = tuple(planned for planned in task.inputs if planned.name in frame.columns)
    return replace(task, inputs=inputs), [frame[planned.name] for planned in inputs]


def _predicted(task: Task, predictor: Predictor, columns: Sequence[Any], made: Made) -> list[pa.Array]:
    """The predictions; where nobody has looked at the whole input, rows with NULLs are predicted by themselves.

    So a row's types are its own, and not those of the rows that Spark puts beside it.
    """
    if task.tensor or not any(planned.depends_on_nulls and planned.nulls is None for planned in task.inputs):
        return _of_batch(task, predictor, columns, made)
    has_nulls = rows_with_nulls(task.inputs, columns)
    parts = [np.flatnonzero(has_nulls == nulls) for nulls in (False, True)]
    if not all(map(len, parts)):
        return _of_batch(_with_nulls(task, nulls=bool(has_nulls.any())), predictor, columns, made)
    found = [
        _of_batch(_with_nulls(task, nulls=nulls), predictor, [_taken(column, rows) for column in columns], {})
        for nulls, rows in zip((False, True), parts, strict=True)
    ]
    in_order = pa.array(np.argsort(np.concatenate(parts)))
    return [pa.concat_arrays(pair).take(in_order) for pair in zip(*found, strict=True)]


def _with_nulls(task: Task, *, nulls: bool) -> Task:
    names = [planned.column for planned in task.inputs] if nulls else []
    return replace(task, inputs=Plan(task.inputs).with_nulls(names).inputs)


def _of_batch(task: Task, predictor: Predictor, columns: Sequence[Any], made: Made) -> list[pa.Array]:
    rows = len(columns[0])
    if rows == 0:
        return [pa.array([], type=kind) for _, kind in task.outputs]
    made = made if predictor.only_reads else {}
    if task.inputs not in made:
        with _named(task):
            made[task.inputs] = model_input(task.inputs, columns, tensor=task.tensor)
    try:
        predictions = predictor.predict(made[task.inputs])
    except DataError as error:  # a flavor's own words, which hold no values
        raise DataError(_subject(task), error.problems) from None
    except Exception as error:  # noqa: BLE001  # a model may raise anything, with values from rows in its message
        failure = DataError(_subject(task), [described(task.spec, error), *_differing(task)])
        failure.add_note(own_traceback(error))
        raise failure from None
    with _named(task):
        return arrow_columns(predictions, rows, task.outputs, is_struct=task.is_struct)


@contextmanager
def _named(task: Task) -> Iterator[None]:
    """Errors inside say of which model: in one pass there may be several."""
    try:
        yield
    except (SchemaError, DataError) as error:
        raise type(error)(_subject_of(task, error.subject), error.problems) from None


def described(spec: PredictorSpec, error: Exception) -> str:
    """What the model raised and where, without its message, which may hold values from rows."""
    return f"{spec.method} raised {type(error).__name__} in {place_of(error)}"


def own_traceback(error: Exception) -> str:
    """The calls that led to what the model raised, the last one innermost, without the message."""
    calls = traceback.extract_tb(error.__traceback__)[-MOST_CALLS:]
    return "\n".join(
        [OWN_TRACEBACK, *(f'  File "{call.filename}", line {call.lineno}, in {call.name}' for call in calls)]
    )


def place_of(error: Exception) -> str:
    """Where it was raised: file, line and function."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(where.filename).name}:{where.lineno} ({where.name})"


def _recorded(task: Task, predictor: Predictor, columns: Sequence[Any], made: Made) -> list[pa.Array]:
    """Predictions and a last column of errors; a batch that fails is halved down to the rows that fail."""
    rows = len(columns[0])
    try:
        return [*_predicted(task, predictor, columns, made), pa.nulls(rows, pa.string())]
    except DataError as error:
        if rows == 1:
            return [*(pa.nulls(1, kind) for _, kind in task.outputs), pa.array(["; ".join(error.problems)])]
    halves = [
        _recorded(task, predictor, [_part(column, *part) for column in columns], {})
        for part in ((0, rows // 2), (rows // 2, rows))
    ]
    return [pa.concat_arrays(pair) for pair in zip(*halves, strict=True)]


def _taken(column: Any, rows: np.ndarray) -> Any:
    return column.take(pa.array(rows)) if isinstance(column, pa.Array) else column.iloc[rows].reset_index(drop=True)


def _part(column: Any, start: int, stop: int) -> Any:
    if isinstance(column, pa.Array):
        return column.slice(start, stop - start)
    return column.iloc[start:stop].reset_index(drop=True)
