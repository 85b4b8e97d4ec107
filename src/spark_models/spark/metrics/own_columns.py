"""What the SQL of users' own metrics may name, and what of the labels table is carried along for it."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.core.table_name import quoted
from spark_models.spark.metrics.blocks import OWN

# Errors from so many groups are themselves sure to about a sixth; each more costs a pass over the rows.
GROUPS = 20

# A row's group, in the column ``own``.
GROUP = "_spark_models_group"


def given_columns(config: CompareConfig) -> tuple[str, ...]:
    """What an expression can name besides the labels table's columns; these win over columns of the same name."""
    return ("label", "prediction", "weight", *(["probability"] if config.task == "multiclass" else []))


def named_columns(config: CompareConfig, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of the labels table's columns that the expressions may name: the ones whose names are in their texts."""
    given, texts = given_columns(config), [metric.sql.lower() for metric in config.metrics]
    return tuple(
        name
        for name in columns
        if name.lower() not in given and any(quoted(name)[1:-1].lower() in text for text in texts)
    )


def own_columns(labels: DataFrame, config: CompareConfig) -> list[Column]:
    """The column ``own`` of labelled rows, if there are own metrics: what they name, and each row's group.

    Dependent rows, those of one cluster or of one group of a ranking, are in one group.
    """
    if not config.metrics:
        return []
    by = config.ranking.group if config.ranking else config.labels.keys
    by = by if config.labels.cluster is None else (config.labels.cluster,)
    group = F.pmod(F.xxhash64(*(F.col(quoted(name)) for name in by)), F.lit(GROUPS)).cast("int")
    named = (F.col(quoted(name)) for name in named_columns(config, labels.columns))
    return [F.struct(group.alias(GROUP), *named).alias(OWN)]
