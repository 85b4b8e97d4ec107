"""Two versions' predictions of the same rows, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import DriftVersionsConfig
from spark_models.core.drift import ScoredRows
from spark_models.errors import DataError, SchemaError
from spark_models.spark.compared import Predictions, Scored
from spark_models.spark.drift.latest import latest_predictions
from spark_models.spark.drift.sides import BASELINE, CURRENT, Compared, Sides, kind_of, readable, slice_keys

Read = Callable[[Column], Column]


@dataclass(frozen=True)
class Part:
    """One thing in a prediction that is compared: how it is read from the prediction column, and its class if any."""

    column: Compared
    value: Read
    class_of: Read | None = None


@dataclass(frozen=True)
class Pairs:
    """The rows that either of two versions scored.

    ``frame`` has ``key_<place>``, ``baseline`` and ``candidate``: structs of ``value``, ``error`` and ``repeated``,
    NULL if the version did not score the row.
    """

    frame: DataFrame
    parts: tuple[Part, ...]
    keys: tuple[str, ...]

    @property
    def scored(self) -> DataFrame:
        """The rows that both scored: keys, ``baseline`` and ``candidate``, which are what the versions predicted."""
        rows = self.frame.where(_is_scored("baseline") & _is_scored("candidate"))
        values = (F.col(name)["value"].alias(name) for name in ("baseline", "candidate"))
        return rows.select(*(f"key_{place}" for place in range(len(self.keys))), *values)

    @property
    def sides(self) -> Sides:
        """The same rows as two sides."""
        both = F.array(
            *(
                F.struct(
                    F.lit(side).alias("side"),
                    *(
                        readable(part.value(F.col(name)), part.column.kind).alias(f"value_{place}")
                        for place, part in enumerate(self.parts)
                    ),
                )
                for side, name in ((BASELINE, "baseline"), (CURRENT, "candidate"))
            )
        )
        moment, slices = F.lit(None).cast("timestamp").alias("moment"), slice_keys(0).alias("slices")
        return Sides(self.scored.select(F.inline(both), moment, slices), tuple(part.column for part in self.parts))

    def counts(self) -> ScoredRows:
        """How many rows the versions scored.

        Raises:
            DataError: if there are none that both scored, or it is not clear which prediction is a row's.
        """
        baseline, candidate = _is_scored("baseline"), _is_scored("candidate")
        repeated = F.col("baseline")["repeated"] | F.col("candidate")["repeated"]
        counted = (F.count_if(baseline), F.count_if(candidate), F.count_if(baseline & candidate), F.count_if(repeated))
        ((of_baseline, of_candidate, both, unclear),) = self.frame.agg(*counted).collect()
        if unclear:
            problem = f"{unclear} keys have several predictions of one version in one batch; keys must identify a row"
            raise DataError("predictions", [problem])
        if not both:
            raise DataError("predictions", ["no row was scored by both versions; check the keys, and what was scored"])
        return ScoredRows(of_baseline, of_candidate, both)


def pair_up(predictions: Predictions, scored: Scored, config: DriftVersionsConfig, versions: Sequence[int]) -> Pairs:
    """The latest predictions of two versions, the baseline's first, of which ``scored`` are.

    Raises:
        SchemaError: if the prediction column is of a type that cannot be compared.
    """
    parts = parts_of(config, predictions.type, scored.width)
    latest = latest_predictions(scored.frame, predictions.value, config.keys, versions)
    given = (
        F.col(f"given_{version}").alias(name) for version, name in zip(versions, ("baseline", "candidate"), strict=True)
    )
    keys = tuple(config.keys)
    return Pairs(latest.select(*(f"key_{place}" for place in range(len(keys))), *given), parts, keys)


def parts_of(config: DriftVersionsConfig, kind: T.DataType, width: int | None) -> tuple[Part, ...]:
    """What is compared of a prediction: itself, or each place of an array, and which of them is largest."""
    if isinstance(kind, T.ArrayType) and isinstance(kind.elementType, T.NumericType):
        largest = Part(Compared(config.column, kind.simpleString(), "category"), _largest, _largest)
        return (largest, *(_place(config.column, kind.elementType, place) for place in range(width or 0)))
    read_as = kind_of(kind)
    if read_as is None or read_as == "moment":
        problem = f"it is {kind.simpleString()}; numbers, texts, booleans and arrays of numbers can be compared"
        raise SchemaError(f"prediction column {config.column!r}", [problem])
    return (Part(Compared(config.column, kind.simpleString(), read_as), lambda value: value, _class(config, kind)),)


def _place(column: str, kind: T.DataType, place: int) -> Part:
    return Part(Compared(f"{column}[{place}]", kind.simpleString(), "number"), lambda value: F.get(value, F.lit(place)))


def _largest(value: Column) -> Column:
    """The place of the largest, from 0; NULL if one is not a number."""
    number = F.transform(value, lambda item: F.nanvl(item.cast("double"), F.lit(None).cast("double")))
    place = F.array_position(number, F.array_max(number)) - 1
    return F.when(F.forall(number, lambda item: item.isNotNull()), place).cast("string")


def _class(config: DriftVersionsConfig, kind: T.DataType) -> Read | None:
    """How a prediction's class is read: texts, booleans and whole numbers are classes, scores by a threshold."""
    threshold = config.threshold
    if isinstance(kind, T.NumericType) and threshold is not None:
        return lambda value: F.when(~F.isnan(value.cast("double")), (value >= threshold).cast("string"))
    if isinstance(kind, T.IntegralType) or not isinstance(kind, T.NumericType):
        return lambda value: value.cast("string")
    return None


def _is_scored(name: str) -> Column:
    return F.col(name).isNotNull() & F.col(name)["error"].isNull()
