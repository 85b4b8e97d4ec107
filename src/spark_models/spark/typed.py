"""Labels and predictions as the metrics of a task need them."""

from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.metrics import Task
from spark_models.errors import DataError
from spark_models.spark.class_labels import class_label, class_name

# The tasks whose labels are numbers.
OF_NUMBERS = frozenset({"regression", "ranking", "quantile", "forecast"})

# The tasks that compare all numbers of an array.
_OF_ARRAYS = frozenset({"multiclass", "multilabel", "quantile"})


@dataclass(frozen=True)
class Typed:
    """The comparison's settings, and the types of its two columns."""

    config: CompareConfig
    label_type: T.DataType
    prediction_type: T.DataType

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.config.known_task

    @cached_property
    def positive(self) -> str:
        """The positive class, as ``class_label`` writes it."""
        return class_name(self.config.positive_class)

    @cached_property
    def named_classes(self) -> tuple[str, ...]:
        """The classes that the config names, as ``class_label`` writes them."""
        return tuple(class_name(name) for name in self.config.classes)

    @property
    def is_array(self) -> bool:
        """Whether a prediction is one number for each class, label or quantile."""
        return isinstance(self.prediction_type, T.ArrayType)

    def width(self, width: int | None) -> int | None:
        """How many numbers blocks hold of each prediction; None for one, or a class without probabilities.

        Args:
            width: How long the arrays are; None if predictions are none.
        """
        return width if self.task in _OF_ARRAYS else None

    def classes(self, width: int | None) -> tuple[str, ...]:
        """The classes that there are, in the order of the probabilities; none if any label is one.

        Args:
            width: How many values each prediction has; None if they are no arrays.

        Raises:
            DataError: if there are not as many classes, or quantiles.
        """
        column, names = self.config.predictions.column, self.named_classes
        arrays = f"column {column!r} has arrays of {width} values"
        if self.task == "quantile" and width not in {None, len(self.config.quantiles)}:
            problem = f"{arrays}, but quantiles has {len(self.config.quantiles)}"
            raise DataError("predictions do not fit the quantiles", [problem])
        if self.task not in {"binary", "multiclass", "ranking"} or width is None:
            return names
        wanted = len(names) or width if self.task == "multiclass" else 2
        if width != wanted:
            problem = f"{arrays}, but there are {wanted} classes; name them all in classes"
            raise DataError("predictions do not fit the classes", [problem])
        return names or tuple(str(place) for place in range(width))

    def label(self, raw: Column) -> Column:
        """The label: a double, an array of them, or the class as a string."""
        if self.task == "multilabel":
            return raw.cast("array<double>")
        if self.task in OF_NUMBERS:
            return raw.cast("double")
        text = class_label(raw, self.label_type)
        return (text == self.positive).cast("double") if self.task == "binary" else text

    @property
    def is_one_number(self) -> bool:
        """Whether a prediction that enters is a number: itself, or that of one ``place`` in an array."""
        return self.task not in _OF_ARRAYS

    @property
    def place(self) -> int | None:
        """Which number of an array is the positive class's; None if predictions are no arrays."""
        return (self.named_classes or ("0", "1")).index(self.positive) if self.is_array else None

    def predicted(self, value: Column) -> dict[str, Column]:
        """What blocks are made of; ``prediction`` is NULL or NaN if there is none.

        For multiclass that is the class, with ``probabilities`` of all classes where predictions are arrays.
        """
        if self.task == "multiclass":
            return self._class(value)
        if self.task in _OF_ARRAYS:
            return {"prediction": _complete(value if self.is_array else F.array(value))}
        number = value if self.place is None else F.get(value, F.lit(self.place))
        return {"prediction": number.cast("double")}

    def _class(self, value: Column) -> dict[str, Column]:
        if not self.is_array:
            return {"prediction": class_label(value, self.prediction_type)}
        complete = _complete(value)
        most_probable = (F.array_position(complete, F.array_max(complete)) - 1).cast("int")
        prediction = most_probable.cast("string")
        if self.named_classes:
            prediction = F.get(F.lit(list(self.named_classes)), most_probable)
        return {"prediction": prediction, "probabilities": complete}


def _complete(value: Column) -> Column:
    """An array as doubles; NULL if one of them is NULL or NaN."""
    numbers = value.cast("array<double>")
    return F.when(~F.exists(numbers, lambda part: part.isNull() | F.isnan(part)), numbers)
