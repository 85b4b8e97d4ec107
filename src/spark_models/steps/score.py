"""Score: one model version over one input table, into a predictions table, in one commit."""

from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame, SparkSession

from spark_models import flavors
from spark_models.core.config import ScoreConfig
from spark_models.core.identifiers import derived_id
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Scoring
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import ScoringRun
from spark_models.errors import ConfigError, DataError
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import registered_digest, verified_files
from spark_models.registry.resolve import resolve
from spark_models.registry.runs import log_run
from spark_models.spark.engines.choice import choose
from spark_models.spark.engines.request import Request
from spark_models.spark.inputs import Input, read_input
from spark_models.spark.predictions import Batch, Commit, Write, batch_exists, commit_batch, require_single_rows
from spark_models.spark.rows import append_rows, read_rows
from spark_models.spark.scored import scored_frame
from spark_models.spark.session import get_session
from spark_models.spark.survey import survey
from spark_models.spark.tables import make_table, table_exists
from spark_models.steps.attempt import Attempt, failure_recorded
from spark_models.steps.columns import checked_columns
from spark_models.steps.prepare import Call, prepare


@dataclass(frozen=True)
class _Job:
    """What is known when all names are resolved, and before any work is done."""

    spark: SparkSession
    registry: Registry
    config: ScoreConfig
    attempt: Attempt
    given: Input
    batch: Batch


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
        SessionError: if Python lacks a library that the model needs.
    """
    spark = spark or get_session(config.session)
    attempt = Attempt(config)
    with failure_recorded(spark, config, attempt):
        job = _resolved(spark, config, data, attempt)
        commit = None if _is_done(job) else _scored(job)
    model_version, batch_id = job.batch.model_version, job.batch.batch_id
    if commit is None:
        return Scoring(model_version, batch_id, config.output.table, None)
    run = attempt.ended(status="succeeded")
    append_rows(spark, config.tables.table("scoring_runs"), [run])
    _log(job.registry, run)
    return Scoring(model_version, batch_id, config.output.table, run)


def _resolved(spark: SparkSession, config: ScoreConfig, data: DataFrame | None, attempt: Attempt) -> _Job:
    """The model version and the input's version: from here on, nobody looks at an alias or a table's latest again."""
    registry = connect(config.registry)
    model_version = resolve(registry, config.model)
    attempt.note(model_name=model_version.name, model_version=model_version.version)
    # Absolute, whatever folder the job is run in: a merged batch is known again by it.
    attempt.note(output_table=str(parse_table_name(config.output.table)))
    given = read_input(spark, config.input, data)
    attempt.note(input_table=given.table, input_version=given.version)
    digest = registered_digest(registry, model_version)
    batch_id = config.batch_id or _derived_batch_id(config, model_version, digest, given, attempt)
    attempt.note(batch_id=batch_id, digest=digest)
    return _Job(spark, registry, config, attempt, given, Batch(model_version, batch_id))


def _derived_batch_id(
    config: ScoreConfig, model_version: ModelVersion, digest: str | None, given: Input, attempt: Attempt
) -> str:
    """An id from all that the batch's predictions depend on."""
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


def _is_done(job: _Job) -> bool:
    """Whether the batch is in the predictions table, or was, and others have been merged over all of it."""
    output = job.config.output
    if output.mode == "replace":
        return False
    if batch_exists(job.spark, parse_table_name(output.table), job.batch):
        return True
    return output.mode == "merge" and _is_recorded(job)


def _is_recorded(job: _Job) -> bool:
    """Whether the table is there, and this batch was written to it before, in this mode, by ``scoring_runs``."""
    if not table_exists(job.spark, parse_table_name(job.config.output.table)):
        return False
    run = job.attempt.run
    recorded = read_rows(
        job.spark,
        job.config.tables.table("scoring_runs"),
        ScoringRun,
        status="succeeded",
        batch_id=run.batch_id,
        model_name=run.model_name,
        model_version=run.model_version,
        output_table=run.output_table,
        mode=run.mode,
    )
    return bool(recorded)


def _scored(job: _Job) -> Commit | None:
    """Check all that can be wrong, then predict and commit; None if another job was faster."""
    spark, config, attempt, output = job.spark, job.config, job.attempt, job.config.output
    files = verified_files(job.registry, job.batch.model_version)
    attempt.note(digest=files.digest, predictor=flavors.predicting_flavor(files.flavor))
    call = Call(config.method, config.params, None, config.result_type)
    model = prepare(job.batch.model_version, files, call, str(job.batch.model_version))
    attempt.note(predictor=flavors.predicting_flavor(model.spec.flavor), predictor_reason=model.fallback)
    plan, schema = checked_columns(spark, config, job.given, model)
    rows = survey(job.given, output.keys, plan, unique=output.mode == "merge")
    attempt.note(rows_in=rows)
    if rows == 0 and output.mode == "append" and _is_recorded(job):
        return None
    started = attempt.run.started_at
    table = parse_table_name(output.table)
    records_errors = config.on_row_error == "record"
    write = Write(table, job.batch, output.mode, output.keys, rows, started, attempt.run.run_id, records_errors)
    make_table(spark, table, schema)
    if output.mode == "merge":
        require_single_rows(spark, write, job.given.frame)
    task = model.task(spark, plan, records_errors=records_errors)
    request = Request(job.given, (*output.keys, *output.passthrough), (task,), output.prediction, model.result_type)
    chosen = choose(spark, config.engine, request)
    attempt.note(engine=chosen.engine, engine_reason=chosen.reason)
    commit = commit_batch(spark, write, scored_frame(chosen.scored(spark, request), output, write))
    if commit is not None:
        attempt.note(output_version=commit.version, rows_scored=commit.rows_scored, rows_failed=commit.rows_failed)
        _require_whole(rows, commit)
    return commit


def _require_whole(rows: int, commit: Commit) -> None:
    done = commit.rows_scored + commit.rows_failed
    if rows != done:
        problem = f"{rows} rows went in, {done} came out: the input gives other rows each time it is read"
        advice = "write the input to a table, and score that; output.mode=replace writes this batch again"
        raise DataError("rows lost or doubled", [problem, advice])


def _log(registry: Registry, run: ScoringRun) -> None:
    counts = {"rows_in": run.rows_in, "rows_scored": run.rows_scored, "rows_failed": run.rows_failed}
    told = {name: value for name, value in asdict(run).items() if name not in counts and value is not None}
    log_run(registry, f"score {run.model_name} version {run.model_version}", params=told, metrics=counts)
