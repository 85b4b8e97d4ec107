"""Reading a config: a YAML file, overrides and the environment become one checked, frozen value."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

from pydantic import ValidationError

from spark_models.core.config.document import Document, read_document
from spark_models.core.config.environment import substitute, with_advice
from spark_models.core.config.overrides import override
from spark_models.core.config.problems import PART_OF_A_WHOLE, KeyPath, Problem, problems_of
from spark_models.core.config.section import JobConfig
from spark_models.core.config.verbs import CONFIGS
from spark_models.core.suggest import did_you_mean
from spark_models.errors import ConfigError

Config = TypeVar("Config", bound=JobConfig)


@overload
def load_config(
    verb: str, file: Path | None, overrides: Sequence[str] = ..., environment: Mapping[str, str] = ...
) -> JobConfig: ...


@overload
def load_config(
    verb: type[Config], file: Path | None, overrides: Sequence[str] = ..., environment: Mapping[str, str] = ...
) -> Config: ...


def load_config(
    verb: str | type[JobConfig],
    file: Path | None,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> JobConfig:
    """The config of a verb, from ``file`` (if any), then ``overrides``, then ``${env:NAME}`` in its texts.

    Args:
        verb: A verb, such as ``"score"``, or its config's class.
        file: The YAML file.
        overrides: ``KEY=VALUE`` each, dotted keys, values as YAML: ``output.keys=[flight_id]``.
        environment: Where ``${env:NAME}`` looks.

    Raises:
        ConfigError: listing every problem, each with the file and line where it stands. No message holds a value.
    """
    model = _model_of(verb) if isinstance(verb, str) else verb
    document = read_document(file) if file is not None else Document("", {})
    changes = [override(document.values, text, model) for text in overrides]
    problems = [*document.problems]
    values = substitute(document.values, environment, problems.append)
    config, misfits = _checked(model, values)
    # One complaint about a value is enough: the first says why.
    reported = {problem.path for problem in [*problems, *changes] if isinstance(problem, Problem)}
    problems += [with_advice(misfit, document.values) for misfit in misfits if misfit.path not in reported]
    sentences = [*_sentences(document, problems, changes), *_refused(changes)]
    if config is None or sentences:
        raise ConfigError(model.__name__, sentences)
    return config


def _model_of(verb: str) -> type[JobConfig]:
    if verb not in CONFIGS:
        raise ConfigError(f"verb {verb!r}", [f"there is no such verb{did_you_mean(verb, CONFIGS, listed='verbs')}"])
    return CONFIGS[verb]


def _checked(model: type[JobConfig], values: dict[str, Any]) -> tuple[JobConfig | None, list[Problem]]:
    token = PART_OF_A_WHOLE.set(True)
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, problems_of(error, model)
    finally:
        PART_OF_A_WHOLE.reset(token)


def _sentences(document: Document, problems: Sequence[Problem], changes: Sequence[KeyPath | Problem]) -> Iterator[str]:
    overridden = [change for change in changes if isinstance(change, tuple)]
    for problem in sorted(problems, key=lambda problem: document.line(problem.path) or 0):
        is_set = any(_comes_from(path, problem.path, document) for path in overridden)
        where = "--set" if is_set else document.where(problem.path)
        yield f"{where}: {problem.text}" if where else problem.text


def _comes_from(overridden: KeyPath, path: KeyPath, document: Document) -> bool:
    made_on_the_way = path not in document.lines and overridden[: len(path)] == path
    return made_on_the_way or path[: len(overridden)] == overridden


def _refused(changes: Sequence[KeyPath | Problem]) -> Iterator[str]:
    for number, change in enumerate(changes, start=1):
        if isinstance(change, Problem):
            yield f"--set: {change.text}" if change.path else f"--set number {number}: {change.text}"
