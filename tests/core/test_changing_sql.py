import pytest

from spark_models.core.changing_sql import changing_part


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("day = current_date()", "current_date()"),
        ("day >= date_sub(CURRENT_DATE, 7)", "current_date()"),
        ("at between timestamp'2026-01-01' and now()", "now()"),
        ("at < unix_timestamp()", "current_timestamp()"),
        ("rand() < 0.1", "rand()"),
        ("team = current_user()", "current_user()"),
        ("monotonically_increasing_id() < 10", "monotonically_increasing_id()"),
    ],
)
def test_what_gives_other_rows_each_time_is_found_wherever_it_stands(sql: str, part: str) -> None:
    assert changing_part(sql) == part


@pytest.mark.parametrize(
    "sql",
    [
        None,
        "day = '2026-11-30'",
        "now = 3 and rand > 1",
        "`current_date()` = 1",
        "note = 'now()'",
        "unix_timestamp(at) > 3",
        "not ( sql",
    ],
)
def test_what_gives_the_same_rows_is_not(sql: str | None) -> None:
    assert changing_part(sql) is None
