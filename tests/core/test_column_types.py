import pytest

from spark_models.core.column_types import struct_fields, struct_of


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("struct<a:bigint>", {"a": "bigint"}),
        ("struct<a:map<string,int>,b:struct<c:int,d:double>>", {"a": "map<string,int>", "b": "struct<c:int,d:double>"}),
        ("struct<a:decimal(10,2),`b,``: c`:int,d e:int>", {"a": "decimal(10,2)", "b,`: c": "int", "d e": "int"}),
        ("array<struct<a:bigint>>", {}),
        ("bigint", {}),
    ],
)
def test_a_structs_fields_are_read_from_its_type(kind: str, fields: dict[str, str]) -> None:
    assert struct_fields(kind) == fields
    assert not fields or struct_fields(struct_of(fields)) == fields
