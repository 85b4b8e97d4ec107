"""What a predictions table holds is what MLflow, or the library itself, predicts for the same rows, bit for bit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.models import flights
from tests.steps.conftest import Models
from tests.steps.scoring import Desk, mlflows, numbered, with_missing

from spark_models.core.model_version import ModelVersion
from spark_models.spark.frames import local_frame
from spark_models.steps.score import score


@pytest.fixture(scope="module")
def missing(shared_desk: Desk) -> pd.DataFrame:
    """Rows of the input table, in which strings and numbers are missing."""
    return shared_desk.write(with_missing(numbered(flights(60)))).drop(columns="id")


def bits(values: Any) -> bytes:
    return np.asarray(values).tobytes()


@pytest.mark.parametrize("name", ["imputing", "booster", "trees"])
def test_predictions_for_rows_with_missing_values_are_mlflows(
    shared_desk: Desk, missing: pd.DataFrame, name: str
) -> None:
    table = f"{shared_desk.lake}/{name}"
    score(job(shared_desk, f"{name}/1", table), spark=shared_desk.spark)
    found = shared_desk.predictions(table)["prediction"]
    assert bits(found) == bits(mlflows(shared_desk.store, ModelVersion(name, 1), missing))
    assert len(set(found)) > 1


@pytest.mark.parametrize("name", ["imputing", "trees"])
def test_probabilities_are_the_librarys_own(
    shared_desk: Desk, models: Models, missing: pd.DataFrame, name: str
) -> None:
    table = f"{shared_desk.lake}/{name}_probabilities"
    score(job(shared_desk, f"{name}/1", table, method="predict_proba"), spark=shared_desk.spark)
    model = models.logged[name].model
    rows = missing[list(getattr(model, "feature_names_in_", missing.columns))] if name == "trees" else missing
    found = np.array(shared_desk.predictions(table)["prediction"].tolist())
    assert bits(found) == bits(model.predict_proba(rows))


def job(desk: Desk, model: str, table: str, **more: Any) -> Any:
    made = desk.job(model, **more)
    return made.model_copy(update={"output": made.output.model_copy(update={"table": table})})


def test_columns_of_other_names_and_types_are_cast_exactly_and_parameters_are_used(desk: Desk) -> None:
    desk.write()
    given = desk.job("doubling/1", columns={"distance": "hour"}, params={"factor": 0.5})
    done = score(given, spark=desk.spark)
    assert done.run is not None
    rows = desk.frame().orderBy("id").toPandas()
    assert desk.predictions()["prediction"].tolist() == (rows["hour"] * 0.5).tolist()


def test_null_and_nan_stay_what_they_are(desk: Desk) -> None:
    nan = float("nan")
    frame = local_frame(
        desk.spark, [(0, nan, None), (1, 2.0, nan), (2, 3.0, 1.0)], "id bigint, distance double, note double"
    )
    frame.write.format("delta").save(desk.input)
    score(desk.job("doubling/1", passthrough=("note",)), spark=desk.spark)
    found = desk.spark.read.format("delta").load(desk.output).orderBy("id").collect()
    assert [str(row["prediction"]) for row in found] == ["nan", "4.0", "6.0"]
    assert [str(row["note"]) for row in found] == ["None", "nan", "1.0"]
