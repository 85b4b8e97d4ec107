"""Labelled rows beside the predictions of several versions: joined, typed, and counted by why they are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.slices import slice_title
from spark_models.core.table_name import quoted
from spark_models.errors import DataError
from spark_models.spark.metrics.own import OWN, own_columns
from spark_models.spark.slices import slice_column
from spark_models.spark.typed import Typed

_OF_LABEL = ("rows_without_label", "rows_with_nan_label")
_OF_VERSION = ("rows_without_prediction", "rows_failed", "rows_without_value")


@dataclass(frozen=True)
class Labelled:
    """All rows of the labels table with the versions' predictions.

    ``label``, the columns per version and the slices are as ``spark.metrics.measure`` wants them;
    ``reason_label`` and ``reason_<version>`` say why a row does not enter, NULL if it does; ``repeated``
    whether a version predicted it several times in one batch.
    """

    frame: DataFrame
    versions: tuple[int, ...]

    @property
    def compared(self) -> DataFrame:
        """The rows that have a label and that every version scored."""
        return self.frame.where(self._reason.isNull())

    @property
    def _reason(self) -> Column:
        return F.coalesce(F.col("reason_label"), *(F.col(f"reason_{version}") for version in self.versions))

    def counts(self) -> dict[str, dict[int, int]]:
        """Rows by why they are left out and by version, and ``rows`` and ``rows_compared`` for all versions.

        Raises:
            DataError: if no row can be compared, or it is not clear which prediction is a row's.
        """
        counted = {
            "rows": F.count(F.lit(1)),
            "rows_compared": F.count_if(self._reason.isNull()),
            "repeated": F.count_if(F.col("repeated")),
            **{reason: F.count_if(F.col("reason_label") == reason) for reason in _OF_LABEL},
            **{
                f"{reason} {version}": F.count_if(
                    F.col("reason_label").isNull() & (F.col(f"reason_{version}") == reason)
                )
                for reason in _OF_VERSION
                for version in self.versions
            },
        }
        (found,) = self.frame.agg(*(column.alias(name) for name, column in counted.items())).collect()
        _require_clear(found["repeated"], found["rows_compared"])
        return {
            **{name: dict.fromkeys(self.versions, found[name]) for name in ("rows", "rows_compared", *_OF_LABEL)},
            **{reason: {version: found[f"{reason} {version}"] for version in self.versions} for reason in _OF_VERSION},
        }


def _require_clear(repeated: int, compared: int) -> None:
    if repeated:
        problem = (
            f"{repeated} labelled rows have several predictions of one version in one batch;"
            " labels.keys must identify a row of the predictions table, too"
        )
        raise DataError("labels and predictions", [problem])
    if not compared:
        problem = "no row has a label and a prediction of every version; check the keys, and what was scored"
        raise DataError("labels and predictions", [problem])


def slice_names(config: CompareConfig) -> dict[str, str]:
    """The slices by what they are called here, so that none of them can be taken for a column of ours."""
    return {f"slice_{place}": slice_title(one) for place, one in enumerate(dict.fromkeys(config.slices))}


def join_predictions(labels: DataFrame, latest: DataFrame, typed: Typed, versions: Sequence[int]) -> Labelled:
    """Put each version's latest prediction beside each labelled row.

    Args:
        labels: The labels table, filtered.
        latest: One row a key, see ``spark.compared.latest_predictions``.
        typed: How to read labels and predictions.
        versions: The versions that ``latest`` has predictions of.
    """
    keys, slices = typed.config.labels.keys, slice_names(typed.config)
    given = {"weight": typed.config.labels.weight, "cluster": typed.config.labels.cluster}
    more = [F.col(quoted(name)).alias(role) for role, name in given.items() if name is not None]
    rows = labels.select(
        *(F.col(quoted(key)).alias(f"key_{place}") for place, key in enumerate(keys)),
        F.col(quoted(typed.config.labels.column)).alias("raw_label"),
        *(F.col(slice_column(place)).alias(alias) for place, alias in enumerate(slices)),
        *more,
        *own_columns(labels, typed.config),
    )
    joined = rows.join(latest, [f"key_{place}" for place in range(len(keys))], "left")
    repeated = [F.col(f"given_{version}")["repeated"] for version in versions]
    frame = joined.select(
        *slices,
        typed.label(F.col("raw_label")).alias("label"),
        *(F.col(role).cast("double") if role == "weight" else F.col(role) for role, name in given.items() if name),
        *([OWN] if typed.config.metrics else []),
        _label_reason(typed).alias("reason_label"),
        reduce(or_, repeated).alias("repeated"),
        *(column for version in versions for column in _of_version(typed, version)),
    )
    return Labelled(frame, tuple(versions))


def _label_reason(typed: Typed) -> Column:
    raw = F.col("raw_label")
    reason = F.when(raw.isNull(), "rows_without_label")
    if isinstance(typed.label_type, (T.DoubleType, T.FloatType)):
        reason = reason.when(F.isnan(raw), "rows_with_nan_label")
    return reason


def _of_version(typed: Typed, version: int) -> list[Column]:
    """The version's columns for the metrics, and why it has none."""
    given = F.col(f"given_{version}")
    columns = typed.predicted(given["value"], F.col("raw_label"))
    value = columns["prediction"]
    missing = value.isNull() if typed.config.task == "multiclass" else value.isNull() | F.isnan(value)
    reason = (
        F.when(given.isNull(), "rows_without_prediction")
        .when(given["error"].isNotNull(), "rows_failed")
        .when(missing, "rows_without_value")
    )
    return [
        *(column.alias(f"{name}_{version}") for name, column in columns.items()),
        reason.alias(f"reason_{version}"),
    ]
