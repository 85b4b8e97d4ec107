"""What a config says of a table's rows: the name of a column, or a SQL expression over columns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    DateTimeException,
    NumberFormatException,
    ParseException,
    SparkRuntimeException,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import quoted
from spark_models.errors import DataError

# What an expression raises that does not fit some row's values.
_OF_VALUES = (
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    DateTimeException,
    NumberFormatException,
    SparkRuntimeException,
)


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


@contextmanager
def values_told(subject: str, names: Sequence[str], where: str = "") -> Iterator[None]:
    """Tell that one of these expressions fails on the rows, without a value of them.

    Raises:
        DataError: if it does.
    """
    try:
        yield
    except _OF_VALUES as error:
        told = f"one of {', '.join(names)} fails on these rows ({error.getCondition()}){where}"
        # Not "from error": it may hold a value of a row.
        raise DataError(subject, [f"{told}; try_divide(a, b) and try_cast(a AS type) give NULL instead"]) from None
