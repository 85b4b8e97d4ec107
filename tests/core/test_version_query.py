from datetime import UTC, datetime
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.version_query import parse_query
from spark_models.errors import ConfigError

FACTS: dict[str, Any] = {
    "version": 3,
    "aliases": ("champion", "stable"),
    "created_at": datetime(2024, 2, 1, tzinfo=UTC),
    "run_name": "night run",
    "metrics.auc": 0.75,
    "metrics.val/loss": 0.5,
    "metrics.nan": nan,
    "computed.auc": 0.5,
    "params.alpha": "1.50",
    "params.kind": "linear",
    "params.a.b": "dotted",
    "tags.team": "ops",
    "tags.rate": "100%",
}


def holds(condition: str, **facts: Any) -> bool | None:
    return parse_query(condition).holds({**FACTS, **facts})


@pytest.mark.parametrize(
    "condition",
    [
        "metrics.auc > 0.7 and tags.team = 'ops'",
        'metric.auc >= .75 AND tag.team = "ops"',
        "0.7 < metrics.auc",
        "metrics.auc > computed.auc",
        "metrics.`val/loss` = 0.5",
        'metrics."val/loss" = 5e-1',
        "metrics.auc > -1e-3",
        "metrics.auc between 0.7 and 0.8",
        "metrics.auc > '0.7'",
        "params.alpha = 1.5",
        "params.alpha < 2",
        "params.alpha = '1.50'",
        "params.a.b = 'dotted'",
        "parameters.kind != 'tree'",
        "attributes.version = 3",
        "VERSION in (1, 2, 3)",
        "version not in (1, 2)",
        "run_name like 'night%'",
        "run_name like 'n_ght ru_'",
        "run_name not like 'night'",
        "attr.run_name ilike 'NIGHT%'",
        r"tags.rate like '100\\%'",
        "created_at > '2024-01-31'",
        "created_at = '2024-02-01T01:00:00+01:00'",
        "aliases = 'champion'",
        "'champion' = aliases",
        "aliases != 'challenger'",
        "aliases in ('challenger', 'stable')",
        "aliases like 'champ%'",
        "aliases is not null",
        "tags.gone is null",
        "metrics.nan is not null",
        "tags.gone = 'x' or version = 3",
        "not (tags.gone = 'x' and version = 4)",
        "not (version = 1 or version = 2) and (version = 3)",
    ],
)
def test_what_a_version_meets(condition: str) -> None:
    assert holds(condition) is True


@pytest.mark.parametrize(
    "condition",
    [
        "metrics.auc > 0.75",
        "params.kind = 'Linear'",
        "run_name like 'NIGHT%'",
        "run_name like 'night'",
        r"tags.team like '100\\%'",
        "aliases = 'challenger'",
        "aliases != 'stable'",
        "aliases not like 'champ%'",
        "tags.gone = 'x' and version = 4",
        "version is null",
    ],
)
def test_what_a_version_does_not_meet(condition: str) -> None:
    assert holds(condition) is False


@pytest.mark.parametrize(
    "condition",
    [
        "tags.gone = 'x'",
        "not tags.gone = 'x'",
        "tags.gone != 'x'",
        "tags.gone like '%'",
        "tags.gone in ('x')",
        "version in (1, null)",
        "version not in (1, null)",
        "version = null",
        "aliases = tags.gone",
        "metrics.nan > 0",
        "metrics.nan = metrics.nan",
        "params.kind > 1",
        "tags.gone = 'x' and version = 3",
        "tags.gone = 'x' or version = 4",
    ],
)
def test_what_is_unknown_of_a_version_as_in_sql(condition: str) -> None:
    assert holds(condition) is None


def test_a_version_without_aliases_has_none_of_them() -> None:
    assert holds("aliases is null", aliases=())
    assert holds("aliases != 'champion'", aliases=())


TRUTH = st.sampled_from(["1 = 1", "1 = 2", "1 = null"])


@given(TRUTH, TRUTH, TRUTH)
def test_conditions_keep_to_the_laws_of_three_valued_logic(a: str, b: str, c: str) -> None:
    def same(one: str, other: str) -> bool:
        return holds(one) is holds(other)

    assert same(f"not ({a} and {b})", f"not {a} or not {b}")
    assert same(f"not not ({a})", a)
    assert same(f"{a} and ({b} or {c})", f"({a} and {b}) or ({a} and {c})")
    assert same(f"{a} or {b} and {c}", f"{a} or ({b} and {c})")
    assert same(f"{a} and {b}", f"{b} and {a}")


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(NUMBERS, NUMBERS)
def test_numbers_and_the_texts_of_parameters_compare_as_python_does(value: float, bound: float) -> None:
    for sign, expected in (("<", value < bound), (">=", value >= bound), ("=", value == bound), ("<>", value != bound)):
        assert holds(f"metrics.auc {sign} {bound!r}", **{"metrics.auc": value}) is expected
        assert holds(f"params.alpha {sign} {bound!r}", **{"params.alpha": repr(value)}) is expected


@given(st.text(st.sampled_from("ab%_.*"), max_size=4))
def test_a_text_is_like_itself_in_backslashes_and_like_anything(text: str) -> None:
    facts = {"tags.team": text}
    escaped = "".join("\\\\" + letter for letter in text)
    assert holds(f"tags.team like '{escaped}'", **facts) is True
    assert holds("tags.team like '%'", **facts) is True
    assert holds(f"tags.team like '{escaped}_'", **facts) is False


def test_the_names_in_a_condition_are_known_each_once_by_their_full_group() -> None:
    query = parse_query("metric.auc > 0 and param.`a b` = 'x' or (metrics.auc < 1 and Version = 2 and other > 1)")
    assert query.names == ("metrics.auc", "params.a b", "version", "other")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("metrics.auc > 'good'", "'good' is compared with a number, which it is not"),
        ("created_at > 'yesterday'", "'yesterday' is compared with a time, such as '2024-01-31'"),
        ("created_at > 5", "5.0 is compared with a time"),
        ("aliases > 'a'", "aliases have no order"),
        ("aliases = 1", "aliases are a list of names"),
        ("metrics.auc like '0.%'", "metrics.auc LIKE '0.%': it takes the name of a text"),
        ("tags.team like tags.rate", "a pattern in quotes"),
        ("metrics.val/loss > 1", r"metrics.val / loss is neither a name, a number nor a text"),
        ("abs(metrics.auc) > 1", r"ABS\(metrics.auc\) is neither a name"),
        ("metrics.auc", "metrics.auc is no condition that is understood here: write comparisons"),
        ("version is true", "IS takes NULL or NOT NULL"),
        ("version in (select 1)", "IN takes a list of values"),
        ("select 1", "is no condition that is understood here"),
        ("version = 1; version = 2", "it is 2 conditions instead of one"),
        ("", "it is 0 conditions instead of one"),
        ("metrics.precision@5 > 1", "it cannot be read at column"),
        ("tags.team = 'ops", "it cannot be read"),
        ("version = ", "it cannot be read"),
    ],
)
def test_what_is_not_understood_is_told(condition: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_query(condition)


def test_every_part_that_is_not_understood_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_query("aliases > 'a' and (version = 'x' or not created_at = 'y')")
    assert len(caught.value.problems) == 3
