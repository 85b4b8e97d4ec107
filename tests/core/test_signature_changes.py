from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.signature_changes import ColumnChange, column_changes


def _with_requirement(types: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda kind, required: {**kind, "required": required}, types, st.booleans())


# Signatures' types as MLflow's JSON has them.
SCALARS = st.sampled_from(["long", "double", "string"]).map(lambda kind: {"type": kind})
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda values: {"type": "map", "values": values}),
        st.dictionaries(st.sampled_from(["a", "b"]), _with_requirement(inner), min_size=1).map(
            lambda fields: {"type": "object", "properties": fields}
        ),
    ),
    max_leaves=4,
)
OPPOSITE = {"added": "removed", "removed": "added", "now optional": "now required", "now required": "now optional"}


COLUMNS = st.dictionaries(st.sampled_from(["x", "y"]), _with_requirement(TYPES), max_size=2).map(
    lambda columns: [{"name": name, **column} for name, column in columns.items()]
)


def column(kind: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": "x", "type": kind, "required": required, **more}


def tensor(*shape: int) -> dict[str, Any]:
    return {"name": "x", "type": "tensor", "tensor-spec": {"dtype": "float32", "shape": list(shape)}}


def place(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


STREET, ZIP = {"type": "string", "required": True}, {"type": "long", "required": False}


@pytest.mark.parametrize(
    ("candidate", "baseline", "change"),
    [
        (column("double"), None, ColumnChange("x", "added", "double", None)),
        (None, column("double", required=False), ColumnChange("x", "removed", None, "double (optional)")),
        (column("float"), column("double"), ColumnChange("x", "retyped", "float", "double")),
        (
            column("float", required=False),
            column("double"),
            ColumnChange("x", "retyped", "float (optional)", "double"),
        ),
        (
            column("double", required=False),
            column("double"),
            ColumnChange("x", "now optional", "double (optional)", "double"),
        ),
        (
            column("double"),
            column("double", required=False),
            ColumnChange("x", "now required", "double", "double (optional)"),
        ),
        (
            tensor(-1, 3),
            tensor(-1, 2),
            ColumnChange("x", "retyped", "tensor(float32, (-1, 3))", "tensor(float32, (-1, 2))"),
        ),
        (
            column("long", default=2, shape=None),
            column("long", default=1, shape=None),
            ColumnChange("x", "changed", "long = 2", "long = 1"),
        ),
        (
            column("array", items={"type": "long"}),
            column("map", values=place(street=STREET, zip=ZIP)),
            ColumnChange("x", "retyped", "array<long>", "map<object<street: string, zip: long (optional)>>"),
        ),
        (column("double"), column("double"), ColumnChange("x", "equal", "double", "double")),
    ],
    ids=lambda value: value.change if isinstance(value, ColumnChange) else "",
)
def test_a_columns_change_has_a_name(
    candidate: dict[str, Any] | None, baseline: dict[str, Any] | None, change: ColumnChange
) -> None:
    ours, theirs = ([one] if one else None for one in (candidate, baseline))
    assert list(column_changes(ours, theirs)) == [change]


def test_what_stands_in_objects_is_told_by_its_path() -> None:
    former = place(street=STREET, zip=ZIP)
    now = place(street=STREET, zip={**ZIP, "required": True}, city=STREET)
    ours = [{"name": "address", **now}, {"name": "stops", "type": "array", "items": {"type": "map", "values": now}}]
    theirs = [
        {"name": "address", **former},
        {"name": "stops", "type": "array", "items": {"type": "map", "values": former}},
    ]
    found = [(one.name, one.change) for one in column_changes(ours, theirs) if one.change != "equal"]
    assert found == [
        ("address.city", "added"),
        ("address.zip", "now required"),
        ("stops[]{}.city", "added"),
        ("stops[]{}.zip", "now required"),
    ]


@given(COLUMNS, COLUMNS)
def test_seen_from_the_other_side_each_change_is_the_opposite(one: Any, other: Any) -> None:
    back = [
        ColumnChange(found.name, OPPOSITE.get(found.change, found.change), found.baseline, found.candidate)  # type: ignore[arg-type]  # one of the words again
        for found in column_changes(other, one)
    ]
    assert list(column_changes(one, other)) == back


@given(COLUMNS, COLUMNS)
def test_signatures_are_alike_if_and_only_if_every_column_is_equal(one: Any, other: Any) -> None:
    changes = {found.change for found in column_changes(one, other)}
    assert (changes <= {"equal"}) == (sorted(one, key=repr) == sorted(other, key=repr))
