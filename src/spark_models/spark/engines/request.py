"""What an engine is asked for, and what it gives: the same for all of them."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from spark_models.spark.engines.batches import Run
from spark_models.spark.inputs import Input
from spark_models.spark.worker import Task

# The column in which an engine says which of the tasks predicted a row: the place of it.
PLACE = "model_version"
ERROR = "error"


@dataclass(frozen=True)
class Request:
    """Rows to score by one or more models in one pass.

    An engine gives a DataFrame of the ``carried`` columns of the input, the ``prediction`` of ``result_type``,
    ``PLACE`` (bigint) and ``ERROR`` (string), with a row for each row of the input and each task; or for the one task
    that the input's own column of places names.
    """

    given: Input
    carried: tuple[str, ...]
    tasks: tuple[Task, ...]
    prediction: str
    result_type: T.DataType

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """The columns that the models need, each with the type that it must have: models that share one share it."""
        return tuple(dict.fromkeys((planned.column, planned.type) for task in self.tasks for planned in task.inputs))

    @property
    def schema(self) -> T.StructType:
        """What comes out."""
        carried = (self.given.frame.schema[name] for name in self.carried)
        return T.StructType(
            [
                *(T.StructField(field.name, field.dataType) for field in carried),
                T.StructField(self.prediction, self.result_type),
                T.StructField(PLACE, T.LongType()),
                T.StructField(ERROR, T.StringType()),
            ]
        )


@dataclass(frozen=True)
class Pass:
    """One pass over the input: in workers, ``run`` makes the request's rows of what ``frame`` hands them."""

    frame: DataFrame
    run: Run
