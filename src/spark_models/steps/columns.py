"""Everything that can be wrong with columns, of the input and of the output, found at once."""

from collections.abc import Callable, Sequence

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.config import ScoreConfig
from spark_models.core.plan import Plan, plan_inputs
from spark_models.core.table_name import parse_table_name
from spark_models.core.table_schema import TableSchema
from spark_models.errors import SchemaError
from spark_models.spark.inputs import Input, require_present, require_unambiguous
from spark_models.spark.scored import ddl, output_schema, require_writable
from spark_models.spark.tables import columns_of, require_columns, require_delta_table
from spark_models.steps.prepare import PreparedModel


def checked_columns(
    spark: SparkSession, config: ScoreConfig, given: Input, models: Sequence[PreparedModel]
) -> tuple[tuple[Plan, ...], TableSchema]:
    """The plan for each model's input, and the schema of the predictions table.

    Raises:
        SchemaError: listing every column that is missing, of a wrong type, there twice, or other in the output table,
            and models whose predictions are of different types.
    """
    problems = [
        *_of_carried(config, given),
        *(problem for model in models for problem in _of_inputs(config, given, model)),
        *_of_results(models),
        *_of_output(spark, config, given, models[0].result_type),
    ]
    if problems:
        names = " and ".join(model.spec.model for model in models)
        raise SchemaError(f"{given} cannot be scored by {names}", dict.fromkeys(problems))
    plans = tuple(plan_inputs(model.signature, given.columns, config.input.columns) for model in models)
    return plans, output_schema(given, config.output, models[0].result_type)


def checked_output(
    spark: SparkSession, config: ScoreConfig, given: Input, result_type: T.DataType | None
) -> TableSchema | None:
    """The schema of the predictions table where there is no model; None if it is not known what type comes out.

    Raises:
        SchemaError: listing every column that is missing, there twice, or other in the output table.
    """
    problems = [*_of_carried(config, given), *(_of_output(spark, config, given, result_type) if result_type else ())]
    if problems:
        raise SchemaError(f"{given} cannot be scored", dict.fromkeys(problems))
    return output_schema(given, config.output, result_type) if result_type else None


def _of_carried(config: ScoreConfig, given: Input) -> tuple[str, ...]:
    output = config.output
    return (
        *_problems(lambda: require_unambiguous(given)),
        *_problems(lambda: require_present(output.keys, given, "key")),
        *_problems(lambda: require_present(output.passthrough, given, "passthrough")),
    )


def _of_output(spark: SparkSession, config: ScoreConfig, given: Input, result_type: T.DataType) -> tuple[str, ...]:
    output = config.output
    problems = _problems(lambda: require_writable(output, result_type))
    if {*output.keys, *output.passthrough} <= set(given.columns):
        problems += _problems(lambda: _require_columns(spark, config, given, result_type))
    return problems


def _of_inputs(config: ScoreConfig, given: Input, model: PreparedModel) -> tuple[str, ...]:
    return _problems(lambda: plan_inputs(model.signature, given.columns, config.input.columns))


def _of_results(models: Sequence[PreparedModel]) -> tuple[str, ...]:
    """Models that go into one column must agree on its type."""
    if len({ddl(model.result_type) for model in models}) == 1:
        return ()
    told = ", ".join(f"{model.spec.model} gives {ddl(model.result_type)}" for model in models)
    return (f"{told}: give result_type, or score them one by one",)


def _require_columns(spark: SparkSession, config: ScoreConfig, given: Input, result_type: T.DataType) -> None:
    table = parse_table_name(config.output.table)
    there = columns_of(spark, table)
    if there is not None:
        require_delta_table(spark, table)
        require_columns(table, there, output_schema(given, config.output, result_type))


def _problems(check: Callable[[], object]) -> tuple[str, ...]:
    try:
        check()
    except SchemaError as error:
        return error.problems
    return ()
