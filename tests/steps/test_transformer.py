"""A model as a stage of a pyspark.ml pipeline."""

from pathlib import Path

import numpy as np
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import SQLTransformer
from tests.models import flights
from tests.steps.scoring import Desk, mlflows, numbered

from spark_models import ConfigError, ModelTransformer, ModelVersion


def test_a_saved_pipeline_predicts_with_the_version_it_was_saved_with(shared_desk: Desk, tmp_path: Path) -> None:
    rows = shared_desk.write(numbered(flights(20))).drop(columns="id")
    store = shared_desk.store
    twice = SQLTransformer(statement="SELECT *, distance * 2 AS twice FROM __THIS__")
    delay = ModelTransformer(modelName="delay", modelVersion=1, trackingUri=store.config.tracking_uri)
    doubled = ModelTransformer(
        inputCols=["twice"],
        outputCol="doubled",
        modelName="doubling",
        modelVersion=1,
        modelParams={"factor": 3.0},
        resultType="float",
        acceleration="auto",
        trackingUri=store.config.tracking_uri,
    )
    Pipeline(stages=[twice, delay, doubled]).fit(shared_desk.frame()).save(f"{tmp_path}/pipeline")

    loaded = PipelineModel.load(f"{tmp_path}/pipeline")
    found = loaded.transform(shared_desk.frame()).orderBy("id").toPandas()

    assert isinstance(loaded.stages[1], ModelTransformer)
    assert list(found.columns) == ["id", *rows.columns, "twice", "prediction", "doubled"]
    assert found["prediction"].tolist() == list(mlflows(store, ModelVersion("delay", 1), rows))
    assert found["doubled"].tolist() == (rows["distance"] * 6).astype(np.float32).tolist()


def test_a_transformer_without_a_model_is_refused(shared_desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        ModelTransformer(outputCol="late").transform(shared_desk.spark.range(1))
    assert caught.value.problems == ("modelName is not set", "modelVersion is not set")


def test_a_version_is_a_number() -> None:
    with pytest.raises(TypeError, match="modelVersion"):
        ModelTransformer(modelName="delay", modelVersion="champion")  # type: ignore[arg-type]
