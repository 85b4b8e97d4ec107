"""Group models: a model for each value of a column, named by a template."""

import re
from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

GroupKey: TypeAlias = str | bool | int | date

# The Spark types whose values can stand in a name, and have one way to be written.
KEY_TYPES = frozenset({"string", "boolean", "tinyint", "smallint", "int", "bigint", "date"})


def group_uri(template: str, column: str, key: GroupKey) -> str:
    """The model URI for a key, which takes the place of the column's name in braces.

    >>> group_uri("models:/delay_{carrier}@champion", "carrier", "UA")
    'models:/delay_UA@champion'
    """
    return template.replace(_placeholder(column), key_text(key))


def key_text(key: GroupKey) -> str:
    """A key as it stands in a name: as Spark writes it.

    >>> key_text(True), key_text(date(2013, 10, 1))
    ('true', '2013-10-01')
    """
    return str(key).lower() if isinstance(key, bool) else str(key)


def fits_a_name(key: GroupKey) -> bool:
    """Whether a URI with the key in it is still of the template's form, and so names what the template's author meant.

    >>> fits_a_name("UA"), fits_a_name("UA/3"), fits_a_name("")
    (True, False, False)
    """
    return re.fullmatch(r"[^/@]+", key_text(key)) is not None


def template_problems(template: str, column: str) -> Iterator[str]:
    """What keeps a text from being the template of URIs by this column."""
    placeholder = _placeholder(column)
    if placeholder not in template:
        yield f"model has no {placeholder} in it, by which each value of the column gets its own model"
    if re.search(r"[{}]", template.replace(placeholder, "")):
        yield f"model has other braces than {placeholder} in it"


def _placeholder(column: str) -> str:
    return "{" + column + "}"
