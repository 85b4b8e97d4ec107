from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.spark.labelled.keys import key_columns

ROWS = """
    SELECT * FROM VALUES
    (1, 1, 1L, 0.0D, 'a', CAST(1.50 AS DECIMAL(9, 2))), (2, 2, 2L, -0.0D, 'b', 2.00),
    (3, 3, 3L, DOUBLE('NaN'), 'a', 1.25), (4, 4, 4L, NULL, NULL, NULL), (5, NULL, 5L, 1.5D, 'ab', 1.50)
    AS rows(place, small, large, number, text, exact)
"""


def met(ours: DataFrame, theirs: DataFrame, same: list[str]) -> set[tuple[int, int]]:
    """The places of the rows that a join brings together."""
    left, right = (frame.withColumnRenamed("place", name) for frame, name in ((ours, "left"), (theirs, "right")))
    return {(row["left"], row["right"]) for row in left.join(right, same).collect()}


def test_the_same_rows_meet_as_in_a_join_of_spark(spark: SparkSession) -> None:
    ours = spark.sql(ROWS)
    theirs = ours.select(
        (F.col("place") + 0).alias("place"),
        F.col("small").cast("bigint"),
        F.col("large").cast("decimal(20, 1)"),
        F.col("number") + 0,
        F.concat("text", F.lit("")).alias("text"),
        F.col("exact").cast("double"),
    ).withColumnRenamed("(number + 0)", "number")
    for keys in (["small"], ["large"], ["number"], ["text"], ["exact"], ["small", "text"], ["text", "number"]):
        wanted = met(ours.select("place", *keys), theirs.select("place", *keys), keys)
        assert wanted
        left, right = (
            frame.select("place", *key_columns(frame, other, keys)) for frame, other in ((ours, theirs), (theirs, ours))
        )
        assert met(left, right, [name for name in left.columns if name != "place"]) == wanted, keys
