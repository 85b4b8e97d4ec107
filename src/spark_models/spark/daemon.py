"""A daemon for Python workers that has imported libraries before it forks, so that each worker starts with them.

For clusters whose executors have this package installed::

    spark.python.daemon.module=spark_models.spark.daemon
    spark.executorEnv.SPARK_MODELS_PRELOAD=sklearn,lightgbm

The names are those of modules. What every worker here needs, pandas and pyarrow, is imported without being named.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from importlib import import_module

VARIABLE = "SPARK_MODELS_PRELOAD"
ALWAYS = ("pandas", "pyarrow.parquet")


def preload(names: Iterable[str]) -> None:
    """Import modules, with all that they make public: scikit-learn imports its parts when they are asked for.

    One that cannot be imported is noted on stderr, and left to the workers that need it.
    """
    for name in names:
        try:
            # Spark reads the daemon's port from its stdout, and nothing else may be there.
            with redirect_stdout(sys.stderr):
                module = import_module(name)
                for public in getattr(module, "__all__", ()):
                    getattr(module, public, None)
        except Exception as error:  # noqa: BLE001  # a library may fail in any way, and workers must start none the less
            sys.stderr.write(f"{VARIABLE}: {name!r} is not preloaded: {type(error).__name__}: {error}\n")


def forget_own_code() -> None:
    """Let workers import this package anew: a job may bring its own version of it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "spark_models"]:
        del sys.modules[name]


def main() -> None:
    """Preload what the environment names, and then be Spark's own daemon."""
    named = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    preload((*ALWAYS, *filter(None, named)))
    # It looks at the arguments of the process, which Spark gave.
    from pyspark.daemon import manager  # noqa: PLC0415  # its own imports are workers', and come after ours

    forget_own_code()
    manager()


if __name__ == "__main__":
    main()
