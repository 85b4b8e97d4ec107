"""Group models of an input without rows: no value names a model, so that there is nothing to score."""

from pyspark.sql import SparkSession

from spark_models.core.config import ScoreConfig
from spark_models.core.outcomes import Scoring
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.tables import ScoringRun
from spark_models.spark.inputs import Input
from spark_models.spark.result_type import parsed_result_type
from spark_models.spark.tables import make_table
from spark_models.steps.attempt import Attempt, succeeded
from spark_models.steps.batch_ids import batch_id_of
from spark_models.steps.columns import checked_output


def score_without_models(spark: SparkSession, config: ScoreConfig, given: Input, attempt: Attempt) -> Scoring:
    """What comes of it: a batch of no model, by the template's name, whose row in ``scoring_runs`` has no rows.

    The predictions table is made if the config says what type its predictions have; no model does. ``run`` is for the
    caller to write, and None if there is such a row already, in append and in merge mode.

    Raises:
        ConfigError: if the batch has no id, or its result type cannot be read.
        SchemaError: if keys or passthrough columns are not in the input, or the output table has others.
    """
    [template] = config.models
    batch_id = batch_id_of(config, given, attempt, model=template, digest=None, keys=())
    table = parse_table_name(config.output.table)
    attempt.note(input_table=given.table, input_version=given.version, output_table=str(table), batch_id=batch_id)
    result_type = None if config.result_type is None else parsed_result_type(config.result_type)
    schema = checked_output(spark, config, given, result_type)
    if schema is not None:
        make_table(spark, table, schema)
    if config.output.mode != "replace" and _is_recorded(spark, config, table, attempt.run):
        return Scoring(None, batch_id, config.output.table, None)
    counts = {"rows_in": 0, "rows_scored": 0, "rows_failed": 0}
    return Scoring(None, batch_id, config.output.table, attempt.ended(status="succeeded", **counts))


def _is_recorded(spark: SparkSession, config: ScoreConfig, table: TableName, run: ScoringRun) -> bool:
    """Whether there was such a batch before: one of no model, by the same template's name."""
    recorded = succeeded(spark, config, table, [run.batch_id] if run.batch_id else [])
    return any(one.model_name is None and one.model_uri == run.model_uri for one in recorded)
