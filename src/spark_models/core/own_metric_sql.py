"""What no user's own metric can have in its SQL."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# Spark would give several rows for one, work over the rows of all slices at once, or read what no id is made from.
_UNFIT: dict[type[exp.Expr], str] = {
    exp.Window: "has a window (OVER); a metric is one aggregate of its rows",
    exp.Select: "has a query in it; a metric is over the compared rows alone",
    exp.UDTF: "makes rows (explode and the like); a metric is one number",
    exp.Explode: "makes rows (explode and the like); a metric is one number",
    exp.Inline: "makes rows (explode and the like); a metric is one number",
}


def unfit_part(sql: str) -> str | None:
    """What no metric can have, which Spark would take all the same; None also for what is not understood here."""
    try:
        tree = sqlglot.parse_one(sql, dialect="spark")
    except SqlglotError:
        return None
    return next((told for kind, told in _UNFIT.items() if tree.find(kind)), None)
