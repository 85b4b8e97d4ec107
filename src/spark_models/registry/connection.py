"""The connection to MLflow: a client for servers that answer."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import DATABASE_ENGINES
from mlflow.tracking._model_registry.utils import _resolve_registry_uri

from spark_models.core.config import RegistryConfig
from spark_models.errors import RegistryError
from spark_models.registry.fluent import quiet
from spark_models.registry.refusals import reason, without_credentials
from spark_models.registry.servers import MODEL_REGISTRY, TRACKING, Question, server_problem

_WHAT_TO_CHECK = "check registry.tracking_uri and registry.registry_uri, or MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI"


@dataclass(frozen=True)
class Registry:
    """MLflow: its tracking server, its model registry, and the experiment that gets our runs."""

    client: MlflowClient
    tracking_uri: str
    registry_uri: str
    experiment: str


def connect(config: RegistryConfig, *, may_create: bool = False) -> Registry:
    """A client for the configured servers, or for MLflow's own defaults.

    Args:
        config: Which servers.
        may_create: Whether a database that is no store of MLflow's yet, or not there, becomes one.

    Raises:
        RegistryError: if a server does not answer within seconds, is not MLflow, or a URI is none of MLflow's.
    """
    tracking_uri = config.tracking_uri or mlflow.get_tracking_uri()
    # MLflow's own rule, which knows its variables, Databricks and Unity Catalog.
    registry_uri = _resolve_registry_uri(config.registry_uri, tracking_uri) or tracking_uri
    # One that is both is asked once.
    questions = {tracking_uri: TRACKING, registry_uri: MODEL_REGISTRY}
    with quiet():
        problems = [_problem(uri, question, may_create) for uri, question in questions.items()]
    if any(problems):
        raise RegistryError("cannot reach MLflow", [*filter(None, problems), _WHAT_TO_CHECK])
    return Registry(_client(tracking_uri, registry_uri), tracking_uri, registry_uri, config.experiment)


def _problem(uri: str, question: Question, may_create: bool) -> str | None:  # noqa: FBT001  # as connect was told
    scheme = urlsplit(uri).scheme
    if scheme in {"http", "https"}:
        return server_problem(uri, question)
    if scheme.partition("+")[0] in DATABASE_ENGINES:
        # It imports SQLAlchemy for half a second, which servers do not need.
        from spark_models.registry.databases import database_problem  # noqa: PLC0415

        return database_problem(uri, may_create=may_create)
    return None


def _client(tracking_uri: str, registry_uri: str) -> MlflowClient:
    try:
        with quiet():
            client = MlflowClient(tracking_uri, registry_uri)
            # The registry's store is made at its first use, which would be too late to refuse it.
            client._get_registry_client()  # type: ignore[no-untyped-call]  # noqa: SLF001  # no public call makes it
    except Exception as error:  # a store's driver raises what it likes, and its message may have SQL
        where = " and ".join(dict.fromkeys(map(without_credentials, (tracking_uri, registry_uri))))
        told = reason(error) if isinstance(error, MlflowException) else type(error).__name__
        raise RegistryError(f"cannot use MLflow at {where}", [told, _WHAT_TO_CHECK]) from error
    return client
