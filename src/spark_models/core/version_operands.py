"""What conditions on versions compare: facts and literals, as values of a kind that both have."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from spark_models.core.known_versions import Facts
from spark_models.core.version_names import shown_name

Kind = Literal["number", "text", "time", "aliases"]

_KINDS: dict[str, Kind] = {"version": "number", "created_at": "time", "aliases": "aliases"}
_NUMBERS = frozenset({"metrics", "computed"})
_A_NUMBER, _A_TIME = "a number", "a time, such as '2024-01-31'"


class UnfitError(Exception):
    """A part of a condition that makes no sense; the message says which and why."""


@dataclass(frozen=True)
class Operand:
    """A fact or a literal: ``text`` is how it is told, and ``name`` the fact's, None of a literal."""

    kind: Kind
    value: Callable[[Facts], Any]
    text: str
    name: str | None = None


def fact(name: str) -> Operand:
    """A fact by name; its kind is that of its group."""
    kind: Kind = "number" if name.partition(".")[0] in _NUMBERS and "." in name else _KINDS.get(name, "text")
    return Operand(kind, lambda facts: facts.get(name), shown_name(name), name)


def literal(value: str | float | None) -> Operand:
    """A number, a text, or NULL, which fits to anything."""
    return Operand("number" if isinstance(value, float) else "text", lambda _: value, repr(value))


def in_common(one: Operand, other: Operand) -> tuple[Callable[[Facts], Any], Callable[[Facts], Any]]:
    """The two operands' values as one kind; a text beside a number is a number, and NULL if it is none, or NaN.

    Raises:
        UnfitError: if a literal is of another kind.
    """
    kinds = {one.kind, other.kind}
    if "time" in kinds:
        return _converted(one, _time, _A_TIME), _converted(other, _time, _A_TIME)
    if "number" in kinds:
        return _converted(one, _number, _A_NUMBER), _converted(other, _number, _A_NUMBER)
    return one.value, other.value


def is_among(aliases: Operand, name: Operand) -> Callable[[Facts], bool | None]:
    """Whether a text is one of the aliases.

    Raises:
        UnfitError: if it is no text.
    """
    if aliases.kind != "aliases" or name.kind != "text":
        raise UnfitError("aliases are a list of names: they take =, !=, IN, LIKE, ILIKE and IS NULL, with texts")

    def holds(facts: Facts) -> bool | None:
        value = name.value(facts)
        return None if value is None else value in aliases.value(facts)

    return holds


def _converted(operand: Operand, convert: Callable[[Any], Any], told: str) -> Callable[[Facts], Any]:
    if operand.name is None:
        value = operand.value({})
        converted = convert(value)
        if converted is None and value is not None:
            raise UnfitError(f"{operand.text} is compared with {told}, which it is not")
        return lambda _: converted
    return lambda facts: convert(operand.value(facts))


def _number(value: Any) -> float | int | None:
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    # NaN is no number that anything is above, below or equal to.
    return None if math.isnan(number) else number


def _time(value: Any) -> datetime | None:
    """A moment; one that says no zone is in UTC."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_like(one: Operand, pattern: Operand, *, is_cased: bool) -> Callable[[Facts], bool | None]:
    """Whether a text, or one of the aliases, is like an SQL pattern: ``%`` is anything, ``_`` one character.

    Raises:
        UnfitError: if it is no text, or the pattern is no literal.
    """
    if one.kind not in {"text", "aliases"} or pattern.name is not None or not isinstance(pattern.value({}), str):
        raise UnfitError(f"{one.text} LIKE {pattern.text}: it takes the name of a text, and a pattern in quotes")
    found = re.compile(_expression(pattern.value({})), re.DOTALL | (re.NOFLAG if is_cased else re.IGNORECASE))

    def holds(facts: Facts) -> bool | None:
        value = one.value(facts)
        if isinstance(value, tuple):
            return any(found.fullmatch(alias) for alias in value)
        return None if value is None else found.fullmatch(value) is not None

    return holds


def _expression(pattern: str) -> str:
    r"""An SQL pattern as a regular expression; a backslash takes its meaning from the character behind it.

    >>> _expression("a_%"), _expression(r"100\%")
    ('a..*', '100%')
    """
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
