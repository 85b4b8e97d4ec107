"""``${env:NAME}`` in a config's texts: the one substitution there is, so that secrets stay out of files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
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


def with_advice(misfit: Problem, values: Any) -> Problem:
    """The problem, with what to do if it is that ``values`` have a reference where no text can be used."""
    found = _REFERENCE.search(_text_at(values, misfit.path)) if misfit.is_of_text else None
    if found is None:
        return misfit
    settable = tuple(takewhile(lambda part: isinstance(part, str), misfit.path))
    value = f"${found[1]}" if settable == misfit.path else "[...]"
    advice = f"{found[0]} is always one: leave it out here, and add --set {dotted(settable)}={value}"
    return replace(misfit, text=f"{misfit.text}; {advice}")


def _text_at(values: Any, path: KeyPath) -> str:
    for part in path:
        values = values[part]
    return str(values)
