from math import inf, nan

from pyspark.sql import SparkSession

from spark_models.core.slices import slice_title
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


def test_crossed_values_that_hold_what_joins_them_are_different_slices(spark: SparkSession) -> None:
    pairs = [("a x b", "c"), ("a", "b x c"), ("a x", "b"), ("a", "x b"), ("'a", "O'Hare"), (None, "'NULL'")]
    frame = spark.createDataFrame(pairs, "one string, other string")
    found = [row[slice_column(0)] for row in with_slices(frame, [("one", "other")], {}).collect()]
    assert found == ["'a x b' x c", "a x 'b x c'", "'a x' x b", "a x 'x b'", "'''a' x O'Hare", "NULL x '''NULL'''"]
    # As the columns' names are, of which none is NULL.
    assert found[:5] == [slice_title((one or "", other)) for one, other in pairs[:5]]
