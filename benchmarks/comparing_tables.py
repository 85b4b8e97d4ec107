"""Labels and predictions of several versions, drawn at random, and versions that nobody had to train for long."""

from datetime import UTC, datetime
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import WriterProperties, write_deltalake
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

import spark_models as sm

NAME = "arrival"
# Three values each: twelve slices.
SLICES = {
    "region": ("north", "south", "west"),
    "season": ("spring", "summer", "winter"),
    "size": ("large", "middle", "small"),
    "channel": ("branch", "phone", "web"),
}
ROWS_AT_A_TIME = 1_000_000
PARTITIONS = ["model_name", "model_version", "batch_id"]
_PLAIN = WriterProperties(compression="SNAPPY")


def write_labels(folder: Path, rows: int) -> None:
    """The table ``labels``: a key, the label, and the columns of slices."""
    for start in range(0, rows, ROWS_AT_A_TIME):
        drawn, ids = np.random.default_rng(start), _ids(start, rows)
        slices = {name: pa.array(np.array(values)[drawn.integers(0, 3, len(ids))]) for name, values in SLICES.items()}
        table = pa.table({"id": ids, "late": _labels(ids), **slices})
        write_deltalake(f"{folder}/labels", table, mode="append", writer_properties=_PLAIN)


def write_predictions(folder: Path, rows: int, version: int) -> None:
    """A version's batch in the table ``predictions``, with the columns and partitions that the score step writes."""
    for start in range(0, rows, ROWS_AT_A_TIME):
        ids = _ids(start, rows)
        noise = np.random.default_rng(version * 10**9 + start).normal(scale=1 + version / 10, size=len(ids))
        score = 1 / (1 + np.exp(-(2 * _labels(ids) - 1.5 + noise)))
        count, moment = len(ids), datetime(2026, 1, version, tzinfo=UTC)
        table = pa.table(
            {
                "id": ids,
                "prediction": score,
                "model_name": pa.repeat(NAME, count),
                "model_version": pa.repeat(version, count),
                "batch_id": pa.repeat(f"night-{version}", count),
                "scored_at": pa.repeat(pa.scalar(moment, pa.timestamp("us", "UTC")), count),
                "error": pa.nulls(count, pa.string()),
            }
        )
        place = f"{folder}/predictions"
        write_deltalake(place, table, mode="append", partition_by=PARTITIONS, writer_properties=_PLAIN)


def write_versions(folder: Path, count: int) -> sm.RegistryConfig:
    """A store with so many versions of one small model."""
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("comparing", artifact_location=f"{folder}/artifacts")
    mlflow.set_experiment("comparing")
    sample = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})
    model = LogisticRegression().fit(sample, [0, 0, 1, 1])
    for version in range(1, count + 1):
        with mlflow.start_run(run_name=f"version {version}"):
            mlflow.sklearn.log_model(
                model,
                name="model",
                signature=infer_signature(sample, model.predict_proba(sample)),
                pip_requirements=["scikit-learn"],
                serialization_format="cloudpickle",
                registered_model_name=NAME,
            )
    return sm.RegistryConfig(tracking_uri=uri, experiment="spark-models")


def _ids(start: int, rows: int) -> np.ndarray:
    return np.arange(start, min(start + ROWS_AT_A_TIME, rows))


def _labels(ids: np.ndarray) -> np.ndarray:
    """One in four, the same for a key wherever it is asked."""
    return (np.sin(ids * 12.9898) * 43758.5453 % 1 < 0.25).astype(np.int32)
