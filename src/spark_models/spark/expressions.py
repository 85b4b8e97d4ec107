"""What a config says of a table's rows: the name of a column, or a SQL expression over columns."""

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import quoted


def column_or_expression(frame: DataFrame, text: str) -> Column:
    """The column of this name, if there is one, or else what the expression gives."""
    return F.col(quoted(text)) if text in frame.columns else F.expr(text)


def expression_problem(frame: DataFrame, text: str, role: str) -> str | None:
    """Why a text is neither a column of the frame nor an expression over its columns; None if it is."""
    if text in frame.columns:
        return None
    try:
        # Neither an aggregate beside a column nor, within an expression, a function that makes rows is one value a row.
        rows = frame.select(F.col(quoted(frame.columns[0])), F.expr(text).isNull())
        rows.schema  # noqa: B018  # over Spark Connect a plan is analysed when it is asked
    except (AnalysisException, ParseException):
        near = did_you_mean(text, frame.columns)
        return (
            f"{role} column {text!r} is not in it{near}"
            if text.isidentifier()
            else (f"{role} {text!r} is neither a column nor a SQL expression over its columns")
        )
    return None
