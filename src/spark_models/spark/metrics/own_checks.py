"""Users' own metrics, checked against the labels table before anything is computed."""

from collections.abc import Iterator
from contextlib import suppress

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.metrics import Task
from spark_models.core.own_metric_sql import unfit_part
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import quoted
from spark_models.spark.metrics.own_columns import given_columns, named_columns

# Of label and prediction, where they are no numbers.
_TYPES: dict[Task, tuple[str, str]] = {
    "multiclass": ("string", "string"),
    "multilabel": ("array<double>", "array<double>"),
    "quantile": ("double", "array<double>"),
}

_WITHOUT_AGGREGATE = {"MISSING_AGGREGATION", "MISSING_GROUP_BY"}


def own_metric_problems(labels: DataFrame, config: CompareConfig) -> Iterator[str]:
    """Each metric whose SQL is no aggregate over what there is, or gives no number."""
    if not config.metrics:
        return
    rows, given = _visible(labels, config), given_columns(config)
    known = [*given, *(name for name in labels.columns if name.lower() not in given)]
    for metric in config.metrics:
        problem = unfit_part(metric.sql) or _problem(rows, metric.sql, known)
        if problem:
            yield f"metric {metric.name!r} {problem}"


def _visible(labels: DataFrame, config: CompareConfig) -> DataFrame:
    """What expressions see, with the types that it will have."""
    of_label, of_prediction = _TYPES.get(config.known_task, ("double", "double"))
    types = {"label": of_label, "prediction": of_prediction, "weight": "double", "probability": "double"}
    given = (F.lit(None).cast(types[name]).alias(name) for name in given_columns(config))
    return labels.select(*given, *(F.col(quoted(name)) for name in named_columns(config, labels.columns)))


def _problem(rows: DataFrame, sql: str, known: list[str]) -> str | None:
    try:
        kind = rows.agg(F.expr(sql).alias("value")).schema["value"].dataType
    except ParseException:
        return "is no SQL expression"
    except AnalysisException as error:
        return "is no aggregate, such as sum or avg of a column" if _is_of_rows(rows, sql) else _told(error, known)
    # A constant is allowed where an aggregate is, but says nothing of the rows.
    if _is_of_rows(rows, sql):
        return "is no aggregate, such as sum or avg of a column"
    if not isinstance(kind, T.NumericType):
        return f"gives {kind.simpleString()}, not a number"
    return None


def _is_of_rows(rows: DataFrame, sql: str) -> bool:
    """Whether it has a value for each row, which an aggregate does not."""
    with suppress(AnalysisException):
        return bool(rows.select(F.expr(sql).alias("value"), F.col("label")).schema)
    return False


def _told(error: AnalysisException, known: list[str]) -> str:
    condition, told = error.getCondition() or "", error.getMessageParameters() or {}
    if condition.startswith("UNRESOLVED_COLUMN"):
        name = told.get("objectName", "").replace("`", "")
        return f"names {name!r}, which is no column of the labels table{did_you_mean(name, known)}"
    if condition.startswith("UNRESOLVED_ROUTINE"):
        return f"calls {told.get('routineName', '').replace('`', '')!r}, which is no function of Spark's"
    if condition in _WITHOUT_AGGREGATE:
        return "has columns outside of its aggregates; put each into one, such as sum or avg"
    return f"cannot be computed: {str(error).splitlines()[0]}"
