"""An MLflow server, asked once and shortly before MLflow asks it, which tries for minutes what fails."""

from dataclasses import dataclass
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from spark_models.registry.refusals import without_credentials

CONNECT_SECONDS = 5
# The server asks its own database for one row.
ANSWER_SECONDS = 20


@dataclass(frozen=True)
class Question:
    """A cheap request that every server of a kind knows how to answer."""

    method: str
    endpoint: str


# With the methods that MLflow's own client takes: other servers that speak its language know no others.
TRACKING = Question("POST", "/api/2.0/mlflow/experiments/search")
MODEL_REGISTRY = Question("GET", "/api/2.0/mlflow/registered-models/search")


def server_problem(uri: str, question: Question) -> str | None:
    """Why there is no working MLflow at an HTTP address; None if there is one, whatever it allows us."""
    shown = without_credentials(uri)
    row = {"max_results": 1}
    try:
        # MLflow's own request takes its TLS and credential settings; it tries again for minutes unless told not to.
        answer = http_request(  # type: ignore[no-untyped-call]  # MLflow leaves out its types
            get_default_host_creds(uri),  # type: ignore[no-untyped-call]  # the same
            question.endpoint,
            question.method,
            max_retries=0,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            raise_on_status=False,
            **({"params": row} if question.method == "GET" else {"json": row}),
        )
    except MlflowException:
        return f"{shown} does not answer: check that the server runs, and the address"
    if answer.status_code >= 500:
        return f"{shown} answers with HTTP status {answer.status_code}: check the server's log, and any proxy before it"
    if answer.status_code == 404 or (answer.status_code == 200 and not _is_json(answer)):
        return f"there is no MLflow at {shown}: its answer to {question.endpoint} is none of MLflow's"
    return None


def _is_json(answer: Any) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False
