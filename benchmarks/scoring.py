"""Scoring from Delta to Delta: ours against MLflow's Spark UDF, a bare pandas UDF, and Polars in one process.

    make bench                                                      # all models, 4 million rows
    .venv/bin/python benchmarks/scoring.py --rows 400000 --models logistic,lightgbm_100

Each way is run in turn, ``--rounds`` times after a warm-up, on the same table and the same cores, and must give the
same predictions. What is printed are ratios of wall time to MLflow's UDF, the median and the spread over the rounds.
"""

import argparse
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import deltalake
import mlflow
import numpy as np
import pandas as pd
import polars as pl
from memory import Peak, peak_memory
from mlflow.models import infer_signature
from models import MODELS, fitted, make_rows
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.types import DoubleType

import spark_models as sm

WAYS = ("mlflow", "pandas_udf", "polars", "spark-models")
CHUNK = 1_000_000


@dataclass
class Bench:
    """A folder with the input and a store, and all that was measured."""

    spark: SparkSession
    folder: Path
    registry: sm.RegistryConfig
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    memory: dict[tuple[str, str], Peak] = field(default_factory=dict)

    @property
    def input(self) -> str:
        """The table to score."""
        return f"{self.folder}/input"

    def rows(self) -> DataFrame:
        """The table to score, as Spark reads it."""
        return self.spark.read.format("delta").load(self.input)


@dataclass(frozen=True)
class Subject:
    """One model of the benchmark, registered."""

    name: str
    model: Any
    columns: tuple[str, ...]

    @property
    def uri(self) -> str:
        """What names it in the registry."""
        return f"models:/{self.name}/1"


def write_input(folder: Path, rows: int) -> None:
    """The input, in files of half a million rows as Spark would write them."""
    for number, start in enumerate(range(0, rows, CHUNK // 2)):
        part = make_rows(min(CHUNK // 2, rows - start), seed=number)
        deltalake.write_deltalake(f"{folder}/input", part, mode="append")


def register(bench: Bench, name: str) -> Subject:
    """Log a fitted model and register it."""
    model, sample = fitted(name)
    with mlflow.start_run():
        info = (
            mlflow.sklearn.log_model(
                model,
                name="model",
                signature=infer_signature(sample, model.predict(sample)),
                input_example=sample.head(5),
                serialization_format="cloudpickle",
                pip_requirements=["scikit-learn"],
            )
            if name.startswith(("logistic", "one_hot", "forest"))
            else _log_boosted(name, model, sample)
        )
    sm.register(sm.RegisterConfig(source=info.model_uri, name=name, registry=bench.registry, tables=_tables(bench)))
    return Subject(name, model, MODELS[name][0])


def _log_boosted(name: str, model: Any, sample: pd.DataFrame) -> Any:
    library = mlflow.lightgbm if name.startswith("lightgbm") else mlflow.xgboost
    return library.log_model(
        model,
        name="model",
        signature=infer_signature(sample, model.predict(sample)),
        input_example=sample.head(5),
        pip_requirements=[name.partition("_")[0]],
    )


def _tables(bench: Bench) -> sm.TablesConfig:
    return sm.TablesConfig(location=f"{bench.folder}/ops")


def by_mlflow(bench: Bench, subject: Subject, output: str) -> None:
    """What everybody does."""
    udf = mlflow.pyfunc.spark_udf(bench.spark, subject.uri, result_type=DoubleType(), env_manager="local")
    _write(bench.rows().select("id", udf(*map(F.col, subject.columns)).alias("prediction")), output)


def by_pandas_udf(bench: Bench, subject: Subject, output: str) -> None:
    """The least that a pandas UDF can do: the model travels in the closure."""
    model, columns = subject.model, list(subject.columns)

    def predict(batches: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.Series]:
        for batch in batches:
            rows = pd.concat(batch, axis=1, keys=columns)
            yield pd.Series(np.asarray(model.predict(rows), dtype="float64"))

    udf = pandas_udf(predict, returnType="double")  # type: ignore[call-overload]  # they leave out some types
    _write(bench.rows().select("id", udf(*map(F.col, columns)).alias("prediction")), output)


def by_polars(bench: Bench, subject: Subject, output: str) -> None:
    """No Spark: the whole table in the memory of one process."""
    rows = pl.read_delta(bench.input, columns=["id", *subject.columns])
    predictions = subject.model.predict(rows.select(subject.columns).to_pandas())
    rows.select("id").with_columns(prediction=np.asarray(predictions, dtype="float64")).write_delta(output)


def by_us(bench: Bench, subject: Subject, output: str) -> None:
    """The score step, with its checks and its account of the run."""
    job = sm.ScoreConfig(
        model=subject.uri,
        registry=bench.registry,
        tables=_tables(bench),
        input=sm.InputConfig(table=bench.input),
        output=sm.OutputConfig(table=output, keys=("id",)),
        result_type="double",
    )
    sm.score(job, spark=bench.spark)


def _write(frame: DataFrame, output: str) -> None:
    frame.write.format("delta").save(output)


RUN: dict[str, Callable[[Bench, Subject, str], None]] = {
    "mlflow": by_mlflow,
    "pandas_udf": by_pandas_udf,
    "polars": by_polars,
    "spark-models": by_us,
}


def measure(bench: Bench, subject: Subject, rounds: int) -> None:
    """Run all ways in turn, the first time unmeasured; refuse results that differ."""
    for number in range(rounds + 1):
        for way in WAYS:
            output = f"{bench.folder}/{subject.name}-{way}-{number}"
            with peak_memory() as memory:
                started = time.perf_counter()
                RUN[way](bench, subject, output)
                seconds = time.perf_counter() - started
            if number:
                bench.seconds.setdefault((subject.name, way), []).append(seconds)
                bench.memory[subject.name, way] = memory.result
            print(f"  {subject.name}, {way}: {seconds:.2f} s{'' if number else ' (warm-up)'}", flush=True)
    require_equal(bench, subject)


def require_equal(bench: Bench, subject: Subject) -> None:
    """Refuse other predictions than MLflow's: equal, or 1e-12 apart where an accelerated form predicted."""
    mine, *others = (
        pl.read_delta(f"{bench.folder}/{subject.name}-{way}-1", columns=["id", "prediction"]).sort("id")
        for way in ("spark-models", "mlflow", "pandas_udf", "polars")
    )
    for other in others:
        assert mine["id"].equals(other["id"])
        np.testing.assert_allclose(mine["prediction"], other["prediction"], rtol=1e-12, atol=0)


def table(bench: Bench, names: list[str]) -> str:
    """Markdown: how many times as fast as MLflow's UDF each way is, median (least to most), and peak memory."""
    lines = [
        "| model | " + " | ".join(WAYS) + " | workers' peak memory, MLflow / ours |",
        "|---" * (len(WAYS) + 2) + "|",
    ]
    for name in names:
        cells = [_ratio(bench, name, way) for way in WAYS]
        peaks = " / ".join(f"{bench.memory[name, way].workers / 2**20:.0f} MiB" for way in ("mlflow", "spark-models"))
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {peaks} |")
    return "\n".join(lines)


def _ratio(bench: Bench, name: str, way: str) -> str:
    theirs, ours = bench.seconds[name, "mlflow"], bench.seconds[name, way]
    ratios = sorted(one / other for one, other in zip(theirs, ours, strict=True))
    return f"{statistics.median(ratios):.1f}x ({ratios[0]:.1f} to {ratios[-1]:.1f}), {statistics.median(ours):.1f} s"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default=",".join(MODELS), help="a list, with commas")
    parser.add_argument("--master", default="local[2]")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spark = sm.get_session(sm.SessionConfig(master=given.master, log_file=f"{folder}/spark.log"))
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.create_experiment("bench", artifact_location=f"{folder}/artifacts")
        mlflow.set_experiment("bench")
        bench = Bench(spark, folder, sm.RegistryConfig(tracking_uri=mlflow.get_tracking_uri()))
        write_input(folder, given.rows)
        names = given.models.split(",")
        for model in names:
            measure(bench, register(bench, model), given.rounds)
        print(f"\n{given.rows:,} rows, {given.master}, {given.rounds} rounds; times as fast as mlflow.pyfunc.spark_udf")
        print(table(bench, names))
        spark.stop()


if __name__ == "__main__":
    main()
