"""The connection to MLflow: a client for servers that answer."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.tracking._model_registry.utils import _resolve_registry_uri
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from spark_models.core.config import RegistryConfig
from spark_models.errors import RegistryError
from spark_models.registry.fluent import quiet
from spark_models.registry.refusals import reason, without_credentials

TIMEOUT_SECONDS = 5

# MLflow tries a database that does not answer for minutes; a look at its port takes seconds.
DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


@dataclass(frozen=True)
class Registry:
    """MLflow: its tracking server, its model registry, and the experiment that gets our runs."""

    client: MlflowClient
    tracking_uri: str
    registry_uri: str
    experiment: str


def connect(config: RegistryConfig) -> Registry:
    """A client for the configured servers, or for MLflow's own defaults.

    Raises:
        RegistryError: if a server does not answer within seconds, or a URI is none of MLflow's.
    """
    tracking_uri = config.tracking_uri or mlflow.get_tracking_uri()
    # MLflow's own rule, which knows its variables, Databricks and Unity Catalog.
    registry_uri = _resolve_registry_uri(config.registry_uri, tracking_uri) or tracking_uri
    problems = [_problem(uri) for uri in dict.fromkeys((tracking_uri, registry_uri))]
    if any(problems):
        raise RegistryError("cannot reach MLflow", filter(None, problems))
    return Registry(_client(tracking_uri, registry_uri), tracking_uri, registry_uri, config.experiment)


def _client(tracking_uri: str, registry_uri: str) -> MlflowClient:
    try:
        with quiet():
            client = MlflowClient(tracking_uri, registry_uri)
            # The registry's store is made at its first use, which would be too late to refuse it.
            client._get_registry_client()  # type: ignore[no-untyped-call]  # noqa: SLF001  # no public call makes it
    except MlflowException as error:
        where = " and ".join(dict.fromkeys(map(without_credentials, (tracking_uri, registry_uri))))
        raise RegistryError(f"cannot use MLflow at {where}", [reason(error), _WHAT_TO_CHECK]) from error
    return client


_WHAT_TO_CHECK = "check registry.tracking_uri and registry.registry_uri, or MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI"


def _problem(uri: str) -> str | None:
    address = urlsplit(uri)
    if address.scheme in {"http", "https"}:
        return _silent_server(uri)
    default_port = DATABASE_PORTS.get(address.scheme.partition("+")[0])
    if default_port and address.hostname:
        return _closed_port(uri, address.hostname, address.port or default_port)
    return None


def _silent_server(uri: str) -> str | None:
    shown = without_credentials(uri)
    try:
        # MLflow's own request takes its TLS and credential settings; it retries for minutes unless told not to.
        answer = http_request(  # type: ignore[no-untyped-call]  # MLflow leaves out its types
            get_default_host_creds(uri),  # type: ignore[no-untyped-call]  # the same
            "/health",
            "GET",
            max_retries=0,
            timeout=TIMEOUT_SECONDS,
            raise_on_status=False,
        )
    except MlflowException:
        return f"{shown} does not answer: check that the server runs, and the address. {_WHAT_TO_CHECK}"
    # Any other status comes from something that is there; /health itself may be closed to clients.
    if answer.status_code >= 500:
        return f"{shown} answers with HTTP status {answer.status_code}: check the server's log, and any proxy before it"
    return None


def _closed_port(uri: str, host: str, port: int) -> str | None:
    try:
        socket.create_connection((host, port), timeout=TIMEOUT_SECONDS).close()
    except OSError:
        return f"{without_credentials(uri)} does not answer: check that the database runs, and the address"
    return None
