"""Names, aliases and tags that MLflow, or a model URI, would refuse."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlflow.exceptions import MlflowException

# MLflow's own rules, so that what passes here is what its stores accept.
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_alias_name_reserved,
    _validate_model_name,
    _validate_model_version_tag,
)

from spark_models.registry.files import DIGEST_TAG
from spark_models.registry.refusals import reason


def naming_problems(name: str, aliases: Iterable[str], tags: Mapping[str, str]) -> list[str]:
    """Every reason why a version of that name, with these aliases and tags, would be refused."""
    problems = [
        *_refused(_validate_model_name, name),
        *(problem for alias in aliases for problem in _refused(_validate_model_alias_name, alias)),
        *(problem for alias in aliases for problem in _refused(_validate_model_alias_name_reserved, alias)),
        *(problem for key, value in tags.items() for problem in _refused(_validate_model_version_tag, key, value)),
    ]
    if "@" in name:
        problems.append(f"the name {name!r} has an @, which a model URI keeps for aliases")
    if DIGEST_TAG in tags:
        problems.append(f"the tag {DIGEST_TAG!r} is set by the registration itself: leave it out")
    return problems


def _refused(rule: Any, *values: str) -> list[str]:
    try:
        rule(*values)
    except MlflowException as error:
        return [reason(error)]
    return []
