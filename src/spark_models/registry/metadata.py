"""What MLflow itself makes of a model's metadata: its own description, and the check of inference parameters."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.types.schema import DataType, ParamSpec

from spark_models.core.suggest import did_you_mean
from spark_models.errors import ConfigError
from spark_models.registry.files import ModelFiles
from spark_models.registry.fluent import quiet


def metadata_of(files: ModelFiles) -> Model:
    """The MLmodel file as MLflow's users know it."""
    with quiet():
        return Model.load(str(files.path))


def checked_params(name: str, files: ModelFiles, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values as MLflow hands them to the model, but dates and times as text, which it reads in the worker.

    Args:
        name: The model's, for messages.
        files: The model.
        params: Values for the inference parameters in its signature.

    Raises:
        ConfigError: listing each name that is no parameter of the model, and each value that does not fit its type.
    """
    signature = metadata_of(files).signature if params else None
    schema = signature.params if signature is not None else None
    specs = {spec.name: spec for spec in (schema.params if schema else ())}
    found, problems = {}, []
    for param, value in params.items():
        if param not in specs:
            advice = did_you_mean(param, specs, listed="its parameters")
            problems.append(f"params: {param!r} is not a parameter of the model{advice}")
            continue
        try:
            found[param] = _as_text(ParamSpec.validate_param_spec(value, specs[param]))
        except MlflowException:
            problems.append(f"params: {param!r} takes {_kind(specs[param])}; {value!r} is not one")
    if problems:
        raise ConfigError(name, problems)
    return found


def _kind(spec: ParamSpec) -> str:
    kind = spec.dtype.name if isinstance(spec.dtype, DataType) else "object"
    return f"a list of {kind}" if spec.shape else f"one {kind}"


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
