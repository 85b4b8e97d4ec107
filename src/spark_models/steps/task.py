"""The task of a comparison: as the config says, or detected."""

from collections.abc import Callable

from spark_models.core.config import CompareConfig
from spark_models.core.config.task_sections import given_sections
from spark_models.core.model_version import ModelVersion
from spark_models.core.signature import Signature
from spark_models.core.task_detection import detected_task
from spark_models.spark.compared import Predictions
from spark_models.spark.labels import Labels
from spark_models.spark.seen_columns import seen_columns


def with_task(
    config: CompareConfig,
    labels: Labels,
    predictions: Predictions,
    baseline: ModelVersion,
    signature: Callable[[ModelVersion], Signature | None],
) -> CompareConfig:
    """The config with its task; one that is detected is the same from here on as one that was given.

    Args:
        config: As it was given.
        labels: The labelled rows.
        predictions: What is compared.
        baseline: The version to compare with.
        signature: Fetches that of a version; called only if neither the config nor the columns decide.

    Raises:
        ConfigError: if no task is given and none can be told.
    """
    if config.task is not None:
        return config
    seen = seen_columns(labels.frame, predictions, config, baseline, lambda: _output(signature(baseline)))
    return config.model_copy(update={"task": detected_task(given_sections(config).values(), seen)})


def _output(signature: Signature | None) -> str | None:
    """The Spark type of what a model gives, if that is one column."""
    outputs = signature.outputs if signature else ()
    return outputs[0].column_type if len(outputs) == 1 else None
