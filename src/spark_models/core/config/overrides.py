"""Overrides from the command line: ``output.mode=replace`` changes one key of a config."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel

from spark_models.core.config.document import Loader, yaml_problem
from spark_models.core.config.problems import KeyPath, Problem, dotted


def override(values: dict[str, Any], text: str, model: type[BaseModel]) -> KeyPath | Problem:
    """Put what ``text`` (KEY=VALUE) says into ``values``; gives the path that it changed, or why it cannot.

    The value is read as YAML. Where ``model`` has a text, it stays a text, whatever YAML would make of it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        return Problem((), "write KEY=VALUE, such as output.mode=replace")
    path, annotation = _target(model, name.strip())
    parsed = _parsed(value, annotation, path)
    if isinstance(parsed, Problem):
        return parsed
    if not _put(values, path, parsed):
        return Problem(path, f"{dotted(path)} cannot be set, as what it stands in is no mapping")
    return path


def _target(model: type[BaseModel], name: str) -> tuple[KeyPath, Any]:
    """The path that a dotted name means and its annotation, None if it is not a key.

    What stands after a mapping's name is one key, dots and all: ``session.settings.spark.driver.memory``.
    """
    head, _, rest = name.partition(".")
    annotation = model.model_fields[head].annotation if head in model.model_fields else None
    if not rest:
        return (head,), annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        path, annotation = _target(annotation, rest)
        return (head, *path), annotation
    if get_origin(annotation) in (dict, Mapping):
        return (head, rest), get_args(annotation)[-1]
    return (head, *rest.split(".")), None


def _parsed(value: str, annotation: Any, path: KeyPath) -> Any:
    try:
        node = yaml.compose(value, Loader)
        rest = value[node.end_mark.index :].strip() if node is not None else value.strip()
        parsed = yaml.load(value, Loader)  # noqa: S506  # Loader is a SafeLoader
    except yaml.YAMLError as error:
        return Problem(path, f"{dotted(path)}: {yaml_problem(error, value)}; put the value between quotes")
    if rest:
        return Problem(path, f"{dotted(path)}: YAML takes a part of the value for a comment; put it between quotes")
    is_text = annotation in (str, str | None)
    keeps = parsed is None or isinstance(parsed, str | list | dict)
    return value.strip() if is_text and not keeps else parsed


def _put(values: dict[str, Any], path: KeyPath, value: Any) -> bool:
    for part in path[:-1]:
        if values.get(str(part)) is None:
            values[str(part)] = {}
        values = values[str(part)]
        if not isinstance(values, dict):
            return False
    values[str(path[-1])] = value
    return True
