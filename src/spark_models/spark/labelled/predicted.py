"""The versions' predictions as they are joined: read by Spark, or by workers from the table's own files."""

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.spark.compared import Scored
from spark_models.spark.labelled.from_files import PredictionFiles
from spark_models.spark.labelled.keys import group_column, has_whole_key, key_columns
from spark_models.spark.labelled.scatter import SCHEMA, scatter
from spark_models.spark.reading.footers import UnreadableError
from spark_models.spark.reading.sources import numbers_of_shares, sources
from spark_models.spark.typed import Typed

# Numbers of which each is a double, exactly.
_NUMBERS = frozenset({"tinyint", "smallint", "int", "float", "double"})
_ARRAYS = frozenset({"array<float>", "array<double>"})


def prediction_rows(labels: DataFrame, scored: Scored, typed: Typed) -> DataFrame:
    """The rows as ``scatter`` takes them: ``failed``, what was predicted, and, of several batches, which is later."""
    columns = typed.predicted(scored.value)
    order = [F.unix_micros(F.col("scored_at").cast("timestamp")).alias("moment"), F.col("batch_id").alias("batch")]
    ranking = typed.config.ranking
    by = [] if ranking is None else [group_column(scored.frame, labels, ranking.group).alias("by")]
    return scored.frame.select(
        *key_columns(scored.frame, labels, typed.config.labels.keys),
        F.col("model_version").cast("int").alias("side"),
        F.col("error").isNotNull().alias("failed"),
        *by,
        *(column.alias(name) for name, column in columns.items()),
        *(order if scored.several_batches else []),
    )


def divided_predictions(labels: DataFrame, scored: Scored, typed: Typed, parts: int) -> DataFrame:
    """The same rows as ``scatter`` gives them, by whichever of both ways is the faster one that reads them exactly."""
    files = prediction_files(labels, scored, typed)
    if files is None:
        return prediction_rows(labels, scored, typed).mapInArrow(partial(scatter, parts=parts), SCHEMA)
    shares = numbers_of_shares(labels.sparkSession, files.sources)
    return shares.mapInArrow(partial(files.scattered, parts=parts), SCHEMA)


def prediction_files(labels: DataFrame, scored: Scored, typed: Typed) -> PredictionFiles | None:
    """The files to read; None if Arrow might read them otherwise than Spark, or keys have to be hashed as Spark does.

    That is for predictions of one number each, beside a key that is one whole number.
    """
    config, types = typed.config, scored.given.columns
    keys, column = config.labels.keys, config.predictions.column
    kind = types.get(column)
    if not typed.is_one_number or config.ranking is not None or not has_whole_key(scored.frame, labels, keys):
        return None
    if kind is None or kind not in (_ARRAYS if typed.is_array else _NUMBERS):
        return None
    wanted = {
        "key": (keys[0], "bigint"),
        "side": ("model_version", "int"),
        "error": ("error", types["error"]),
        "prediction": (column, kind if typed.is_array else "double"),
    }
    if scored.several_batches:
        wanted |= {"moment": ("scored_at", types["scored_at"]), "batch": ("batch_id", types["batch_id"])}
    try:
        found = sources(labels.sparkSession, scored.given, list(wanted.values()))
    except UnreadableError:
        return None
    return PredictionFiles(found, tuple(wanted), typed.place)
