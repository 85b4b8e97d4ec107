"""The newest prediction of a key, which comparisons and drift find in two ways, is the same."""

from itertools import product
from random import Random

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_models.spark.drift.latest import latest_predictions
from spark_models.spark.labelled.match import Keys, latest


def test_drift_takes_the_prediction_that_a_comparison_takes(spark: SparkSession) -> None:
    random = Random(7)  # noqa: S311  # what is drawn is no secret
    # Some keys have several batches, of one moment, or one batch twice.
    every = list(product(range(40), range(2), range(2)))
    rows = [(*row, float(place)) for place, row in enumerate(random.sample(every, 110) + random.sample(every, 5))]
    frame = spark.createDataFrame(rows, "id long, scored_at int, batch_id int, value double").selectExpr(
        "id", "1 AS model_version", "timestamp_seconds(scored_at) AS scored_at", "string(batch_id) AS batch_id",
        "value", "IF(value % 3 = 0, 'failed', NULL) AS error",
    )  # fmt: skip
    of_drift = {row.key_0: row.given_1 for row in latest_predictions(frame, F.col("value"), ["id"], [1]).collect()}
    ids, moment, batch, value = (np.array(column) for column in zip(*rows, strict=True))
    ours, theirs = (Keys(ids, np.zeros_like(ids), np.ones(len(ids), bool)) for ids in (np.arange(40), ids))
    found = latest(ours, theirs, moment, batch)
    repeated = dict(enumerate(found.repeated.tolist()))
    assert {key for key, row in enumerate(found.row) if row >= 0} == of_drift.keys()
    assert {key: given.repeated for key, given in of_drift.items()} == {key: repeated[key] for key in of_drift}
    assert sum(repeated.values()) > 1
    clear = [key for key in of_drift if not repeated[key]]
    assert {key: of_drift[key].value for key in clear} == {key: value[found.row[key]] for key in clear}
    assert all((of_drift[key].error == "failed") == (of_drift[key].value % 3 == 0) for key in of_drift)
