"""What can be wrong where Spark does not start, told as ours."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from spark_models.errors import SessionError


@contextmanager
def failed_start_told(settings: str, log: str = "Spark's own log") -> Iterator[None]:
    """Turn what keeps Spark from starting inside the block into an error that says what to do.

    Args:
        settings: Where the master comes from, and all that Spark was told.
        log: Where Spark's own words are.

    Raises:
        SessionError: if it does not start.
    """
    try:
        yield
    except (PySparkException, Py4JError, OSError) as error:
        raise SessionError("Spark does not start", [*_problems(error, settings), f"{log} has the reason"]) from error


def _problems(error: Exception, settings: str) -> list[str]:
    if isinstance(error, OSError):
        return [f"Spark's programs are not at SPARK_HOME ({os.environ.get('SPARK_HOME')}): unset or correct it"]
    told = [f"check {settings}: the master must be a valid one that answers, and the packages within reach"]
    if isinstance(error, PySparkException) and error.getCondition() == "JAVA_GATEWAY_EXITED":
        home = os.environ.get("JAVA_HOME")
        java = shutil.which(f"{home}/bin/java" if home else "java")
        if java is None:
            where = f"at JAVA_HOME ({home})" if home else "on the PATH"
            return [f"there is no Java {where}: install Java 17 or newer, and let JAVA_HOME name its folder"]
        told.append(f"check that {java} is Java 17 or newer; JAVA_HOME may name the folder of another one")
    return told
