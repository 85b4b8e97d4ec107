"""Checks that do not depend on each other, so that all that they find is told at once."""

from collections.abc import Callable
from typing import TypeVar

from spark_models.errors import ProblemsError

Result = TypeVar("Result")


def problems_of(kind: type[ProblemsError], *checks: Callable[[], object]) -> tuple[str, ...]:
    """What each check refuses with an error of a kind, in their order."""
    return tuple(problem for check in checks for problem in result_or_problems(kind, check)[1])


def result_or_problems(
    kind: type[ProblemsError], check: Callable[[], Result]
) -> tuple[Result, tuple[()]] | tuple[None, tuple[str, ...]]:
    """What a check gives, or None and what it refuses with an error of a kind."""
    try:
        return check(), ()
    except kind as error:
        return None, error.problems
