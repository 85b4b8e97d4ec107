"""What a config says of a metric that its author defines."""

from collections import Counter
from collections.abc import Iterable

from pydantic import field_validator

from spark_models.core.config.section import Section
from spark_models.core.metrics import Direction, direction_of, spelt_otherwise


class OwnMetric(Section):
    """A metric of your own: a SQL aggregate over the rows that are compared."""

    name: str
    """What it is called: letters, digits and _; none of the names of a comparison's own metrics."""

    sql: str
    """A Spark SQL aggregate over label, prediction, weight, the labels table's columns and, multiclass, probability."""

    direction: Direction
    """What is better: higher, lower, zero (nearer to it) or none."""

    @field_validator("name")
    @classmethod
    def _is_a_name_of_its_own(cls, name: str) -> str:
        if not name.isidentifier():
            raise ValueError("it is made of letters, digits and _, and begins with no digit")
        known = name if direction_of(name) is not None else spelt_otherwise(name)
        if known is not None:
            raise ValueError(f"{known!r} is a metric that comparisons have already; choose another name")
        return name

    @field_validator("sql")
    @classmethod
    def _says_something(cls, sql: str) -> str:
        if not sql.strip():
            raise ValueError("a SQL aggregate is needed, such as avg(abs(label - prediction))")
        return sql


def named_once(metrics: Iterable[OwnMetric]) -> None:
    """Refuse names that are there several times.

    Raises:
        ValueError: naming them.
    """
    repeated = [name for name, count in Counter(metric.name for metric in metrics).items() if count > 1]
    if repeated:
        raise ValueError(f"each name may be there once only; there are several of {', '.join(repeated)}")
