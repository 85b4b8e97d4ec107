"""What was logged for a model version: by the run that made the model, and for the logged model itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion as Found
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from spark_models.core.model_uri import parse_model_uri
from spark_models.core.tables import Dataset
from spark_models.registry.connection import Registry
from spark_models.registry.refusals import is_absent


@dataclass(frozen=True)
class Logged:
    """What was logged for a version; empty if its run is gone.

    Where the run and the logged model disagree on a parameter or metric, the logged model's value stands: a run may
    hold several models.
    """

    run_id: str | None
    run_name: str | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    datasets: tuple[Dataset, ...]


def logged_for(registry: Registry, found: Found, model_id: str | None = None) -> Logged:
    """What was logged for a version; ``model_id`` is the logged model's by the MLmodel file, where that is at hand.

    Raises:
        MlflowException: if MLflow refuses.
    """
    run = _run(registry, found.run_id)
    logged = _logged_model(registry, _model_id(found) or model_id)
    return Logged(
        run_id=found.run_id or None,
        run_name=run.info.run_name if run else None,
        params={**(run.data.params if run else {}), **(logged.params or {} if logged else {})},
        metrics={**(run.data.metrics if run else {}), **_metrics(logged)},
        datasets=_datasets(run),
    )


def _run(registry: Registry, run_id: str | None) -> Run | None:
    if not run_id:
        return None
    try:
        return registry.client.get_run(run_id)
    except MlflowException as error:
        if is_absent(error):
            return None
        raise


def _model_id(found: Found) -> str | None:
    # Not every store fills in model_id, and Unity Catalog's source is the place of the files.
    source = str(found.source or "")
    if source.startswith("models:/") and parse_model_uri(source).kind == "logged_model":
        return source.removeprefix("models:/")
    model_id: str | None = found.model_id
    return model_id


def _logged_model(registry: Registry, model_id: str | None) -> LoggedModel | None:
    if not model_id:
        return None
    try:
        return registry.client.get_logged_model(model_id)
    except MlflowException as error:
        if is_absent(error):
            return None
        raise


def _metrics(logged: LoggedModel | None) -> dict[str, float]:
    metrics = logged.metrics or [] if logged else []
    return {metric.key: metric.value for metric in sorted(metrics, key=lambda metric: (metric.step, metric.timestamp))}


def _datasets(run: Run | None) -> tuple[Dataset, ...]:
    """The datasets that the run logged, each once; MLflow keeps what one was for in a tag of its."""
    inputs = run.inputs.dataset_inputs if run and run.inputs else []
    tags = [{tag.key: tag.value for tag in given.tags} for given in inputs]
    found = {
        Dataset(given.dataset.name, given.dataset.digest, told.get(MLFLOW_DATASET_CONTEXT))
        for given, told in zip(inputs, tags, strict=True)
    }
    return tuple(sorted(found, key=lambda data: (data.name, data.context or "", data.digest)))
