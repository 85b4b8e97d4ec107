from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.table_name import TableName, parse_table_name, quoted, sql_literal, template
from spark_models.errors import ConfigError

PARTS = st.lists(
    st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=3
)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("flights", "`flights`"),
        ("ops.flights", "`ops`.`flights`"),
        ("main.ops.flights", "`main`.`ops`.`flights`"),
        ("`a.b`.c", "`a.b`.`c`"),
        ("/lake/flights", "delta.`/lake/flights`"),
        ("s3://bucket/flights/", "delta.`s3://bucket/flights`"),
        ("/", "delta.`/`"),
        ("/lake/a`b", "delta.`/lake/a``b`"),
    ],
)
def test_names_and_paths_are_quoted(text: str, sql: str) -> None:
    assert parse_table_name(text).sql == sql


@given(PARTS)
def test_a_quoted_name_reads_back_as_it_was(parts: list[str]) -> None:
    assert parse_table_name(TableName(parts=tuple(parts)).sql).parts == tuple(parts)


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", ".a", "a.b.c.d", "`a", "a`b"])
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"catalog\.schema\.table"):
        parse_table_name(text)


def test_nothing_in_a_name_ends_its_quotes() -> None:
    assert quoted("a` DROP TABLE x") == "`a`` DROP TABLE x`"
    assert sql_literal("it's \\") == "'it\\'s \\\\'"
    assert sql_literal(3) == "3"


@given(st.text())
def test_a_template_that_is_filled_in_gives_the_text_back(text: str) -> None:
    assert template(text).format() == text


def test_a_relative_path_starts_where_the_job_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_table_name("./lake/flights").path == f"{tmp_path}/lake/flights"


def test_a_table_is_told_as_it_is_written() -> None:
    assert str(parse_table_name("ops.flights")) == "ops.flights"
    assert str(parse_table_name("/lake/flights")) == "/lake/flights"
