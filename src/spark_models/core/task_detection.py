"""Which task a comparison is of, by what is configured and by the types of labels and predictions.

The first line that fits decides; a whole number is one of any width, a number with decimals a double, float or decimal.

================  ====================================  ======================================================
label             prediction                            task
================  ====================================  ======================================================
any               any, with the section ``ranking``     ranking
any               any, with ``quantiles``               quantile
any               any, with the section ``forecast``    forecast
array             any                                   multilabel
boolean, text     text, array of more than 2            multiclass
boolean, text     any other                             binary
whole number      text, array of more than 2            multiclass
whole number      array of 2                            binary
whole number      whole number, boolean                 binary if all labels are 0 or 1, else multiclass
whole number      number with decimals                  binary if all labels are 0 or 1; else multiclass if the
                                                        model's signature says that it gives whole numbers or
                                                        texts, which the table has as other numbers; else
                                                        regression
with decimals     number                                regression
================  ====================================  ======================================================
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from spark_models.core.metrics import Task
from spark_models.errors import ConfigError

Kind = Literal["boolean", "whole", "decimals", "text", "array", "other"]

_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "whole"),
    **dict.fromkeys(("float", "double", "decimal"), "decimals"),
    **dict.fromkeys(("string", "varchar", "char"), "text"),
    "array": "array",
}


def kind_of(spark_type: str) -> Kind:
    """What values a column of a type has.

    >>> kind_of("decimal(9,2)"), kind_of("array<array<double>>"), kind_of("date")
    ('decimals', 'array', 'other')
    """
    return _KINDS.get(spark_type.partition("(")[0].partition("<")[0], "other")


@dataclass(frozen=True)
class Seen:
    """The Spark types of both columns, and what is looked at only where these do not decide.

    ``width`` is how many values a prediction has that is an array, ``has_two_labels`` whether all labels are 0 or 1,
    and ``output`` the Spark type of what the model gives, by its signature; None where it is not known.
    """

    label: str
    prediction: str
    width: Callable[[], int | None]
    has_two_labels: Callable[[], bool]
    output: Callable[[], str | None]


def detected_task(configured: Iterable[str], seen: Seen) -> Task:
    """The task.

    Args:
        configured: The tasks of the sections that are in the config, one at the most.
        seen: The columns.

    Raises:
        ConfigError: if it cannot be told.
    """
    found = next((task for task in get_args(Task) if task in set(configured)), None) or _by_columns(seen)
    if found is None:
        told = f"it cannot be told from a label of type {seen.label} and a prediction of type {seen.prediction}"
        raise ConfigError(
            "task",
            [
                f"{told}; set task: {', '.join(get_args(Task))}",
                "of these quantile needs quantiles, and ranking the section ranking",
            ],
        )
    task: Task = found
    return task


def _by_columns(seen: Seen) -> Task | None:
    prediction = kind_of(seen.prediction)
    match kind_of(seen.label):
        case "array":
            return "multilabel"
        case "boolean" | "text":
            return "multiclass" if _are_classes(prediction, seen) else "binary"
        case "whole":
            return "multiclass" if _are_classes(prediction, seen) else _of_whole_labels(prediction, seen)
        case "decimals" if prediction in {"whole", "decimals"}:
            return "regression"
    return None


def _are_classes(prediction: Kind, seen: Seen) -> bool:
    return prediction == "text" or (prediction == "array" and (seen.width() or 0) > 2)


def _of_whole_labels(prediction: Kind, seen: Seen) -> Task | None:
    if prediction == "other":
        return None
    if prediction == "array" or seen.has_two_labels():
        return "binary"
    if prediction == "decimals" and kind_of(seen.output() or "") not in {"whole", "text"}:
        return "regression"
    return "multiclass"
