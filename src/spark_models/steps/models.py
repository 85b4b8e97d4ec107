"""The models of a scoring: all of them prepared, or all that is wrong with them and their calls told at once."""

from collections.abc import Sequence

from spark_models.core.config import ScoreConfig
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, SchemaError
from spark_models.registry.files import ModelFiles
from spark_models.spark.inputs import Input
from spark_models.steps.columns import input_problems
from spark_models.steps.prepare import Call, PreparedModel, prepare


def prepared_models(
    config: ScoreConfig, given: Input, models: Sequence[tuple[ModelVersion, ModelFiles]]
) -> tuple[PreparedModel, ...]:
    """Each model version with its files, ready to be called as the config says.

    Raises:
        ConfigError: listing every method, parameter and result type that a model cannot be called with, and beside
            them what is wrong with the input's columns.
        SchemaError: the same, if it is only that models have no signature.
        SessionError: if a library that a model needs is missing.
    """
    call = Call(config.method, config.params, None, config.result_type)
    prepared: list[PreparedModel] = []
    refused: list[ConfigError | SchemaError] = []
    for model_version, files in models:
        try:
            prepared.append(prepare(model_version, files, call, str(model_version)))
        except (ConfigError, SchemaError) as error:
            refused.append(error)
    if not refused:
        return tuple(prepared)
    kind = ConfigError if any(isinstance(error, ConfigError) for error in refused) else SchemaError
    problems = [f"{error.subject}: {problem}" for error in refused for problem in error.problems]
    signatures = [files.signature for _, files in models if files.signature is not None]
    names = " and ".join(str(model_version) for model_version, _ in models)
    raise kind(f"{given} cannot be scored by {names}", [*problems, *input_problems(config, given, signatures)])
