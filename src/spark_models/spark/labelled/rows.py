"""The labels table and the predictions brought together."""

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.table_name import quoted
from spark_models.errors import DataError
from spark_models.spark.compared import Scored
from spark_models.spark.labelled import join
from spark_models.spark.labelled.keys import key_columns
from spark_models.spark.labelled.scatter import SCHEMA, scatter
from spark_models.spark.metrics.blocks import OWN, Layout
from spark_models.spark.metrics.own_columns import own_columns
from spark_models.spark.own_code import ship_code
from spark_models.spark.slices import slice_column
from spark_models.spark.typed import Typed

# A worker brings together so many numbers of each version at a time.
_PER_PART = 524_288


@dataclass(frozen=True)
class Labelled:
    """The rows that can be compared, and how many could not.

    ``parts`` has the columns ``counts`` and ``block``, one of them NULL in each row; it should be kept by Spark, since
    it is gone over again and again. ``layout`` says what blocks hold, ``keys`` are the columns that identify a row.
    Beside its block a row of ``parts`` has the ``rows`` themselves, if there are metrics that need them; ``schema`` is
    what they are then, see ``spark.metrics.own``.
    """

    parts: DataFrame
    layout: Layout
    keys: tuple[str, ...]
    schema: T.StructType | None = None

    @property
    def compared(self) -> DataFrame | None:
        """The rows that have a label and that every version scored, as they are; None if nothing needs them."""
        if self.schema is None:
            return None
        packed = self.parts.select("rows").where(F.col("rows").isNotNull())
        return packed.mapInArrow(partial(join.compared_rows, names=self.schema.names), self.schema)

    @property
    def blocks(self) -> DataFrame:
        """The rows that have a label and that every version scored, in the column ``block``."""
        return self.parts.select("block").where(F.col("block").isNotNull())

    def counts(self) -> dict[str, dict[int, int]]:
        """Rows by why they are left out and by version, and ``rows`` and ``rows_compared`` for all versions.

        Raises:
            DataError: if no row can be compared, or it is not clear which prediction is a row's.
        """
        found: join.Counts = Counter()
        for row in self.parts.select("counts").where(F.col("counts").isNotNull()).collect():
            # What our own workers counted a moment ago.
            found.update(pickle.loads(row["counts"]))  # noqa: S301  # idem
        _require_clear(found, self.keys)
        return {
            **{name: dict.fromkeys(self.layout.versions, found[name]) for name in _OF_ALL},
            **{name: {version: found[name, version] for version in self.layout.versions} for name in join.OF_VERSION},
        }


_OF_ALL = ("rows", "rows_compared", *join.OF_LABEL)


def _require_clear(found: Mapping[str | tuple[str, int], int], keys: Sequence[str]) -> None:
    problems = []
    if found["repeated_keys"]:
        names = ", ".join(keys)
        problems.append(
            f"{found['repeated_keys']} keys ({names}) occur in more than one labelled row; each must occur once"
        )
    if found["repeated"]:
        problems.append(
            f"{found['repeated']} labelled rows have several predictions of one version in one batch;"
            " labels.keys must identify a row of the predictions table, too"
        )
    if not problems and not found["rows_compared"]:
        problems = ["no row has a label and a prediction of every version; check the keys, and what was scored"]
    if problems:
        raise DataError("labels and predictions", problems)


def label_rows(labels: DataFrame, scored: Scored, typed: Typed, layout: Layout) -> Labelled:
    """Put each version's latest prediction beside each labelled row; nothing runs yet.

    Args:
        labels: The labels table, filtered, with the columns of its slices.
        scored: The versions' predictions.
        typed: How to read labels and predictions.
        layout: What blocks hold.
    """
    parts = max(1, -(-max(scored.rows.values()) * (layout.width or 1) // _PER_PART))
    ours, theirs = _labels(labels, scored.frame, typed, layout), _predictions(labels, scored, typed)
    schema = _schema(ours, theirs, layout) if OWN in ours.columns else None
    ship_code(labels.sparkSession)
    both = [side.mapInArrow(partial(scatter, parts=parts), SCHEMA) for side in (ours, theirs)]
    joined = both[0].unionAll(both[1]).groupBy("part").applyInArrow(join.joined(layout), join.SCHEMA)
    return Labelled(joined, layout, typed.config.labels.keys, schema)


def _schema(labels: DataFrame, predictions: DataFrame, layout: Layout) -> T.StructType:
    """What the compared rows have of either side."""
    of_labels = [field for field in labels.schema if field.name not in {"key", "check", "without"}]
    predicted = [field for field in predictions.schema if field.name in {"prediction", "probabilities"}]
    of_versions = [
        T.StructField(f"{field.name}_{version}", field.dataType) for version in layout.versions for field in predicted
    ]
    return T.StructType([*of_labels, *of_versions])


def _labels(labels: DataFrame, predictions: DataFrame, typed: Typed, layout: Layout) -> DataFrame:
    config = typed.config.labels
    label = F.col(quoted(config.column))
    more = []
    if config.weight is not None:
        more.append(F.col(quoted(config.weight)).cast("double").alias("weight"))
    if config.cluster is not None:
        more.append(F.xxhash64(F.col(quoted(config.cluster))).alias("cluster"))
    return labels.select(
        *key_columns(labels, predictions, config.keys),
        _without(label, typed.label_type).alias("without"),
        typed.label(label).alias("label"),
        *more,
        *(F.col(slice_column(place)).alias(f"slice_{place}") for place in range(len(layout.slices))),
        *own_columns(labels, typed.config),
    )


def _without(label: Column, kind: T.DataType) -> Column:
    """Why there is no label, as ``join.OF_LABEL`` has it from 1 on."""
    reason = F.when(label.isNull(), 1)
    if isinstance(kind, (T.DoubleType, T.FloatType)):
        reason = reason.when(F.isnan(label), 2)
    return reason.otherwise(0).cast("tinyint")


def _predictions(labels: DataFrame, scored: Scored, typed: Typed) -> DataFrame:
    columns = typed.predicted(scored.value)
    value = columns["prediction"]
    # Classes and arrays have no NaN left.
    is_number = typed.config.task in {"regression", "binary"}
    valued = value.isNotNull() & ~F.isnan(value) if is_number else value.isNotNull()
    order = [F.unix_micros(F.col("scored_at").cast("timestamp")).alias("moment"), F.col("batch_id").alias("batch")]
    return scored.frame.select(
        *key_columns(scored.frame, labels, typed.config.labels.keys),
        F.col("model_version").cast("int").alias("side"),
        F.col("error").isNotNull().alias("failed"),
        valued.alias("valued"),
        *(column.alias(name) for name, column in columns.items()),
        *(order if scored.several_batches else []),
    )
