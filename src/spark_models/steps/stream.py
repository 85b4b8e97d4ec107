"""Score a stream: each micro-batch is a batch, committed exactly once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from spark_models.core.config import ScoreConfig
from spark_models.core.micro_batch import micro_batch_id
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import parse_table_name
from spark_models.errors import ConfigError
from spark_models.registry.connection import connect
from spark_models.registry.files import verified_files
from spark_models.registry.resolve import resolve
from spark_models.spark.inputs import Input, filtered
from spark_models.spark.predictions import batch_exists_of_any_version
from spark_models.spark.writes import Batch
from spark_models.steps.columns import checked_columns
from spark_models.steps.models import prepared_models
from spark_models.steps.score import score


def score_stream(
    config: ScoreConfig, data: DataFrame, *, checkpoint: str, trigger: Mapping[str, Any] | None = None
) -> StreamingQuery:
    """Start a query that scores each micro-batch of a streaming DataFrame with one model version.

    The model is resolved once, here: to take up a new champion, stop the query and start it again.
    Each micro-batch is a batch of its own in the predictions table, in ``scoring_runs`` and in MLflow.
    What a restart from the same checkpoint gets to see again is not written again, whatever version
    wrote it, and nothing is left out. On Spark Connect the server's own Python scores the micro-batches,
    so it must have this package and reach the registry.

    >>> query = score_stream(config, flights, checkpoint="lake/checkpoints/delay")  # doctest: +SKIP
    >>> query.awaitTermination()  # doctest: +SKIP

    Args:
        config: As for :func:`spark_models.score`, in append mode, without an input table and a batch id.
        data: A streaming DataFrame.
        checkpoint: The folder in which Spark keeps how far the stream has come; one for each query.
        trigger: What Spark's ``trigger`` takes, such as ``{"availableNow": True}``; by default a
            micro-batch follows the other.

    Returns:
        The running query; a micro-batch that fails ends it, with the error that ``score`` raised.

    Raises:
        ConfigError: if the config does not fit a stream or the model.
        RegistryError: if the model cannot be had.
        DigestError: if its files are not the registered ones.
        SchemaError: if columns do not fit the model or the output table.
        SessionError: if Python lacks a library that the model needs.
    """
    _require_streamable(config, data)
    model_version = _checked(config, data)
    pinned = config.model_copy(update={"model": model_version.uri})
    writer = data.writeStream.option("checkpointLocation", checkpoint)
    if trigger:
        writer = writer.trigger(**trigger)
    return writer.foreachBatch(_MicroBatches(pinned, model_version, checkpoint)).start()


def _require_streamable(config: ScoreConfig, data: DataFrame) -> None:
    given = config.input
    problems = {
        "the DataFrame is not a stream: give it to score": not data.isStreaming,
        "input: leave table, version and timestamp out; the DataFrame is the input": bool(
            given.table or given.version is not None or given.timestamp
        ),
        "model: a stream takes one": len(config.models) > 1,
        "model_by: a stream takes one model; leave it out": config.model_by is not None,
        "output.mode: a stream appends; leave it out": config.output.mode != "append",
        "batch_id: leave it out; each micro-batch has its own": config.batch_id is not None,
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        raise ConfigError("score_stream", found)


def _checked(config: ScoreConfig, data: DataFrame) -> ModelVersion:
    """The model version, when all that can be known to be wrong before the first row is known not to be."""
    registry = connect(config.registry)
    model_version = resolve(registry, config.models[0])
    given = Input(filtered(data, config.input.filter), None, None)
    models = prepared_models(config, given, [(model_version, verified_files(registry, model_version))])
    checked_columns(data.sparkSession, config, given, models)
    return model_version


@dataclass
class _MicroBatches:
    """What Spark calls with each micro-batch."""

    config: ScoreConfig
    model_version: ModelVersion
    checkpoint: str
    stream: str | None = field(default=None, init=False)

    def __call__(self, rows: DataFrame, epoch: int) -> None:
        spark = rows.sparkSession
        is_first, self.stream = self.stream is None, self.stream or _query_id(spark, self.checkpoint)
        batch_id = micro_batch_id(self.stream, epoch)
        if is_first and self._is_committed(spark, batch_id):
            return
        # Read once from the source, which need not give the same rows in the same order twice.
        kept = rows.persist()
        try:
            score(self.config.model_copy(update={"batch_id": batch_id}), kept, spark=spark)
        finally:
            kept.unpersist()

    def _is_committed(self, spark: SparkSession, batch_id: str) -> bool:
        """Whether an earlier run was stopped after its commit, and before Spark knew of it."""
        table = parse_table_name(self.config.output.table)
        return batch_exists_of_any_version(spark, table, Batch(self.model_version, batch_id))


def _query_id(spark: SparkSession, checkpoint: str) -> str:
    """The id that Spark gave the query when the checkpoint was new: it is another one if that is made anew."""
    told = spark.read.text(f"{checkpoint.rstrip('/')}/metadata").first()
    assert told is not None, "Spark writes it before the first micro-batch"
    return str(json.loads(told["value"])["id"])
