"""What the log gets of a failure that nobody foresaw: where it was raised, and nothing that came with it from rows."""

import traceback
from collections.abc import Iterator

from spark_models.errors import SparkModelsError

_BECAUSE = "\nThe exception above was the direct cause of this one:\n\n"
_MEANWHILE = "\nWhile the exception above was handled, there was this one:\n\n"


def trace(error: BaseException) -> Iterator[str]:
    """Python's own trace of an error and of those before it, without what others than us have to say.

    Messages and notes of libraries and of Spark may hold values from rows.
    """
    chain = _chain(error)
    for one, after in zip(chain, [*map(_link, chain[1:]), ""], strict=True):
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(one.__traceback__)
        yield f"{_told(one)}\n{after}"


def _chain(error: BaseException) -> list[BaseException]:
    """The error, and before it those that it came from, the first one first."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    # An error can be its own cause.
    while found is not None and found not in chain:
        chain.insert(0, found)
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return chain


def _link(later: BaseException) -> str:
    return _MEANWHILE if later.__cause__ is None else _BECAUSE


def _told(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, SparkModelsError):
        return f"{kind}: {error}"
    # Spark's name for what is wrong, such as DIVIDE_BY_ZERO, is none of its values.
    condition = getattr(error, "getCondition", lambda: None)()
    return f"{kind} ({condition})" if condition else kind
