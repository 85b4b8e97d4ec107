"""``${env:NAME}`` in a config's texts: the one substitution there is, so that secrets stay out of files."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from spark_models.core.config.problems import KeyPath, Problem, dotted

_REFERENCE = re.compile(r"\$\{env:([^}]*)\}?")


def substitute(
    values: Any, environment: Mapping[str, str], report: Callable[[Problem], None], path: KeyPath = ()
) -> Any:
    """A copy of ``values`` in which every reference gives way to the variable's value, which stays a text.

    A variable that is not set is reported by name, and leaves the text as it is.
    """
    if isinstance(values, dict):
        return {key: substitute(value, environment, report, (*path, key)) for key, value in values.items()}
    if isinstance(values, list):
        return [substitute(value, environment, report, (*path, index)) for index, value in enumerate(values)]
    if not isinstance(values, str):
        return values

    def value_of(reference: re.Match[str]) -> str:
        name = reference[1]
        if not reference[0].endswith("}") or not name:
            report(Problem(path, f"{dotted(path)}: write ${{env:NAME}}, closed, with a name"))
        elif name not in environment:
            report(Problem(path, f"{dotted(path)}: environment variable {name} is not set"))
        return environment.get(name, reference[0])

    return _REFERENCE.sub(value_of, values)
