"""MLflow's process-wide state, set for a block and put back: its default URIs, and its chatter."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_REGISTRY_URI,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
    MLFLOW_TRACKING_URI,
)
from mlflow.tracking._model_registry import utils as registry_default
from mlflow.tracking._tracking_service import utils as tracking_default
from mlflow.utils.logging_utils import MLFLOW_LOGGING_STREAM

_SILENT = {
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.name: "false",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.name: "true",
}
_VARIABLES = (*_SILENT, MLFLOW_REGISTRY_URI.name, MLFLOW_TRACKING_URI.name)
_LOCK = RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """No log lines, warnings or progress bars of MLflow's and its own libraries' inside the block."""
    with _LOCK, _environment_restored(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enabled = MLFLOW_LOGGING_STREAM.enabled
        os.environ.update(_SILENT)
        MLFLOW_LOGGING_STREAM.enabled = False
        try:
            yield
        finally:
            MLFLOW_LOGGING_STREAM.enabled = enabled


@contextmanager
def default_uris(tracking_uri: str, registry_uri: str) -> Iterator[None]:
    """MLflow's default servers are these inside the block, and MLflow is quiet.

    Downloads of ``models:/`` URIs and registrations go to the process's defaults, whatever client
    asks for them; MLflow has no argument for it.
    """
    with quiet():
        # What was set, as opposed to what MLflow would fall back to.
        tracking, registry = tracking_default._tracking_uri, registry_default._registry_uri  # noqa: SLF001  # not public
        tracking_default.set_tracking_uri(tracking_uri)
        registry_default.set_registry_uri(registry_uri)
        try:
            yield
        finally:
            tracking_default.set_tracking_uri(tracking)  # type: ignore[arg-type]  # it takes None for "not set"
            registry_default.set_registry_uri(registry)  # type: ignore[arg-type]  # the same


@contextmanager
def _environment_restored() -> Iterator[None]:
    # Setting a URI sets its variable too, and unsetting it loses what the user had exported.
    before = {name: os.environ.get(name) for name in _VARIABLES}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
