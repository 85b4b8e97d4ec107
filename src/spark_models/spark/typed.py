"""Labels and predictions as the metrics of a task need them."""

from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.errors import ConfigError, DataError, SchemaError
from spark_models.spark.class_labels import class_label, class_name

_NESTED = (T.ArrayType, T.MapType, T.StructType, T.VariantType, T.BinaryType)


@dataclass(frozen=True)
class Typed:
    """The comparison's settings, and the types of its two columns."""

    config: CompareConfig
    label_type: T.DataType
    prediction_type: T.DataType

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
        """Whether a prediction is one probability for each class."""
        return isinstance(self.prediction_type, T.ArrayType)

    def require_fitting(self) -> None:
        """Refuse types and classes that the task cannot use.

        Raises:
            ConfigError: if the classes are not what the task needs.
            SchemaError: if the columns' types are not.
        """
        if self.config.task != "regression" and (problems := self._class_problems()):
            raise ConfigError("classes", problems)
        if problems := [*self._label_problems(), *self._prediction_problems()]:
            raise SchemaError(f"labels and predictions cannot be compared as {self.config.task}", problems)

    def classes(self, width: int | None) -> tuple[str, ...]:
        """The classes that there are, in the order of the probabilities; none if any label is one.

        Args:
            width: How many probabilities each prediction has; None if they are no arrays.

        Raises:
            DataError: if there are not as many classes.
        """
        if self.config.task == "regression" or width is None:
            return self.named_classes
        wanted = 2 if self.config.task == "binary" else len(self.named_classes) or width
        if width != wanted:
            problem = f"its arrays have {width} values, but there are {wanted} classes; name them all in classes"
            raise DataError(f"prediction {self.config.predictions.column!r}", [problem])
        return self.named_classes or tuple(str(place) for place in range(width))

    def label(self, raw: Column) -> Column:
        """The label: a double, or the class as a string."""
        if self.config.task == "regression":
            return raw.cast("double")
        text = class_label(raw, self.label_type)
        return (text == self.positive).cast("double") if self.config.task == "binary" else text

    def predicted(self, value: Column) -> dict[str, Column]:
        """What blocks are made of; ``prediction`` is NULL or NaN if there is none.

        For multiclass that is the class, with ``probabilities`` of all classes where predictions are arrays.
        """
        if self.config.task == "multiclass":
            return self._class(value)
        if self.is_array:
            classes = self.named_classes or ("0", "1")
            value = F.get(value, F.lit(classes.index(self.positive)))
        return {"prediction": value.cast("double")}

    def _class(self, value: Column) -> dict[str, Column]:
        if not self.is_array:
            return {"prediction": class_label(value, self.prediction_type)}
        complete = F.when(~F.exists(value, lambda part: part.isNull() | F.isnan(part)), value)
        most_probable = (F.array_position(complete, F.array_max(complete)) - 1).cast("int")
        prediction = most_probable.cast("string")
        if self.named_classes:
            prediction = F.get(F.lit(list(self.named_classes)), most_probable)
        return {"prediction": prediction, "probabilities": complete.cast("array<double>")}

    def _class_problems(self) -> list[str]:
        names, problems = self.named_classes, []
        if len(set(names)) < len(names):
            problems.append("each may be there once only; 1, 1.0 and true are one class")
        if self.config.task == "multiclass":
            return problems
        if names and len(names) != 2:
            problems.append(f"{len(names)} are given; binary needs two")
        if names and self.positive not in names:
            problems.append(f"positive_class {self.config.positive_class!r} is not one of them")
        if not names and self.is_array and self.positive not in {"0", "1"}:
            problems.append(
                "give both, in the order of the probabilities, since each prediction has one for each class; without"
                f" them positive_class is 0 or 1, not {self.config.positive_class!r}"
            )
        return problems

    def _label_problems(self) -> list[str]:
        told = f"label {self.config.labels.column!r} is {self.label_type.simpleString()}"
        if self.config.task == "regression":
            return [] if isinstance(self.label_type, T.NumericType) else [f"{told}, not a number"]
        return [f"{told}, not a class"] if isinstance(self.label_type, _NESTED) else []

    def _prediction_problems(self) -> list[str]:
        name, kind = self.config.predictions.column, self.prediction_type
        told = f"prediction {name!r} is {kind.simpleString()}"
        if isinstance(kind, T.StructType):
            fields = ", ".join(f"{name}.{field}" for field in kind.names)
            return [f"prediction {name!r} is a struct; set predictions.column to one of its fields: {fields}"]
        if self.config.task == "regression":
            return [] if isinstance(kind, T.NumericType) else [f"{told}, not a number"]
        if isinstance(kind, T.ArrayType) and isinstance(kind.elementType, T.NumericType):
            return []
        if self.config.task == "binary":
            return (
                [] if isinstance(kind, (T.NumericType, T.BooleanType)) else [f"{told}, not a score or an array of them"]
            )
        return [f"{told}, not a class or an array of probabilities"] if isinstance(kind, _NESTED) else []
