"""The ways to score a Delta table into another, each as its users would write it.

All write the same columns into the same partitions: the key, the prediction, which model version and batch it is of,
when it was made, and the error that there was not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.types import DoubleType

import spark_models as sm

PARTITIONS = ["model_name", "model_version", "batch_id"]


@dataclass(frozen=True)
class Model:
    """A fitted model, registered as version 1 of its name, and the columns that it takes."""

    name: str
    model: Any
    columns: tuple[str, ...]

    @property
    def uri(self) -> str:
        """What names it in the registry."""
        return f"models:/{self.name}/1"


@dataclass(frozen=True)
class Task:
    """What to score, night after night: a table with one model or with each of several, as the batch of that name."""

    spark: SparkSession
    folder: Path
    input: str
    models: tuple[Model, ...]
    batch: str = "night-0"

    @property
    def registry(self) -> sm.RegistryConfig:
        """MLflow's store, in the same folder."""
        return sm.RegistryConfig(tracking_uri=f"sqlite:///{self.folder}/mlflow.db")

    @property
    def tables(self) -> sm.TablesConfig:
        """Where the score job keeps its account."""
        return sm.TablesConfig(location=f"{self.folder}/ops")

    def rows(self) -> DataFrame:
        """The table to score, as Spark reads it."""
        return self.spark.read.format("delta").load(self.input)


def by_mlflow(task: Task, output: str) -> None:
    """What everybody does."""
    for model in task.models:
        udf = mlflow.pyfunc.spark_udf(task.spark, model.uri, result_type=DoubleType(), env_manager="local")
        _append(task, model, udf(*map(F.col, model.columns)), output)


def by_pandas_udf(task: Task, output: str) -> None:
    """The least that a pandas UDF can do: the model travels in the closure."""
    for model in task.models:
        _append(task, model, _bare_udf(model)(*map(F.col, model.columns)), output)


def _bare_udf(given: Model) -> Callable[..., Column]:
    model, columns = given.model, list(given.columns)

    def predict(batches: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.Series]:
        for batch in batches:
            rows = pd.concat(batch, axis=1, keys=columns)
            yield pd.Series(np.asarray(model.predict(rows), dtype="float64"))

    return pandas_udf(predict, returnType="double")  # type: ignore[call-overload, no-any-return]  # as above


def _append(task: Task, model: Model, prediction: Column, output: str) -> None:
    scored = task.rows().select(
        "id",
        prediction.alias("prediction"),
        F.lit(model.name).alias("model_name"),
        F.lit(1).cast("bigint").alias("model_version"),
        F.lit(task.batch).alias("batch_id"),
        F.current_timestamp().alias("scored_at"),
        F.lit(None).cast("string").alias("error"),
    )
    scored.write.format("delta").mode("append").partitionBy(*PARTITIONS).save(output)


def by_polars(task: Task, output: str) -> None:
    """No Spark: the whole table in the memory of one process."""
    columns = {column: None for model in task.models for column in model.columns}
    rows = pl.read_delta(task.input, columns=["id", *columns])
    for model in task.models:
        predictions = model.model.predict(rows.select(model.columns).to_pandas())
        scored = rows.select("id").with_columns(
            pl.Series("prediction", np.asarray(predictions, dtype="float64")),
            model_name=pl.lit(model.name),
            model_version=pl.lit(1, pl.Int64),
            batch_id=pl.lit(task.batch),
            scored_at=pl.lit(datetime.now(UTC)),
            error=pl.lit(None, pl.String),
        )
        scored.write_delta(output, mode="append", delta_write_options={"partition_by": PARTITIONS})


def by_us(task: Task, output: str) -> None:
    """The score step, with its checks and its account of the run."""
    job = sm.ScoreConfig(
        model=tuple(model.uri for model in task.models),
        batch_id=task.batch,
        registry=task.registry,
        tables=task.tables,
        input=sm.InputConfig(table=task.input),
        output=sm.OutputConfig(table=output, keys=("id",)),
        result_type="double",
    )
    sm.score(job, spark=task.spark)


Way = Callable[[Task, str], None]
WAYS: dict[str, Way] = {
    "mlflow": by_mlflow,
    "pandas_udf": by_pandas_udf,
    "spark-models": by_us,
    # The last one: for a while the process keeps much of the memory that it took.
    "polars": by_polars,
}
