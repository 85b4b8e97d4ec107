"""Score: one model version over one input table, into a predictions table, in one commit."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame, SparkSession

from spark_models import flavors
from spark_models.core.config import ScoreConfig
from spark_models.core.identifiers import derived_id
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Scoring
from spark_models.core.plan import plan_inputs
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import ScoringRun
from spark_models.errors import ConfigError, DataError, SchemaError
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import registered_digest, verified_files
from spark_models.registry.resolve import resolve
from spark_models.registry.runs import log_run
from spark_models.spark.inputs import Input, read_input, require_present, survey
from spark_models.spark.predictions import Batch, Commit, batch_exists, commit_batch
from spark_models.spark.rows import append_rows
from spark_models.spark.scored import output_schema, require_distinct, scored_frame
from spark_models.spark.session import get_session
from spark_models.spark.tables import make_table, require_columns, table_exists
from spark_models.steps.attempt import Attempt, failure_recorded
from spark_models.steps.prepare import Call, PreparedModel, prepare

ENGINE = "pandas_udf"


def score(config: ScoreConfig, data: DataFrame | None = None, *, spark: SparkSession | None = None) -> Scoring:
    """Score the configured table, or ``data``, with one model version.

    A batch that is in the predictions table already is skipped before any work is done, in append
    and in merge mode. Every other outcome, failure included, is a row in ``scoring_runs``.

    Raises:
        ConfigError: if the config does not fit the model or the input.
        RegistryError: if the model cannot be had.
        DigestError: if its files are not the registered ones.
        SchemaError: if columns do not fit the model or the output table.
        DataError: if rows cannot be keyed, or the model fails on them.
    """
    spark = spark or get_session(config.session)
    attempt = Attempt(config, ENGINE)
    with failure_recorded(spark, config, attempt):
        registry = connect(config.registry)
        model_version = resolve(registry, config.model)
        attempt.note(model_name=model_version.name, model_version=model_version.version)
        given = read_input(spark, config.input, data)
        attempt.note(input_table=given.table, input_version=given.version)
        digest = registered_digest(registry, model_version)
        batch = Batch(model_version, _batch_id(config, model_version, digest, given, attempt))
        attempt.note(batch_id=batch.batch_id, digest=digest)
        table = parse_table_name(config.output.table)
        if config.output.mode != "replace" and batch_exists(spark, table, batch):
            return Scoring(model_version, batch.batch_id, config.output.table, None)
        commit = _scored(spark, registry, config, attempt, batch, given)
    if commit is None:
        return Scoring(model_version, batch.batch_id, config.output.table, None)
    run = attempt.ended(status="succeeded")
    append_rows(spark, config.tables.table("scoring_runs"), [run])
    _log(registry, run)
    return Scoring(model_version, batch.batch_id, config.output.table, run)


def _batch_id(
    config: ScoreConfig, model_version: ModelVersion, digest: str | None, given: Input, attempt: Attempt
) -> str:
    """The given id, or one from all that the batch's rows depend on."""
    if config.batch_id is not None:
        return config.batch_id
    if given.version is None:
        if config.output.mode == "merge":
            return attempt.run.run_id
        what = "a DataFrame has" if given.table is None else f"{given.table} is not a Delta table and has"
        raise ConfigError("batch_id", [f"{what} no version to derive it from; give batch_id"])
    return derived_id(
        model=model_version.uri,
        digest=digest,
        method=config.method,
        params=dict(config.params),
        table=given.table,
        version=given.version,
        filter=config.input.filter,
        columns=dict(config.input.columns),
    )


def _scored(
    spark: SparkSession, registry: Registry, config: ScoreConfig, attempt: Attempt, batch: Batch, given: Input
) -> Commit | None:
    """Check all that can be wrong, then predict and commit; None if another job was faster."""
    files = verified_files(registry, batch.model_version)
    attempt.note(digest=files.digest, predictor=flavors.predicting_flavor(files.flavor))
    call = Call(config.method, config.params, None, config.result_type)
    model = prepare(batch.model_version, files, call, str(batch.model_version))
    _check_columns(spark, config, given, model)
    plan = plan_inputs(model.signature, given.columns, config.input.columns)
    output = config.output
    rows = survey(given, output.keys, plan, unique=output.mode == "merge")
    attempt.note(rows_in=rows)
    table = parse_table_name(output.table)
    make_table(spark, table, output_schema(given, output, model.result_type))
    task = model.task(spark, plan, records_errors=config.on_row_error == "record")
    frame = scored_frame(given, plan, task, model.result_type, output, batch, attempt.run.started_at)
    commit = commit_batch(spark, table, batch, frame, output.mode, output.keys, attempt.run.run_id)
    if commit is not None:
        attempt.note(output_version=commit.version, rows_scored=commit.rows_scored, rows_failed=commit.rows_failed)
        _require_whole(rows, commit)
    return commit


def _check_columns(spark: SparkSession, config: ScoreConfig, given: Input, model: PreparedModel) -> None:
    """Refuse everything that is wrong with columns, of the input and of the output, at once."""
    output, table = config.output, parse_table_name(config.output.table)

    def fits_the_table() -> None:
        named = {*output.keys, *output.passthrough} <= set(given.columns)
        if named and table_exists(spark, table):
            require_columns(spark, table, output_schema(given, output, model.result_type))

    checks: list[Callable[[], object]] = [
        lambda: require_present(output.keys, given.frame, "key"),
        lambda: require_present(output.passthrough, given.frame, "passthrough"),
        lambda: plan_inputs(model.signature, given.columns, config.input.columns),
        lambda: require_distinct(output),
        fits_the_table,
    ]
    problems: list[str] = []
    for check in checks:
        try:
            check()
        except SchemaError as error:
            problems.extend(error.problems)
    if problems:
        raise SchemaError(f"{given.table or 'the DataFrame'} cannot be scored by {model.spec.model}", problems)


def _require_whole(rows: int, commit: Commit) -> None:
    done = commit.rows_scored + commit.rows_failed
    if rows != done:
        problem = f"{rows} rows went in, {done} came out: the input gives other rows each time it is read"
        raise DataError("rows lost or doubled", [problem])


def _log(registry: Registry, run: ScoringRun) -> None:
    counts = {"rows_in": run.rows_in, "rows_scored": run.rows_scored, "rows_failed": run.rows_failed}
    told = {name: value for name, value in asdict(run).items() if name not in counts and value is not None}
    log_run(registry, f"score {run.model_name} version {run.model_version}", params=told, metrics=counts)
