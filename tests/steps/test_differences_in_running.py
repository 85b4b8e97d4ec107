"""How MLflow's UDF runs, and how ours does: what workers need, how often they load, and how often rows are read.

The rest of ``docs/differences-from-mlflow.md`` is in ``test_differences.py``. That workers on Spark Connect resolve an
alias again needs a Connect server: ``tests/e2e/scoring_program.py`` runs both there.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import mlflow.pyfunc
import mlflow.sklearn
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.utils.file_utils import get_or_create_tmp_dir
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.functions import pandas_udf
from sklearn.base import BaseEstimator
from tests.models import flights
from tests.steps.scoring import COLUMNS, DISTANCES, ROWS, Desk, in_spark, numbered, saved

from spark_models.registry.files import fetch_files
from spark_models.registry.fluent import quiet
from spark_models.spark.frames import local_frame
from spark_models.steps.score import score
from spark_models.steps.udf import spark_udf

MODELS = ("delay/1", "delay/2", "late/1")


@pytest.fixture
def cold_worker(spark: SparkSession) -> Iterator[None]:
    """Tasks get Python workers that have run nothing yet, one after the other the same one."""
    variables = spark.sparkContext.environment
    # Spark keeps workers apart by the variables that they were started with.
    variables["COLD_WORKER"] = uuid4().hex
    yield
    del variables["COLD_WORKER"]


def test_workers_need_no_registry_and_no_shared_folder(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"], np.array([1.0]))
    theirs, ours = (make(shared_desk.spark, uri) for make in (mlflow.pyfunc.spark_udf, spark_udf))
    # What workers on other machines do not have: the model's own folder, and the driver's copy in a temporary one.
    shutil.rmtree(uri)
    shutil.rmtree(f"{get_or_create_tmp_dir()}/models")
    with pytest.raises(MlflowException, match="No such artifact: 'model'"):
        # In this process: a worker in which a task failed is replaced, and the next one imports MLflow for seconds.
        next(theirs.func(iter([pd.Series(ROWS)])))
    assert in_spark(shared_desk, ours) == ROWS


def watching(log: Path) -> Any:
    """An estimator that notes where it is loaded, and predicts whether MLflow is there; it is pickled by value."""

    class Watching(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
        def __setstate__(self, state: Any) -> None:
            with log.open("a", encoding="utf-8") as lines:
                lines.write(f"{os.getpid()}\n")

        def predict(self, rows: Any) -> Any:
            return np.full(len(rows), float("mlflow" in sys.modules))

    return Watching()


@pytest.mark.usefixtures("cold_worker")
def test_a_worker_loads_a_model_once_for_all_tasks_and_does_not_import_mlflow(
    shared_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, log = str(tmp_path / "model"), tmp_path / "loads"
    with quiet():
        mlflow.sklearn.save_model(
            watching(log),
            uri,
            signature=infer_signature(DISTANCES, pd.DataFrame({"has_mlflow": [1.0]})),
            pip_requirements=["scikit-learn"],
            serialization_format="cloudpickle",
        )
    # Without MLflow there is nothing that could enforce a schema on each batch, either.
    for make, loads, has_mlflow in ((spark_udf, 1, 0.0), (mlflow.pyfunc.spark_udf, 2, 1.0)):
        udf = make(shared_desk.spark, uri)
        log.unlink(missing_ok=True)
        assert [in_spark(shared_desk, udf) for _task in range(2)] == [[has_mlflow] * 2] * 2
        workers = log.read_text(encoding="utf-8").split()
        assert (len(workers), len(set(workers))) == (loads, 1)

    enforced, enforce = [], mlflow.pyfunc._enforce_schema

    def noted(*given: Any) -> Any:
        enforced.append(given)
        return enforce(*given)

    monkeypatch.setattr(mlflow.pyfunc, "_enforce_schema", noted)
    list(mlflow.pyfunc.spark_udf(shared_desk.spark, uri).func(iter([pd.Series(ROWS)] * 3)))
    assert len(enforced) == 3


def counting_reads(frame: DataFrame, log: Path) -> DataFrame:
    """The rows, each of which leaves a byte in the log whenever it is read."""

    def read(distances: pd.Series) -> pd.Series:
        with log.open("a", encoding="utf-8") as bytes_of_rows:
            bytes_of_rows.write("." * len(distances))
        return distances

    counted: Any = pandas_udf(read, "double")  # type: ignore[call-overload]  # they leave out some types
    return frame.withColumn("distance", counted("distance"))


def test_several_models_cost_one_pass(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = numbered(flights(5)).astype(object).to_numpy().tolist()
    log = tmp_path / "reads"
    given = counting_reads(local_frame(desk.spark, rows, COLUMNS).coalesce(1), log)

    paths = [str(fetch_files(desk.store.registry, f"models:/{model}").path) for model in MODELS]
    udfs = [mlflow.pyfunc.spark_udf(desk.spark, path, "double") for path in paths]
    # As one column a model all rows go to Python once for each of them ...
    capsys.readouterr()
    given.select("id", *(udf() for udf in udfs)).explain()
    assert capsys.readouterr().out.count("ArrowEvalPython [") - 1 == len(MODELS)
    # ... and as one row a model they are read once for each of them, too.
    frames = [given.select("id", udf().alias("prediction")) for udf in udfs]
    found = reduce(DataFrame.union, frames).coalesce(1).toPandas()
    assert len(log.read_bytes()) == 5 * len(MODELS)

    log.unlink()
    score(desk.job(*MODELS, table=None, batch_id="monday", result_type="double"), given, spark=desk.spark)
    assert len(log.read_bytes()) == 5
    assert sorted(desk.predictions()["prediction"]) == sorted(found["prediction"])
