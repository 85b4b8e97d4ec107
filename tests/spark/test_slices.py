from math import inf, nan

from pyspark.sql import SparkSession

from spark_models.spark.slices import slice_column, with_slices


def test_slices_tell_null_from_texts_that_look_like_it_and_bins_end_at_numbers(spark: SparkSession) -> None:
    fares = [1234567.25, 1234568.0, 1234569.0, inf, nan, nan, nan, nan, None]
    places = ["JFK", None, "NULL", "", "JFK", None, "NULL", "", "JFK"]
    frame = spark.createDataFrame([*zip(places, fares, strict=True)], "place string, fare double")
    found = with_slices(frame, [("place", "fare > 0"), "fare"], {"fare": 4}).collect()
    crossed, binned = ([row[slice_column(place)] for row in found] for place in (0, 1))
    # Spark has NaN above all numbers.
    over = ["JFK x true", "NULL x true", "'NULL' x true", "'' x true"]
    assert crossed == [*over, *over, "JFK x NULL"]
    ends = ["1: up to 1234567.25", "2: up to 1234568", "3: up to 1234569", "4: above 1234569"]
    assert binned == [*ends, "NaN", "NaN", "NaN", "NaN", None]
