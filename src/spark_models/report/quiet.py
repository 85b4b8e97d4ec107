"""Nothing on the screen but our own lines."""

import logging
import os
import sys
import warnings


def quiet_libraries() -> None:
    """Keep off the screen what libraries have to say to developers: their warnings, and their logs below errors.

    For programs only, since it holds for the whole process. Warnings that Python's ``-W`` asks for are shown.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # MLflow sets its loggers up when it is imported, by these.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow", "alembic", "py4j", "pyspark", "lightgbm"):
        logging.getLogger(name).setLevel(logging.ERROR)
