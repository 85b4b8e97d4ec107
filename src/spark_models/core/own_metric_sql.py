"""What the SQL of a user's own metric may name, and what in it no metric can have."""

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from spark_models.core.config import CompareConfig
from spark_models.core.table_name import quoted

# Spark would give several rows for one, work over the rows of all slices at once, or read what no id is made from.
_UNFIT: dict[type[exp.Expr], str] = {
    exp.Window: "has a window (OVER); a metric is one aggregate of its rows",
    exp.Select: "has a query in it; a metric is over the compared rows alone",
    exp.UDTF: "makes rows (explode and the like); a metric is one number",
    exp.Explode: "makes rows (explode and the like); a metric is one number",
    exp.Inline: "makes rows (explode and the like); a metric is one number",
}


def given_columns(config: CompareConfig) -> tuple[str, ...]:
    """What an expression can name besides the labels table's columns; these win over columns of the same name."""
    return ("label", "prediction", "weight", *(["probability"] if config.task == "multiclass" else []))


def named_columns(config: CompareConfig, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of the labels table's columns that the expressions may name: the ones whose names are in their texts."""
    given, texts = given_columns(config), [metric.sql.lower() for metric in config.metrics]
    return tuple(
        name
        for name in columns
        if name.lower() not in given and any(quoted(name)[1:-1].lower() in text for text in texts)
    )


def unfit_part(sql: str) -> str | None:
    """What no metric can have, which Spark would take all the same; None also for what is not understood here."""
    try:
        tree = sqlglot.parse_one(sql, dialect="spark")
    except SqlglotError:
        return None
    return next((told for kind, told in _UNFIT.items() if tree.find(kind)), None)
