"""Input examples that were saved with a model."""

from typing import Any

from mlflow.models import Model

from spark_models.registry.files import ModelFiles
from spark_models.registry.fluent import quiet


def input_example(files: ModelFiles) -> Any:
    """The example as the model takes it (a DataFrame, an array), or None if none was saved."""
    if files.example is None:
        return None
    with quiet():
        return Model.load(str(files.path)).load_input_example(str(files.path))
