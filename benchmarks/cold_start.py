"""From a cold Python worker to its first prediction: ours, in each form that it may take, against MLflow's UDF.

    .venv/bin/python benchmarks/cold_start.py --rounds 5

Each measurement is one query over a few rows in one partition, in a new worker (``spark.python.worker.reuse=false``);
the JVM, the daemon that workers are forked from, and the caches of files are warm, since each query has run before.
Ours are the library's own predictor, the faster form of it that jobs over many rows take (a pipeline's is loaded
without scikit-learn), and the first again where a preloading daemon has imported the libraries.
All ways are run in turn. What is printed are seconds and ratios to MLflow's UDF, the median and the spread over the
rounds; a pandas UDF that does nothing shows what Spark and pandas take of them.
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import page
import pandas as pd
from models import NUMBERS, fitted, logged
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf
from scoring import use_store

import spark_models as sm

MASTER = "local[1]"
ROWS = 10
PLAIN: dict[str, bool | float | int | str | None] = {"spark.python.worker.reuse": "false"}
PRELOADING = {
    **PLAIN,
    "spark.python.daemon.module": "spark_models.spark.daemon",
    "spark.executorEnv.SPARK_MODELS_PRELOAD": "sklearn,lightgbm",
}
WAYS = ("nothing", "mlflow", "spark-models", "accelerated", "preloading")
# An accelerated form of trees may differ in the last places.
TOLERANCE = 1e-12

Udf = Callable[..., Column]


@dataclass
class Bench:
    """A store with the models' URIs, MLflow's predictions, and the seconds by model and way, a number a round."""

    folder: Path
    registry: sm.RegistryConfig
    uris: dict[str, str]
    predictions: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)


def log_models() -> dict[str, str]:
    """The URIs of a scikit-learn pipeline and of a LightGBM booster."""
    logistic, sample = fitted("logistic")
    booster = fitted("lightgbm_100")[0].booster_
    return {"logistic": logged(logistic, sample), "booster": logged(booster, sample)}


@contextmanager
def session(bench: Bench, settings: dict[str, Any]) -> Iterator[SparkSession]:
    """A session whose daemon is the settings'; the JVM stays the same."""
    log_file = f"{bench.folder}/spark.log"
    spark = sm.get_session(sm.SessionConfig(master=MASTER, log_file=log_file, settings=settings))
    yield spark
    spark.stop()


def plain_ways(bench: Bench, spark: SparkSession, uri: str) -> dict[str, Udf]:
    """What workers of Spark's own daemon run."""

    def nothing(batches: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.Series]:
        for batch in batches:
            yield batch[0]

    return {
        "nothing": pandas_udf(nothing, returnType="double"),  # type: ignore[call-overload]  # they leave out some types
        "mlflow": mlflow.pyfunc.spark_udf(spark, uri, result_type="double", env_manager="local"),
        "spark-models": sm.spark_udf(spark, uri, result_type="double", registry=bench.registry),
        "accelerated": sm.spark_udf(spark, uri, result_type="double", registry=bench.registry, acceleration="auto"),
    }


def preloading_ways(bench: Bench, spark: SparkSession, uri: str) -> dict[str, Udf]:
    """What workers of the preloading daemon run."""
    return {"preloading": sm.spark_udf(spark, uri, result_type="double", registry=bench.registry)}


def rows(spark: SparkSession) -> DataFrame:
    """A few rows in one partition, and so one worker."""
    return spark.range(0, ROWS, 1, 1).select(*((F.col("id") / 10).alias(name) for name in NUMBERS))


def measure(bench: Bench) -> None:
    """One round: each way in a new worker, after a worker that has warmed up all but itself."""
    for settings, ways in ((PLAIN, plain_ways), (PRELOADING, preloading_ways)):
        with session(bench, settings) as spark:
            frame = rows(spark)
            for model, uri in bench.uris.items():
                for way, udf in ways(bench, spark, uri).items():
                    first, _ = _predicted(frame, udf)
                    again, seconds = _predicted(frame, udf)
                    assert first == again
                    if way != "nothing":
                        # MLflow's, which come first.
                        expected = bench.predictions.setdefault(model, first)
                        assert np.allclose(first, expected, rtol=TOLERANCE if way == "accelerated" else 0.0, atol=0.0)
                    bench.seconds.setdefault((model, way), []).append(seconds)
                    print(f"  {model}, {way}: {seconds:.2f} s", flush=True)


def _predicted(frame: DataFrame, udf: Udf) -> tuple[list[float], float]:
    started = time.perf_counter()
    predictions = [row[0] for row in frame.select(udf(*NUMBERS)).collect()]
    return predictions, time.perf_counter() - started


def table(bench: Bench) -> str:
    """Markdown: the median seconds of each way, and its share of MLflow's, with the least and the most."""
    lines = [f"| model | {' | '.join(WAYS)} |", "|---" * (len(WAYS) + 1) + "|"]
    lines += [f"| {model} | " + " | ".join(_cell(bench, model, way) for way in WAYS) + " |" for model in bench.uris]
    return "\n".join(lines)


def _cell(bench: Bench, model: str, way: str) -> str:
    ours, theirs = bench.seconds[model, way], bench.seconds[model, "mlflow"]
    ratios: Sequence[float] = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"{statistics.median(ours):.2f} s, {spread}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with tempfile.TemporaryDirectory() as name:
        use_store(Path(name))
        bench = Bench(Path(name), sm.RegistryConfig(tracking_uri=mlflow.get_tracking_uri()), log_models())
        for _ in range(given.rounds):
            measure(bench)
    text = (
        f"Seconds, and their ratio to MLflow's, the median of {given.rounds} rounds (least to most).\n\n{table(bench)}"
    )
    print(f"\n{text}")
    if given.write:
        page.put("cold start", text)


if __name__ == "__main__":
    main()
