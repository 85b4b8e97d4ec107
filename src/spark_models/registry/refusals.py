"""What MLflow refuses, told as ours; and addresses that can be shown."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException

from spark_models.errors import RegistryError

# Stores differ in which of these they answer with.
_ABSENT = frozenset({"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND"})


def is_absent(error: MlflowException) -> bool:
    """Whether MLflow says that there is no such thing."""
    return error.error_code in _ABSENT


def without_credentials(text: str) -> str:
    """The text with ``user:password@`` left out of every address in it.

    >>> without_credentials("http://me:secret@mlflow:5000")
    'http://mlflow:5000'
    """
    return re.sub(r"://[^/\s]*@", "://", text)


def reason(error: Exception) -> str:
    """The first line of an error's message, safe to show."""
    return without_credentials(next(iter(str(error).strip().splitlines()), type(error).__name__))


@contextmanager
def refusals(subject: str) -> Iterator[None]:
    """Turn what MLflow refuses inside the block into a RegistryError about ``subject``.

    Raises:
        RegistryError: with MLflow's own reason.
    """
    try:
        yield
    except MlflowException as error:
        raise RegistryError(subject, [reason(error)]) from error
