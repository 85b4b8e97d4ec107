"""Which versions a baseline is compared with."""

from collections.abc import Sequence

from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError
from spark_models.registry.connection import Registry
from spark_models.registry.resolve import resolve_all


def resolved_candidates(
    registry: Registry, baseline_uri: str, uris: Sequence[str], key: str
) -> tuple[ModelVersion, tuple[ModelVersion, ...]]:
    """The baseline and the candidates, in their order; ``key`` is the config's for what is wrong with them.

    Raises:
        ConfigError: listing all that are not other versions of the baseline's model, or are named twice.
        RegistryError: listing every version that cannot be had.
    """
    baseline, *others = resolve_all(registry, (baseline_uri, *uris), "model versions")
    candidates = tuple(others)
    problems = [
        f"{uri} is {candidate}, the baseline itself; there is nothing to compare"
        for uri, candidate in zip(uris, candidates, strict=True)
        if candidate == baseline
    ]
    problems += [
        f"{candidate} is of another model than the baseline, {baseline}"
        for candidate in candidates
        if candidate.name != baseline.name
    ]
    if len(set(candidates)) < len(candidates):
        problems.append("two of the candidates are the same version")
    if problems:
        raise ConfigError(key, problems)
    return baseline, candidates
