"""A folder for what this process makes, models' archives for example."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def own_folder() -> Path:
    """The folder; gone when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="spark-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
