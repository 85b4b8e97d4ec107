"""Everything that can be wrong with columns, of the input and of the output, found at once."""

from collections.abc import Callable

from pyspark.sql import SparkSession

from spark_models.core.config import ScoreConfig
from spark_models.core.plan import Plan, plan_inputs
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import TableSchema
from spark_models.errors import SchemaError
from spark_models.spark.inputs import Input, require_present, require_unambiguous
from spark_models.spark.scored import output_schema, require_writable
from spark_models.spark.tables import require_columns, require_delta_table, table_exists
from spark_models.steps.prepare import PreparedModel


def checked_columns(
    spark: SparkSession, config: ScoreConfig, given: Input, model: PreparedModel
) -> tuple[Plan, TableSchema]:
    """The plan for the model's input and the schema of the predictions table.

    Raises:
        SchemaError: listing every column that is missing, of a wrong type, there twice, or other in the output table.
    """
    output = config.output
    problems = [
        *_problems(lambda: require_unambiguous(given)),
        *_problems(lambda: require_present(output.keys, given, "key")),
        *_problems(lambda: require_present(output.passthrough, given, "passthrough")),
        *_problems(lambda: plan_inputs(model.signature, given.columns, config.input.columns)),
        *_problems(lambda: require_writable(output, model.result_type)),
    ]
    if {*output.keys, *output.passthrough} <= set(given.columns):
        problems += _problems(lambda: _require_columns(spark, config, given, model))
    if problems:
        raise SchemaError(f"{given} cannot be scored by {model.spec.model}", problems)
    plan = plan_inputs(model.signature, given.columns, config.input.columns)
    return plan, output_schema(given, output, model.result_type)


def _require_columns(spark: SparkSession, config: ScoreConfig, given: Input, model: PreparedModel) -> None:
    table = parse_table_name(config.output.table)
    if table_exists(spark, table):
        require_delta_table(spark, table)
        require_columns(spark, table, output_schema(given, config.output, model.result_type))


def _problems(check: Callable[[], object]) -> tuple[str, ...]:
    try:
        check()
    except SchemaError as error:
        return error.problems
    return ()
