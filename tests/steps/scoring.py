"""What the tests of scoring share: versions of small models, jobs, and tables to score."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from pyspark.sql import DataFrame, SparkSession
from tests import lake
from tests.models import Store, flights, pyfunc_of

from spark_models.core.config import InputConfig, OutputConfig, ScoreConfig, TablesConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import ScoringRun
from spark_models.registry.files import fetch_files
from spark_models.registry.fluent import quiet
from spark_models.spark.frames import local_frame

DISTANCES = flights()[["distance"]]
ROWS = [2.0, 3.0]  # distances
COLUMNS = "id bigint, carrier string, distance double, dep_delay double, hour bigint"


@dataclass(frozen=True)
class Desk:
    """Where a test scores: a store with versions, and a folder for tables."""

    spark: SparkSession
    store: Store
    lake: str

    @property
    def input(self) -> str:
        return f"{self.lake}/flights"

    @property
    def output(self) -> str:
        return f"{self.lake}/predictions"

    def job(self, *models: str, **changes: Any) -> ScoreConfig:
        """Score the input table into the output table, by ``id``; changes go to input, output or the job itself."""
        inputs = {name: changes.pop(name) for name in InputConfig.model_fields if name in changes}
        outputs = {name: changes.pop(name) for name in OutputConfig.model_fields if name in changes}
        uris = tuple(f"models:/{model}" for model in models)
        return ScoreConfig(
            model=uris[0] if len(uris) == 1 else uris,
            registry=self.store.config,
            tables=TablesConfig(location=f"{self.lake}/ops"),
            input=InputConfig(**{"table": self.input, **inputs}),
            output=OutputConfig(**{"table": self.output, "keys": ("id",), **outputs}),
            **changes,
        )

    def write(self, rows: pd.DataFrame | None = None, columns: str = COLUMNS) -> pd.DataFrame:
        """Append flights to the input table; gives them as pandas has them."""
        rows = numbered(flights(20)) if rows is None else rows
        lake.write(self.input, columns, rows.astype(object).to_numpy().tolist())
        return rows

    def predictions(self, table: str | None = None) -> pd.DataFrame:
        """The predictions, by version, batch and id."""
        return lake.frame(table or self.output, "model_version", "batch_id", "id")

    def version(self) -> int | None:
        """The predictions table's Delta version."""
        return lake.version(self.output)

    def runs(self) -> tuple[ScoringRun, ...]:
        """The rows of scoring_runs, oldest first."""
        found = lake.rows_of(parse_table_name(f"{self.lake}/ops/scoring_runs"), ScoringRun)
        return tuple(sorted(found, key=lambda run: run.started_at))

    def frame(self) -> DataFrame:
        return self.spark.read.format("delta").load(self.input)


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a key column in front."""
    return rows.assign(id=range(len(rows)))[["id", *rows.columns]]


def with_missing(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with some carriers, distances and delays missing."""
    missing = rows.copy()
    missing.loc[::5, "carrier"] = None
    missing.loc[1::4, "distance"] = np.nan
    missing.loc[::7, "dep_delay"] = np.nan
    return missing


def mlflows(store: Store, version: ModelVersion, rows: pd.DataFrame, **arguments: Any) -> Any:
    """What MLflow's own pyfunc predicts for the rows."""
    files = fetch_files(store.registry, version.uri)
    return mlflow.pyfunc.load_model(str(files.path)).predict(rows, **arguments)


def folder_of(store: Store, version: ModelVersion) -> Path:
    """Where the artifact store keeps a version's files."""
    found = store.client.get_model_version(version.name, str(version.version))
    model_id = str(found.model_id or found.source).rpartition("/")[2]
    return store.folder / "artifacts" / "models" / model_id / "artifacts"


def saved(folder: Path, predict: Any, output: Any = None, **more: Any) -> str:
    """A pyfunc of distance, on a path; ``output`` gives the signature its outputs, if there are any."""
    params = more.pop("params", None)
    signature = more.pop("signature", None)
    with quiet():
        mlflow.pyfunc.save_model(
            str(folder / "model"),
            python_model=pyfunc_of(predict),
            signature=signature or infer_signature(DISTANCES, output, params=params),
            pip_requirements=["mlflow"],
            **more,
        )
    return str(folder / "model")


def theirs(desk: Desk, uri: str, *columns: pd.Series, **arguments: Any) -> Any:
    """What MLflow's UDF makes of a batch.

    In this process: a worker in which a task failed is replaced, and the next one imports MLflow for seconds.
    """
    udf = mlflow.pyfunc.spark_udf(desk.spark, uri, **arguments)
    given = columns or (pd.Series(ROWS),)
    return next(udf.func(iter([given if len(given) > 1 else given[0]])))


def in_spark(desk: Desk, udf: Any, kind: str = "double", rows: Any = ROWS) -> list[Any]:
    """What a UDF of distance gives in a query, where the result passes through Arrow."""
    frame = local_frame(desk.spark, [(row,) for row in rows], f"distance {kind}").coalesce(1)
    return [row["p"] for row in frame.select(udf("distance").alias("p")).collect()]
