"""What is wrong in a config, in our words: where it is, what is needed, never the value that was given."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spark_models.core.suggest import did_you_mean

KeyPath = tuple[str | int, ...]

# Set while a config is being checked: the sections in it then leave their problems to the whole, which lists all.
PART_OF_A_WHOLE: ContextVar[bool] = ContextVar("part_of_a_whole", default=False)

# What pydantic puts into the path of a value that may be a text or a list of them.
TEXT, TEXTS = "(text)", "(list)"

_TEXT = "a text"
_NEEDED = {
    "string_type": _TEXT,
    "bool_type": "true or false",
    "float_type": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a section with keys of its own",
    "model_attributes_type": "a section with keys of its own",
    "int": "a whole number",
    "datetime": "a date and time such as 2026-05-01T00:00:00Z",
}
# In this order: a bool is an int, too, and a datetime a date.
_GOT: tuple[tuple[Any, str], ...] = (
    (type(None), "nothing"),
    (str, _TEXT),
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (date, "a date"),
    (Mapping, "a mapping"),
    ((list, tuple, set), "a list"),
)


@dataclass(frozen=True)
class Problem:
    """Something wrong with the value at ``path``, such as ``("gate", 0, "metric")``."""

    path: KeyPath
    text: str

    @property
    def is_of_text(self) -> bool:
        """Whether a text is there, and something else is needed."""
        return self.text.endswith(f"got {_TEXT}")


def dotted(path: KeyPath) -> str:
    """A path as people write it.

    >>> dotted(("gate", 0, "metric"))
    'gate[0].metric'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Each of pydantic's errors as a problem of ours."""
    found = error.errors(include_url=False)
    # Entries that do not fit are not counted, so their list seems too short as well.
    entries = {details["loc"][:length] for details in found for length in range(len(details["loc"]))}
    return [
        _problem(details, model) for details in found if details["type"] != "too_short" or details["loc"] not in entries
    ]


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field's annotation holds, by itself or as the entries of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((section for part in get_args(annotation) if (section := section_in(part))), None)


def _problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    path, kind = tuple(part for part in details["loc"] if part not in {TEXT, TEXTS}), details["type"]
    if kind == "invalid_key" or "[key]" in path:
        holder = dotted(path[:-2] if "[key]" in path else path[:-1])
        return Problem(path, f"{holder or 'the config'}: a key must be a text")
    if kind == "missing":
        return Problem(path, f"{dotted(path)} is missing")
    if kind == "extra_forbidden":
        return Problem(path, f"{dotted(path)} is not a key{_near_key(path, model)}")
    text = _complaint(details)
    return Problem(path, f"{dotted(path)}: {text}" if path else text)


def _near_key(path: KeyPath, model: type[BaseModel]) -> str:
    section: type[BaseModel] | None = model
    for part in path[:-1]:
        # A list's entries all have the one section.
        if section is not None and isinstance(part, str):
            section = section_in(section.model_fields[part].annotation)
    known = section.model_fields if section is not None else ()
    name = str(path[-1])
    return did_you_mean(name, known) or did_you_mean(name, known, listed="keys")


def _complaint(details: ErrorDetails) -> str:
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        choices = context["expected"].split("'")[1::2]
        tail = did_you_mean(given, choices) if isinstance(given, str) else f", got {_got(given)}"
        return f"{context['expected']} is needed{tail}"
    if kind == "too_short":
        return f"at least {context['min_length']} is needed in the list, got {context['actual_length']}"
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"at least {context['ge']} is needed" if "ge" in context else f"at most {context['le']} is needed"
    # int_type, int_from_float, datetime_parsing, ...: their beginning says it.
    needed = _NEEDED.get(kind) or _NEEDED.get(kind.split("_")[0])
    if needed is None:
        return "this cannot be used here"
    return f"{needed} is needed, got {_got(given)}{_hint(kind, given)}"


def _got(given: Any) -> str:
    return next((words for kind, words in _GOT if isinstance(given, kind)), f"a {type(given).__name__}")


def _hint(kind: str, given: Any) -> str:
    if given is None:
        return "; leave the key out for its default" if kind.startswith("model_") else ""
    if kind == "string_type" and isinstance(given, bool | int | float | date):
        return "; put it between quotes"
    return ""
