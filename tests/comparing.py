"""Tables of labels and predictions written from known numbers, and versions that nobody had to score with."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mlflow.entities import Run
from tests.models import Store

from spark_models.core.config import CompareConfig, TablesConfig

PROVENANCE = "model_name string, model_version bigint, batch_id string, scored_at timestamp, error string"


def scored(version: int, model: str = "delay", batch: int = 0, error: str | None = None) -> tuple[Any, ...]:
    """The provenance of a prediction; a higher batch was scored later."""
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=batch)
    return model, version, f"batch{batch}", moment, error


@dataclass(frozen=True)
class Tables:
    """A store, and the folder that holds the tables ``labels`` and ``predictions``."""

    store: Store
    folder: str

    @property
    def labels(self) -> str:
        return f"{self.folder}/labels"

    @property
    def predictions(self) -> str:
        return f"{self.folder}/predictions"

    @property
    def results(self) -> str:
        """For comparisons whose tables nobody looks at."""
        return f"{self.folder}/results"

    def config(self, results: str, **more: Any) -> CompareConfig:
        """Version 2 of ``delay`` against version 1, with results in a folder; ``labels`` and ``column`` by name."""
        labels = {"table": self.labels, "keys": ("id",), "column": "label", **more.pop("labels", {})}
        values: dict[str, Any] = {
            "registry": self.store.config,
            "tables": TablesConfig(location=results),
            "baseline": "models:/delay/1",
            "candidates": ("models:/delay/2",),
            "task": "regression",
            "labels": labels,
            "predictions": {"table": self.predictions, "column": more.pop("column", "prediction")},
        }
        return CompareConfig(**{**values, **more})


def runs_of(tables: Tables, comparison_id: str) -> list[Run]:
    """The MLflow runs of a comparison."""
    client = tables.store.client
    experiment = client.get_experiment_by_name("spark-models")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], f"params.comparison_id = '{comparison_id}'"))
