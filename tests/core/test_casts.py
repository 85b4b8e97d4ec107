from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.casts import CHECKED_CASTS, SAFE_CASTS, Cast, cast_to


@pytest.mark.parametrize(
    ("source", "wanted", "kind"),
    [
        ("decimal(10,2)", "double", "safe"),
        ("decimal(10,0)", "bigint", "checked"),
        ("array<int>", "array<bigint>", "safe"),
        ("array<bigint>", "array<double>", None),
        ("array<array<float>>", "array<array<double>>", "safe"),
        ("map<string,int>", "map<string,bigint>", "safe"),
        ("map<string,decimal(10,2)>", "map<string,double>", "safe"),
        ("map<int,int>", "map<string,int>", None),
        ("array<int>", "map<string,int>", None),
        ("string", "double", None),
        ("double", "string", None),
        ("boolean", "int", None),
        ("double", "float", None),
        ("timestamp", "date", None),
        ("struct<a:int>", "struct<a:bigint>", "safe"),
        ("struct<a:bigint>", "struct<a:double>", None),
        ("struct<a:int>", "bigint", None),
    ],
)
def test_a_cast_keeps_every_value_or_is_checked_or_refused(source: str, wanted: str, kind: str | None) -> None:
    cast = cast_to(source, wanted, "c")
    assert bool(cast.problems) == (kind is None)
    if kind is not None:
        assert cast == Cast(wanted, checked=kind == "checked")


WHOLE_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "float": 24, "double": 53}


@given(st.sampled_from(sorted(product(WHOLE_BITS, repeat=2))))
def test_a_safe_cast_of_numbers_goes_to_a_type_that_holds_as_many(pair: tuple[str, str]) -> None:
    source, wanted = pair
    cast = cast_to(source, wanted, "c")
    if not cast.problems and not cast.checked:
        assert WHOLE_BITS[source] <= WHOLE_BITS[wanted]
        assert not (source in {"float", "double"} and wanted not in {"float", "double"})


def test_no_cast_is_both_safe_and_checked() -> None:
    assert not any(SAFE_CASTS.get(wanted, frozenset()) & sources for wanted, sources in CHECKED_CASTS.items())


def test_structs_are_compared_by_name_and_keep_the_columns_order() -> None:
    wanted = "struct<a:bigint,b:array<struct<x:double,y:string>>>"
    cast = cast_to("struct<b:array<struct<y:string,x:decimal(10,2)>>,a:int>", wanted, "c")
    assert cast == Cast("struct<b:array<struct<y:string,x:double>>,a:bigint>")
    assert cast_to("struct<`b c`:int>", "struct<b c:bigint>", "c") == Cast("struct<`b c`:bigint>")


def test_what_speaks_against_a_struct_is_told_all_at_once_with_its_place() -> None:
    wanted = "map<string,struct<a:bigint,b:string,c:int>>"
    source = "map<string,struct<a:double,c:bigint,d:int>>"
    problems = cast_to(source, wanted, "c", {"c[].b", "c.b"}).problems
    # What to do comes after a colon.
    assert [problem.rpartition(": ")[0] for problem in problems] == [
        "column 'c{}' has a field 'd', which the model does not take",
        "column 'c{}' has no field 'b' (string), which the model needs",
        "column 'c{}.a' is double, but the model needs bigint; no cast keeps its values",
        "column 'c{}.c' is bigint, but the model needs int; no cast keeps its values",
    ]
    assert not cast_to("map<string,struct<a:int,c:int>>", wanted, "c", {"c{}.b"}).problems


@pytest.mark.parametrize(
    ("source", "taken"),
    [("tinyint", "int"), ("bigint", "bigint"), ("struct<a:tinyint>", "struct<a:tinyint>"), ("date", "date")],
)
def test_an_input_of_any_type_takes_the_columns(source: str, taken: str) -> None:
    assert cast_to(source, "any", "c") == Cast(taken)
    assert cast_to(f"map<string,{source}>", "map<string,any>", "c") == Cast(f"map<string,{taken}>")
