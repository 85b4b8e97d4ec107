"""SQL that gives something else each time it is asked, so that no id can be made from its text."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# By the moment, by chance, by who asks, and by how Spark happens to divide the rows.
_CHANGING = (
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.Localtimestamp,
    exp.Rand,
    exp.Randn,
    exp.Randstr,
    exp.Shuffle,
    exp.Uniform,
    exp.Uuid,
    exp.CurrentUser,
    exp.SessionUser,
)
_CHANGING_NAMES = frozenset({"monotonically_increasing_id", "now", "spark_partition_id", "user"})


def changing_part(sql: str | None) -> str | None:
    """The first function in a SQL expression that gives something else each time, as in ``current_date()``.

    None if there is none, and for what is not understood here.
    """
    try:
        tree = sqlglot.parse_one(sql or "NULL", dialect="spark")
    except SqlglotError:
        return None
    found = next((node for node in tree.find_all(exp.Func) if _is_changing(node)), None)
    if found is None:
        return None
    name = found.name if isinstance(found, exp.Anonymous) else found.sql_name()
    return f"{name.lower()}()"


def _is_changing(function: exp.Func) -> bool:
    if isinstance(function, exp.Anonymous):
        return function.name.lower() in _CHANGING_NAMES
    return isinstance(function, _CHANGING)
