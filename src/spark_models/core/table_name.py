"""Names of tables: ``catalog.schema.table``, ``schema.table``, ``table``, or a path."""

import re
from dataclasses import dataclass
from pathlib import Path

from spark_models.errors import ConfigError

# A part of a name, between backticks or without any.
_PART = r"`(?:[^`]|``)+`|[^.`]+"


def quoted(identifier: str) -> str:
    """An identifier between backticks, safe to stand in SQL."""
    return "`" + identifier.replace("`", "``") + "`"


def sql_literal(value: str | int) -> str:
    """A value as a SQL literal, for the few places that take no parameter."""
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def template(sql: str) -> str:
    """SQL that stands in a text in which ``spark.sql`` fills in what is between braces."""
    return sql.replace("{", "{{").replace("}", "}}")


@dataclass(frozen=True)
class TableName:
    """A table as config names it, either by one to three parts or by the path of its files."""

    parts: tuple[str, ...] = ()
    path: str | None = None

    @property
    def sql(self) -> str:
        """Quoted for SQL and for ``spark.table``; a path is always Delta's."""
        if self.path is not None:
            return f"delta.{quoted(self.path)}"
        return ".".join(quoted(part) for part in self.parts)

    def __str__(self) -> str:
        return self.path if self.path is not None else ".".join(self.parts)


def parse_table_name(text: str) -> TableName:
    """Read a table's name; anything with a slash is a path, and a relative one starts where the job is run.

    Parts may stand between backticks if they hold dots.

    Raises:
        ConfigError: if a part is empty, or there are more than three.
    """
    if "/" in text:
        path = text.rstrip("/") or "/"
        # Absolute, since Delta takes no other, and so that a table has one name whatever folder a job is run in.
        return TableName(path=path if re.match(r"/|[A-Za-z][\w+.-]*:/", path) else str(Path(path).absolute()))
    if not re.fullmatch(rf"(?:{_PART})(?:\.(?:{_PART})){{0,2}}", text):
        raise ConfigError(f"table name {text!r}", ["write catalog.schema.table, schema.table, table, or a path"])
    parts = re.findall(_PART, text)
    return TableName(parts=tuple(part[1:-1].replace("``", "`") if part[0] == "`" else part for part in parts))
