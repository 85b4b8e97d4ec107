"""Checks that do not depend on each other, so that all that they find is told at once."""

from collections.abc import Callable
from typing import TypeVar

from spark_models.errors import ProblemsError

Result = TypeVar("Result")
Refusal = TypeVar("Refusal", bound=ProblemsError)


def problems_of(kind: type[ProblemsError], *checks: Callable[[], object]) -> tuple[str, ...]:
    """What each check refuses with an error of a kind, in their order."""
    return tuple(problem for check in checks for problem in problems_in(result_or_error(kind, check)[1]))


def result_or_error(kind: type[Refusal], check: Callable[[], Result]) -> tuple[Result, None] | tuple[None, Refusal]:
    """What a check gives, or None and the error of a kind by which it refuses."""
    try:
        return check(), None
    except kind as error:
        return None, error


def problems_in(error: ProblemsError | None) -> tuple[str, ...]:
    """What an error lists, if there is one."""
    return () if error is None else error.problems
