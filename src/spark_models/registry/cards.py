"""Cards: everything that MLflow knows of a model version, as one value."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion as Found
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Card, Dataset
from spark_models.registry.aliases import aliases_of
from spark_models.registry.connection import Registry
from spark_models.registry.files import ModelFiles
from spark_models.registry.refusals import is_absent, refusals

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def card_of(registry: Registry, model_version: ModelVersion, files: ModelFiles) -> Card:
    """The card of a version whose files these are.

    Where the run and the logged model disagree on a parameter or metric, the logged model's value
    stands: a run may hold several models. A run that is gone leaves its fields empty.

    Raises:
        RegistryError: if there is no such version, or MLflow refuses.
    """
    name, version = model_version.name, model_version.version
    aliases = aliases_of(registry, name)
    with refusals(str(model_version)):
        found = registry.client.get_model_version(name, str(version))
        run = _run(registry, found.run_id)
        logged = _logged_model(registry, _model_id(found, files))
    return Card(
        model_name=name,
        model_version=version,
        created_at=_EPOCH + timedelta(milliseconds=found.creation_timestamp),
        run_id=found.run_id or None,
        run_name=run.info.run_name if run else None,
        hyperparameters={**(run.data.params if run else {}), **(logged.params or {} if logged else {})},
        metrics={**(run.data.metrics if run else {}), **_metrics(logged)},
        signature=_signature_json(files.mlmodel.get("signature")),
        logged_files=files.logged,
        digest=files.digest,
        flavor=files.flavor,
        requirements=files.requirements,
        description=found.description or None,
        tags=dict(sorted(found.tags.items())),
        aliases=tuple(sorted(alias for alias, holder in aliases.items() if holder == version)),
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


def _model_id(found: Found, files: ModelFiles) -> str | None:
    # Not every store fills in model_id, and Unity Catalog's source is the place of the files.
    source = str(found.source or "")
    if source.startswith("models:/") and parse_model_uri(source).kind == "logged_model":
        return source.removeprefix("models:/")
    return found.model_id or files.mlmodel.get("model_id")


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
    found = (
        (
            given.dataset.name,
            given.dataset.digest,
            {tag.key: tag.value for tag in given.tags}.get(MLFLOW_DATASET_CONTEXT),
        )
        for given in inputs
    )
    return tuple(Dataset(*one) for one in sorted(set(found), key=lambda one: (one[0], one[2] or "", one[1])))


def _signature_json(entry: Mapping[str, Any] | None) -> str | None:
    if not entry:
        return None
    parts = {part: json.loads(text) for part, text in entry.items() if isinstance(text, str)}
    return json.dumps(parts, sort_keys=True)
