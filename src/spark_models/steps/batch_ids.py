"""A batch's id, where the config gives none: another one for whatever would make other predictions."""

from collections.abc import Sequence

from spark_models.core.changing_sql import changing_part
from spark_models.core.config import ScoreConfig
from spark_models.core.group_models import GroupKey
from spark_models.core.identifiers import derived_id
from spark_models.errors import ConfigError
from spark_models.spark.inputs import Input
from spark_models.steps.attempt import Attempt


def batch_id_of(  # noqa: PLR0913  # all that an id may depend on
    config: ScoreConfig, given: Input, attempt: Attempt, *, model: str, digest: str | None, keys: Sequence[GroupKey]
) -> str:
    """The config's id, or one from all that the batch's predictions depend on.

    ``model`` is the pinned version's URI, and ``keys`` those of its rows, where each key has a model of its own.

    Raises:
        ConfigError: if the input has no version to derive an id from, and is not merged, or if its filter lets other
            rows through each time.
    """
    if config.batch_id is not None:
        return config.batch_id
    if given.version is None:
        if config.output.mode == "merge":
            return attempt.run.run_id
        what = "a DataFrame has" if given.table is None else f"{given.table} is not a Delta table and has"
        raise ConfigError("batch_id", [f"{what} no version to derive it from; give batch_id"])
    if changing := changing_part(config.input.filter):
        problem = f"input.filter has {changing}, by which the same batch would have other rows another time"
        raise ConfigError("batch_id", [f"{problem}; write the value, as from ${{env:DAY}}, or give batch_id"])
    return derived_id(
        model=model,
        digest=digest,
        method=config.method,
        params=dict(config.params),
        table=given.table,
        version=given.version,
        filter=config.input.filter,
        columns=dict(config.input.columns),
        **({"model_by": config.model_by, "keys": keys} if keys else {}),
    )
