"""Rows of a table that is nobody's, for tests of how rows are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from spark_models.core.table_schema import Row
from spark_models.core.tables import LoggedFile


@dataclass(frozen=True)
class Sighting(Row):
    """Sightings."""

    KEY: ClassVar[tuple[str, ...]] = ("bird",)

    bird: Annotated[str, "its name"]
    seen_at: Annotated[datetime | None, "when"]
    weight: Annotated[float | None, "in grams"]
    tags: Annotated[dict[str, str], "anything"]
    photos: Annotated[tuple[LoggedFile, ...], "files"]
    rings: Annotated[tuple[str, ...], "on its legs"]


WREN = Sighting("wren", datetime(2013, 7, 1, 12, tzinfo=UTC), 9.5, {"a": "b"}, (LoggedFile("x.jpg", 3),), ("r", "g"))
OWL = Sighting("owl", None, None, {}, (), ())
