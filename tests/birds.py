"""Rows of a table that is nobody's, for tests of how rows are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from spark_models.core.table_schema import Row
from spark_models.core.tables import LoggedFile


@dataclass(frozen=True)
class Stay:
    """From when to when a bird was there."""

    start: datetime
    end: datetime | None


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
    stay: Annotated[Stay | None, "how long it was there"]


NOON = datetime(2013, 7, 1, 12, tzinfo=UTC)
WREN = Sighting("wren", NOON, 9.5, {"a": "b"}, (LoggedFile("x.jpg", 3),), ("r", "g"), Stay(NOON, None))
OWL = Sighting("owl", None, None, {}, (), (), None)
