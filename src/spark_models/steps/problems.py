"""Checks that do not depend on each other, so that all that they find is told at once."""

from collections.abc import Callable

from spark_models.errors import ProblemsError


def problems_of(kind: type[ProblemsError], *checks: Callable[[], object]) -> tuple[str, ...]:
    """What each check refuses with an error of a kind, in their order."""
    return tuple(problem for check in checks for problem in _refused(kind, check))


def _refused(kind: type[ProblemsError], check: Callable[[], object]) -> tuple[str, ...]:
    try:
        check()
    except kind as error:
        return error.problems
    return ()
