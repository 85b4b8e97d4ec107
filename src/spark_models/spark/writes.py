"""What is written to a predictions table, and what came of it: batches, and the one commit that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark_models.core.micro_batch import counted
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName
from spark_models.errors import DataError

Mode = Literal["append", "replace", "merge"]

# What sets apart the metadata of commits that hold several batches.
SEVERAL = "+"

# Among how many of the table's latest commits ours must be; more would be read in vain.
RECENT = 200

# Model name, model version and batch id, as in ``BATCH_KEY``.
BatchKey: TypeAlias = tuple[str, int, str]


@dataclass(frozen=True)
class Batch:
    """One scoring of one input slice by one model version."""

    model_version: ModelVersion
    batch_id: str

    @property
    def key(self) -> BatchKey:
        """What names it in a table's columns, as in ``BATCH_KEY``."""
        return self.model_version.name, self.model_version.version, self.batch_id

    @property
    def of_model(self) -> Column:
        """The model version's rows in a predictions table."""
        version = F.lit(self.model_version.version).cast("bigint")
        return (F.col("model_name") == self.model_version.name) & (F.col("model_version") == version)

    @property
    def condition(self) -> Column:
        """The batch's rows in a predictions table: one partition."""
        return self.of_model & self.same_id

    @property
    def same_id(self) -> Column:
        """The rows of the batch's id, whatever wrote them."""
        return F.col("batch_id") == self.batch_id

    @property
    def transaction(self) -> tuple[str, int]:
        """Id and version in Delta's transaction identifiers: the same batch is committed once."""
        batch, version = counted(self.batch_id)
        return f"spark-models/{self.model_version.name}/{self.model_version.version}/{batch}", version


@dataclass(frozen=True)
class Write:
    """What to write and how: one batch, or those of several models that scored in one pass.

    ``rows`` says of each batch how many there are, ``scored_at`` goes into each row, and ``run_id`` into the commit's
    metadata; ``records_errors`` is whether some may have an error instead of a prediction.
    """

    table: TableName
    batches: tuple[Batch, ...]
    mode: Mode
    keys: tuple[str, ...]
    rows: tuple[int, ...]
    scored_at: datetime
    run_id: str
    records_errors: bool = False

    @property
    def of_models(self) -> Column:
        """The rows of all the model versions."""
        return any_of([batch.of_model for batch in self.batches])

    @property
    def condition(self) -> Column:
        """The rows of all the batches."""
        return any_of([batch.condition for batch in self.batches])

    @property
    def all_rows(self) -> int:
        """How many rows there are in all."""
        return sum(self.rows)

    @property
    def is_one_transaction(self) -> bool:
        """Whether Delta's transaction identifiers keep it from being committed twice: they name one batch each."""
        return self.mode == "append" and len(self.batches) == 1

    @property
    def metadata(self) -> str:
        """What the commit is known by; of several batches it ends with their number."""
        return self.run_id + (f"{SEVERAL}{len(self.batches)}" if len(self.batches) > 1 else "")


@dataclass(frozen=True)
class Commit:
    """What a commit left in the table: its Delta version, and one batch's rows by outcome."""

    version: int
    rows_scored: int
    rows_failed: int


def any_of(conditions: Sequence[Column]) -> Column:
    """One of the conditions; halved, since Spark goes into expressions by recursion, and takes no thousand levels."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return any_of(conditions[:middle]) | any_of(conditions[middle:])


def require_whole(write: Write, commits: Sequence[Commit]) -> None:
    """Refuse commits that have not a row for each row that went in.

    Raises:
        DataError: since the input gave other rows when it was counted than when it was scored.
    """
    for rows, commit in zip(write.rows, commits, strict=True):
        done = commit.rows_scored + commit.rows_failed
        if rows != done:
            problem = f"{rows} rows went in, {done} came out: the input gives other rows each time it is read"
            advice = "write the input to a table, and score that; output.mode=replace writes this batch again"
            raise DataError("rows lost or doubled", [problem, advice])
