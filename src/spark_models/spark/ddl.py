"""Schemas in DDL read without Spark, whose own reader is in a JVM: those of plain types, as the package's tables have.

What is not plain gives None, and is Spark's to read. Names may stand between backticks::

    columns  name type [NOT NULL] [COMMENT 'text'], ...
    type     bigint, string, decimal(10,2), ... | array<type> | map<type,type> | struct<name:type,...>
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from pyspark.sql import types as T

R = TypeVar("R")

_TOKEN = re.compile(r"\s*(`(?:[^`]|``)+`|'(?:[^'\\]|\\[\\'])*'|[A-Za-z0-9_]+|[<>(),:])")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PLAIN: dict[str, T.DataType] = {
    kind.simpleString(): kind
    for kind in (
        T.BinaryType(),
        T.BooleanType(),
        T.ByteType(),
        T.DateType(),
        T.DoubleType(),
        T.FloatType(),
        T.IntegerType(),
        T.LongType(),
        T.ShortType(),
        T.StringType(),
        T.TimestampNTZType(),
        T.TimestampType(),
    )
}


class _NotPlainError(Exception):
    """Something that only Spark reads."""


@lru_cache(maxsize=1024)
def plain_schema(ddl: str) -> T.StructType | None:
    """The schema that a list of columns describes, as in CREATE TABLE; None if only Spark can tell."""
    try:
        reader = _Reader(_tokens(ddl))
        columns = reader.several(reader.column)
        reader.expect("")
    except _NotPlainError:
        return None
    return T.StructType(columns)


def _tokens(ddl: str) -> list[str]:
    found, place = [], 0
    while match := _TOKEN.match(ddl, place):
        found.append(match[1])
        place = match.end()
    if ddl[place:].strip():
        raise _NotPlainError
    return [*reversed(found)]


class _Reader:
    """Reads tokens, the last of which comes first; each method takes what it is named after."""

    def __init__(self, tokens: list[str]) -> None:
        self._left = tokens

    def column(self) -> T.StructField:
        name, kind = self.name(), self.kind()
        nullable = not self.took("NOT")
        if not nullable:
            self.expect("NULL")
        metadata = {"comment": self.text()} if self.took("COMMENT") else {}
        return T.StructField(name, kind, nullable, metadata)

    def kind(self) -> T.DataType:
        word = self.next()
        if word in _PLAIN:
            return _PLAIN[word]
        of_several: dict[str, Callable[[], T.DataType]] = {
            "array": lambda: T.ArrayType(self.kind()),
            "decimal": self.decimal,
            "map": self.map,
            "struct": lambda: T.StructType(self.several(self.field)),
        }
        if word not in of_several:
            raise _NotPlainError
        opening, closing = "()" if word == "decimal" else "<>"
        self.expect(opening)
        found = of_several[word]()
        self.expect(closing)
        return found

    def decimal(self) -> T.DataType:
        precision = self.number()
        self.expect(",")
        return T.DecimalType(precision, self.number())

    def map(self) -> T.DataType:
        key = self.kind()
        self.expect(",")
        return T.MapType(key, self.kind())

    def number(self) -> int:
        word = self.next()
        if not word.isdecimal():
            raise _NotPlainError
        return int(word)

    def field(self) -> T.StructField:
        name = self.name()
        self.expect(":")
        return T.StructField(name, self.kind())

    def several(self, read: Callable[[], R]) -> list[R]:
        found = [read()]
        while self.took(","):
            found.append(read())
        return found

    def name(self) -> str:
        word = self.next()
        if word.startswith("`"):
            return word[1:-1].replace("``", "`")
        if not _NAME.fullmatch(word):
            raise _NotPlainError
        return word

    def text(self) -> str:
        word = self.next()
        if not word.startswith("'"):
            raise _NotPlainError
        return re.sub(r"\\(.)", r"\1", word[1:-1])

    def took(self, word: str) -> bool:
        is_next = bool(self._left) and self._left[-1] == word
        if is_next:
            self._left.pop()
        return is_next

    def expect(self, word: str) -> None:
        if self.next() != word:
            raise _NotPlainError

    def next(self) -> str:
        """The next token; the empty text at the end."""
        return self._left.pop() if self._left else ""
