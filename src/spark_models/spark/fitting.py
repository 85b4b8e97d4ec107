"""Types and classes that a comparison's task cannot use, refused before any row is read."""

from collections.abc import Iterator, Sequence

from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.metrics import Task
from spark_models.errors import ConfigError, SchemaError
from spark_models.spark.typed import OF_NUMBERS, Typed

_NESTED = (T.ArrayType, T.MapType, T.StructType, T.VariantType, T.BinaryType)
_SCORES = (T.NumericType, T.BooleanType)


def require_fitting(typed: Typed, others: Sequence[str] = ()) -> None:
    """Refuse types and classes that the task cannot use.

    Args:
        typed: The labels and predictions.
        others: What else is wrong with the columns or with metrics over them, to be told with it.

    Raises:
        ConfigError: if the classes are not what the task needs.
        SchemaError: if the columns' types are not.
    """
    if problems := list(_class_problems(typed)):
        raise ConfigError("classes", problems)
    labels = label_type_problems(typed.config, typed.label_type)
    if problems := [*others, *labels, *prediction_type_problems(typed.config, typed.prediction_type)]:
        raise SchemaError(f"labels and predictions cannot be compared as {typed.task}", problems)


def key_problems(labels: T.StructType, predictions: T.StructType, keys: Sequence[str]) -> list[str]:
    """Every key that both tables have, and that a join would have to read as something else."""
    problems = []
    for key in keys:
        if key not in labels.names or key not in predictions.names:
            continue
        ours, theirs = labels[key].dataType, predictions[key].dataType
        if ours != theirs and not (isinstance(ours, T.NumericType) and isinstance(theirs, T.NumericType)):
            types = f"{ours.simpleString()} in the labels table, but {theirs.simpleString()} in the predictions table"
            problems.append(f"key {key!r} is {types}; cast it in a view of one of them")
    return problems


def struct_problems(column: str, kind: T.DataType) -> list[str]:
    """That a prediction is a struct, with its fields."""
    if not isinstance(kind, T.StructType):
        return []
    fields = ", ".join(f"{column}.{field}" for field in kind.names)
    return [f"prediction {column!r} is a struct; set predictions.column to one of its fields: {fields}"]


def _class_problems(typed: Typed) -> Iterator[str]:
    # A ranking has a positive class only where its score is one of two probabilities.
    if typed.task not in {"binary", "multiclass"} and not (typed.task == "ranking" and typed.is_array):
        return
    names, positive = typed.named_classes, typed.config.positive_class
    if len(set(names)) < len(names):
        yield "each may be there once only; 1, 1.0 and true are one class"
    if typed.task == "multiclass":
        return
    if names and len(names) != 2:
        yield f"{len(names)} are given; {typed.task} needs two"
    if names and typed.positive not in names:
        yield f"positive_class {positive!r} is not one of them"
    if not names and typed.is_array and typed.positive not in {"0", "1"}:
        yield (
            "give both, in the order of the probabilities, since each prediction has one for each class; without"
            f" them positive_class is 0 or 1, not {positive!r}"
        )


def label_type_problems(config: CompareConfig, kind: T.DataType) -> list[str]:
    """That labels are of a type that the task cannot use."""
    told = f"label {config.labels.column!r} is {kind.simpleString()}"
    if config.task == "multilabel":
        return [] if _is_array_of(kind, *_SCORES) else [f"{told}, not an array of 0 and 1, one for each label"]
    if config.task == "ranking":
        return [] if isinstance(kind, _SCORES) else [f"{told}, not a number, which says how relevant an item is"]
    if config.task in OF_NUMBERS:
        return [] if isinstance(kind, T.NumericType) else [f"{told}, not a number"]
    return [f"{told}, not a class"] if isinstance(kind, _NESTED) else []


def prediction_type_problems(config: CompareConfig, kind: T.DataType) -> list[str]:
    """That predictions are of a type that the task cannot use."""
    name = config.predictions.column
    problems = struct_problems(name, kind)
    if problems or (wanted := _wanted(config.known_task, kind)) is None:
        return problems
    return [f"prediction {name!r} is {kind.simpleString()}, not {wanted}"]


def _wanted(task: Task, kind: T.DataType) -> str | None:
    """What a prediction of a type should be; None if it is that."""
    match task:
        case "regression" | "forecast":
            return None if isinstance(kind, T.NumericType) else "a number"
        case "quantile":
            fits = _is_array_of(kind, T.NumericType) or isinstance(kind, T.NumericType)
            return None if fits else "an array of numbers, one for each of quantiles"
        case "multilabel":
            return None if _is_array_of(kind, *_SCORES) else "an array of scores, one for each label"
        case "multiclass":
            fits = _is_array_of(kind, T.NumericType) or not isinstance(kind, _NESTED)
            return None if fits else "a class or an array of probabilities"
        case "binary" | "ranking":
            fits = _is_array_of(kind, T.NumericType) or isinstance(kind, _SCORES)
            return None if fits else "a score or an array of them"


def _is_array_of(kind: T.DataType, *elements: type[T.DataType]) -> bool:
    return isinstance(kind, T.ArrayType) and isinstance(kind.elementType, elements)
