"""Everything that can be wrong with columns, of the input and of the output, found at once."""

from collections.abc import Sequence
from functools import partial

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.config import ScoreConfig
from spark_models.core.plan import Plan, plan_inputs
from spark_models.core.signature import Signature
from spark_models.core.table_name import parse_table_name
from spark_models.core.table_schema import TableSchema
from spark_models.errors import SchemaError
from spark_models.spark.inputs import Input, require_present, require_unambiguous
from spark_models.spark.scored import ddl, output_schema, require_writable
from spark_models.spark.tables import columns_of, require_columns, require_delta_table
from spark_models.steps.prepare import PreparedModel
from spark_models.steps.problems import problems_of


def checked_columns(
    spark: SparkSession, config: ScoreConfig, given: Input, models: Sequence[PreparedModel]
) -> tuple[tuple[Plan, ...], TableSchema]:
    """The plan for each model's input, and the schema of the predictions table.

    Raises:
        SchemaError: listing every column that is missing, of a wrong type, there twice, or other in the output table,
            and models whose predictions are of different types.
    """
    problems = [
        *input_problems(config, given, [model.signature for model in models]),
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


def input_problems(config: ScoreConfig, given: Input, signatures: Sequence[Signature]) -> tuple[str, ...]:
    """What is wrong with the input's columns, for models of these signatures; each of it once."""
    mapping = config.input.columns
    fits = (partial(plan_inputs, signature, given.columns, mapping) for signature in signatures)
    return tuple(dict.fromkeys((*_of_carried(config, given), *problems_of(SchemaError, *fits))))


def _of_carried(config: ScoreConfig, given: Input) -> tuple[str, ...]:
    return problems_of(
        SchemaError,
        lambda: require_unambiguous(given),
        lambda: require_present(config.output.keys, given, "key"),
        lambda: require_present(config.output.passthrough, given, "passthrough"),
    )


def _of_output(spark: SparkSession, config: ScoreConfig, given: Input, result_type: T.DataType) -> tuple[str, ...]:
    output = config.output
    problems = problems_of(SchemaError, lambda: require_writable(output, result_type))
    if {*output.keys, *output.passthrough} <= set(given.columns):
        there = problems_of(SchemaError, lambda: _require_columns(spark, config, given, result_type))
        problems += tuple(f"output table {parse_table_name(output.table)}: {problem}" for problem in there)
    return problems


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
