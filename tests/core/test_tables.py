from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import pytest
from tests.rows import card_row

from spark_models.core.drift_tables import DriftMetric, DriftRow
from spark_models.core.table_schema import Column, Row, schema_of, spark_type
from spark_models.core.tables import (
    PROVENANCE,
    AliasTenure,
    Card,
    ComparisonCurve,
    ComparisonDiff,
    ComparisonMetric,
    Dataset,
    LoggedFile,
    ScoringRun,
    predictions_schema,
)


@dataclass(frozen=True)
class Sighting(Row):
    """Sightings: one bird seen.

    More that is not for the table.
    """

    KEY: ClassVar[tuple[str, ...]] = ("bird",)

    bird: Annotated[str, "its name"]
    seen_at: Annotated[datetime | None, "when; NULL if nobody noted it"]


def test_a_row_class_describes_its_table() -> None:
    schema = schema_of(Sighting)
    assert schema.comment == "Sightings: one bird seen."
    assert schema.columns == (
        Column("bird", "string", "its name", nullable=False),
        Column("seen_at", "timestamp", "when; NULL if nobody noted it", nullable=True),
    )
    assert Sighting("wren", None).as_dict() == {"bird": "wren", "seen_at": None}


def test_a_row_that_is_older_than_a_column_has_its_default() -> None:
    file = {"path": "MLmodel", "size": 1234}
    values = card_row().as_dict() | {"requirements": ["scikit-learn==1.9.0"], "aliases": ["champion"]}
    assert Card.from_dict(values | {"logged_files": [file], "datasets": None}) == card_row()
    younger = values | {"logged_files": [file | {"digest": "a"}], "datasets": [{"name": "flights", "digest": "f1"}]}
    assert Card.from_dict(younger) == card_row(
        logged_files=(LoggedFile("MLmodel", 1234, "a"),), datasets=(Dataset("flights", "f1"),)
    )


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (int, "bigint"),
        (float | None, "double"),
        (bool, "boolean"),
        (Literal["a", "b"], "string"),
        (dict[str, float], "map<string,double>"),
        (tuple[str, ...], "array<string>"),
        (tuple[LoggedFile, ...], "array<struct<path:string,size:bigint,digest:string>>"),
    ],
)
def test_annotations_have_spark_types(annotation: Any, kind: str) -> None:
    assert spark_type(annotation) == kind


def test_an_annotation_without_a_spark_type_is_a_bug() -> None:
    with pytest.raises(TypeError, match="complex"):
        spark_type(complex)


@pytest.mark.parametrize(
    "row_class",
    [ScoringRun, Card, AliasTenure, ComparisonMetric, ComparisonDiff, ComparisonCurve, DriftMetric, DriftRow],
)
def test_every_column_of_our_tables_has_a_comment_and_the_key_is_among_them(row_class: type[Row]) -> None:
    columns = {column.name: column for column in schema_of(row_class).columns}
    assert all(column.comment for column in columns.values())
    assert set(row_class.KEY) <= set(columns)


def test_predictions_are_partitioned_by_batch_and_end_with_where_they_came_from() -> None:
    schema = predictions_schema((Column("id", "bigint", ""), Column("carrier", "string", "")), (), ("id",))
    assert schema.partition_by == ("model_name", "model_version", "batch_id")
    assert schema.indexed == len(("id", "carrier"))
    assert tuple(column.name for column in schema.columns) == ("id", "carrier", *PROVENANCE)
    assert schema.columns[0].comment == "key"
    assert schema.columns[1].comment == "carried over from the input"
