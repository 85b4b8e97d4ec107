"""The labels table and the predictions brought together."""

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.comparison import GROUPS
from spark_models.core.config import CompareConfig
from spark_models.core.table_name import quoted
from spark_models.errors import DataError
from spark_models.spark.compared import Scored
from spark_models.spark.labelled import join
from spark_models.spark.labelled.grouped import VARYING, shared_columns
from spark_models.spark.labelled.keys import group_column, key_columns
from spark_models.spark.labelled.predicted import divided_predictions, prediction_rows
from spark_models.spark.labelled.scatter import SCHEMA, scatter
from spark_models.spark.metrics.blocks import OWN, Layout
from spark_models.spark.metrics.own_columns import own_columns
from spark_models.spark.own_code import ship_code
from spark_models.spark.scales import SCALE
from spark_models.spark.slices import slice_column
from spark_models.spark.typed import Typed

# A worker brings together so many numbers of all versions at a time.
_PER_PART = 1_572_864


@dataclass(frozen=True)
class Labelled:
    """The rows that can be compared, and how many could not.

    ``parts`` has the columns ``counts`` and ``block``, one of them NULL in each row; it should be kept by Spark, since
    it is gone over again and again. ``layout`` says what blocks hold. Beside its block a row of ``parts`` has an
    ``excerpt`` of it, and the ``rows`` themselves, if there are metrics that need them; ``schema`` is what they are
    then, see ``spark.metrics.own``.
    """

    parts: DataFrame
    layout: Layout
    config: CompareConfig
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
        """The rows that have a label and that every version scored, or their groups, in the column ``block``."""
        return self.parts.select("block").where(F.col("block").isNotNull())

    @property
    def excerpts(self) -> DataFrame:
        """Some of the rows of each block, as a block, in the column ``excerpt``."""
        return self.parts.select("excerpt").where(F.col("excerpt").isNotNull())

    def counts(self) -> dict[str, dict[int, int]]:
        """Rows by why they are left out and by version, and ``rows`` and ``rows_compared`` for all versions.

        Where rows are items of groups, the groups of those compared are counted, too.

        Raises:
            DataError: if no row can be compared, it is not clear which prediction is a row's, or which weight or slice
                is a group's.
        """
        found: join.Counts = Counter()
        for row in self.parts.select("counts").where(F.col("counts").isNotNull()).collect():
            # What our own workers counted a moment ago.
            found.update(pickle.loads(row["counts"]))  # noqa: S301  # idem
        problems = [*_unclear(found, self.config.labels.keys), *_varying(found, self.layout, self.config)]
        if not problems and not found["rows_compared"]:
            problems = ["no row has a label and a prediction of every version; check the keys, and what was scored"]
        if problems:
            raise DataError("labels and predictions", problems)
        of_all = (*_OF_ALL, *(GROUPS if self.layout.at else ()))
        return {
            **{name: dict.fromkeys(self.layout.versions, found[name]) for name in of_all},
            **{
                name: {version: found[name, version] for version in self.layout.versions}
                for name in (*join.OF_VERSION, join.NOT_LABELLED)
            },
        }


_OF_ALL = ("rows", "rows_compared", *join.OF_LABEL)


def _unclear(found: join.Counts, keys: Sequence[str]) -> Iterator[str]:
    if found["repeated_keys"]:
        names = ", ".join(keys)
        yield f"{found['repeated_keys']} keys ({names}) occur in more than one labelled row; each must occur once"
    if found["repeated"]:
        yield (
            f"{found['repeated']} labelled rows have several predictions of one version in one batch;"
            " labels.keys must identify a row of the predictions table, too"
        )


def _varying(found: join.Counts, layout: Layout, config: CompareConfig) -> Iterator[str]:
    told = {"weight": f"weight column {config.labels.weight!r}", "cluster": f"cluster column {config.labels.cluster!r}"}
    told |= {f"slice_{place}": f"slice {name!r}" for place, name in enumerate(layout.slices)}
    for name in shared_columns(layout):
        if count := found[f"{VARYING}{name}"]:
            yield f"{told[name]} has several values in {count} groups; all items of a group must have the same"


def label_rows(labels: DataFrame, scored: Scored, typed: Typed, layout: Layout) -> Labelled:
    """Put each version's latest prediction beside each labelled row; nothing runs yet.

    Args:
        labels: The labels table, filtered, with the columns of its slices.
        scored: The versions' predictions.
        typed: How to read labels and predictions.
        layout: What blocks hold.
    """
    parts = max(1, -(-max(scored.rows.values()) * layout.numbers_per_row // _PER_PART))
    ours = _labels(labels, scored.frame, typed, layout)
    schema = _schema(ours, prediction_rows(labels, scored, typed), layout) if OWN in ours.columns else None
    ship_code(labels.sparkSession)
    theirs = divided_predictions(labels, scored, typed, parts)
    both = ours.mapInArrow(partial(scatter, parts=parts), SCHEMA).unionAll(theirs)
    # A partition each, so that Spark has no more of them in memory at once than it has tasks.
    joined = both.repartition(parts, "part").groupBy("part").applyInArrow(join.joined(layout), join.SCHEMA)
    return Labelled(joined, layout, typed.config, schema)


def _schema(labels: DataFrame, predictions: DataFrame, layout: Layout) -> T.StructType:
    """What the compared rows have of either side."""
    of_labels = [field for field in labels.schema if field.name not in {"key", "check", "by", "without"}]
    predicted = [field for field in predictions.schema if field.name in {"prediction", "probabilities"}]
    of_versions = [
        T.StructField(f"{field.name}_{version}", field.dataType) for version in layout.versions for field in predicted
    ]
    return T.StructType([*of_labels, *of_versions])


def _labels(labels: DataFrame, predictions: DataFrame, typed: Typed, layout: Layout) -> DataFrame:
    config = typed.config.labels
    label = F.col(quoted(config.column))
    ranking, more = typed.config.ranking, list[Column]()
    if ranking is not None:
        # Items are divided into parts by their groups instead of by their keys.
        group = group_column(labels, predictions, ranking.group)
        more += [group.alias("by"), group.alias("group")]
    if layout.has_scale:
        more.append(F.col(SCALE).alias("scale"))
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
