"""What the errors of a forecast's series are scaled by: given, or the error of the naive forecast in their history."""

from collections.abc import Iterator

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig, ForecastConfig
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import quoted
from spark_models.spark.expressions import column_or_expression, expression_problem

# The column that with_scale adds.
SCALE = "_spark_models_scale"


def scale_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    """Every column of a forecast's section that the labels table lacks, and every expression that is none over it."""
    forecast = config.forecast
    return [] if forecast is None else list(_problems(frame, forecast))


def _problems(frame: DataFrame, forecast: ForecastConfig) -> Iterator[str]:
    named = {"series": forecast.series, "time": (forecast.time,) if forecast.time else ()}
    for role, names in named.items():
        for name in names:
            if name not in frame.columns:
                yield f"{role} column {name!r} is not in it{did_you_mean(name, frame.columns)}"
    for role, text, kind, told in (
        ("scale", forecast.scale, T.NumericType, "a number"),
        ("history", forecast.history, T.BooleanType, "a condition"),
    ):
        if text is None:
            continue
        problem = expression_problem(frame, text, role)
        if problem:
            yield problem
        elif not isinstance(frame.select(column_or_expression(frame, text)).schema[0].dataType, kind):
            yield f"{role} {text!r} is not {told}"


def has_scale(config: CompareConfig) -> bool:
    """Whether a forecast's errors are scaled."""
    return config.forecast is not None and (config.forecast.scale is not None or bool(config.forecast.series))


def history_problems(table: DataFrame, config: CompareConfig) -> Iterator[str]:
    """That series have several rows of one time: no order is theirs, and the naive forecast would vary."""
    forecast = config.forecast
    if forecast is None or not forecast.series:
        return
    rows = _history(table, config, forecast)
    series = list(_series(forecast))
    repeated = rows.groupBy(*series, "time").count().where(F.col("count") > 1).select(*series).distinct().count()
    if repeated:
        yield (
            f"{repeated} series ({', '.join(forecast.series)}) have several rows of one {forecast.time} in their"
            " history; narrow forecast.history to one of them, or name more columns in forecast.series"
        )


def with_scale(labels: DataFrame, table: DataFrame, config: CompareConfig) -> DataFrame:
    """The labelled rows with the column ``SCALE``, a double; NULL for series without one.

    A series' scale is the mean of its absolute naive errors, each row's against the one ``season`` rows before: the
    denominator of MASE, by Hyndman and Koehler, Another Look at Measures of Forecast Accuracy (2006).

    Args:
        labels: The labelled rows.
        table: The labels table, whatever the filter is.
        config: The comparison's.
    """
    forecast = config.forecast
    assert forecast is not None
    if forecast.scale is not None:
        return labels.withColumn(SCALE, column_or_expression(labels, forecast.scale).cast("double"))
    rows = _history(table, config, forecast)
    series = _series(forecast)
    before = F.lag("label", forecast.season).over(Window.partitionBy(*series).orderBy("time"))
    errors = rows.select(*series, F.abs(F.col("label") - before).alias("error"))
    scales = errors.groupBy(*series).agg(F.avg("error").alias(SCALE))
    same: list[Column] = [F.col(quoted(name)) == F.col(ours) for ours, name in series.items()]
    return labels.join(scales, same, "left")


def _history(table: DataFrame, config: CompareConfig, forecast: ForecastConfig) -> DataFrame:
    """Each row's series, ``time`` and ``label``."""
    assert forecast.time is not None
    past = table if forecast.history is None else table.where(column_or_expression(table, forecast.history))
    return past.select(
        *(F.col(quoted(name)).alias(ours) for ours, name in _series(forecast).items()),
        F.col(quoted(forecast.time)).alias("time"),
        F.nanvl(F.col(quoted(config.labels.column)).cast("double"), F.lit(None)).alias("label"),
    ).where(F.col("time").isNotNull())


def _series(forecast: ForecastConfig) -> dict[str, str]:
    """The columns of a series, by names that no column of the table has."""
    return {f"_spark_models_series_{place}": name for place, name in enumerate(forecast.series)}
