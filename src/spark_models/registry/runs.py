"""Our runs in MLflow: one for each thing done, in the configured experiment."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

from spark_models.errors import RegistryError
from spark_models.registry.connection import Registry
from spark_models.registry.fluent import quiet
from spark_models.registry.refusals import refusals

RunStatus = Literal["FINISHED", "FAILED"]
Record = Mapping[str, Any]


def log_run(  # noqa: PLR0913  # a run is these things, all of them optional
    registry: Registry,
    name: str,
    *,
    status: RunStatus = "FINISHED",
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float | None] | None = None,
    tables: Mapping[str, Sequence[Record]] | None = None,
    texts: Mapping[str, str] | None = None,
) -> str:
    """Write one run that is over, and give its id.

    Metrics that are None, NaN or infinite are left out. ``tables`` gives records by the name of an artifact
    file (``metrics.json``); MLflow's UI shows them as tables. ``texts`` gives other artifact files,
    such as ``report.html``.

    Raises:
        RegistryError: if MLflow refuses.
    """
    now = round(time.time() * 1000)
    known = {key: value for key, value in (metrics or {}).items() if value is not None and math.isfinite(value)}
    with refusals(f"MLflow run {name!r}"), open_run(registry, name, status, tags) as run_id:
        registry.client.log_batch(
            run_id,
            metrics=[Metric(key, value, now, 0) for key, value in known.items()],
            params=[Param(key, str(value)) for key, value in (params or {}).items()],
        )
        _log_tables(registry, run_id, tables or {})
        for file, text in (texts or {}).items():
            registry.client.log_text(run_id, text, file)
    return run_id


@contextmanager
def open_run(
    registry: Registry, name: str, status: RunStatus = "FINISHED", tags: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A run's id; the run ends with the block: as ``status`` says, or failed if the block raises."""
    run = registry.client.create_run(experiment_id(registry), run_name=name, tags=dict(tags or {}))
    ended: RunStatus = "FAILED"
    with quiet():
        try:
            yield run.info.run_id
            ended = status
        finally:
            registry.client.set_terminated(run.info.run_id, ended)


def experiment_id(registry: Registry) -> str:
    """The id of the configured experiment, which is made if it is not there.

    Raises:
        RegistryError: if the experiment was deleted.
    """
    client, name = registry.client, registry.experiment
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            made: str = client.create_experiment(name)
        except MlflowException:
            # Another job may have made it since.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
        else:
            return made
    if found.lifecycle_stage != "active":
        raise RegistryError(f"MLflow experiment {name!r}", ["it was deleted: restore it, or name another one"])
    return str(found.experiment_id)


def _log_tables(registry: Registry, run_id: str, tables: Mapping[str, Sequence[Record]]) -> None:
    # MLflow's log_table would round numbers to ten decimals on their way through pandas.
    for file, records in tables.items():
        registry.client.log_text(run_id, json.dumps(_split(records), default=str), file)
    if tables:
        shown = [{"path": file, "type": "table"} for file in tables]
        registry.client.set_tag(run_id, MLFLOW_LOGGED_ARTIFACTS, json.dumps(shown))


def _split(records: Sequence[Record]) -> dict[str, list[Any]]:
    columns = list(dict.fromkeys(column for record in records for column in record))
    return {"columns": columns, "data": [[_plain(record.get(column)) for column in columns] for record in records]}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no NaN
    return value.isoformat() if isinstance(value, datetime) else value
