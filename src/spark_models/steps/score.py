"""Score: one model version or several over one input table, into a predictions table, in one pass and one commit."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from pyspark.sql import DataFrame, SparkSession

from spark_models import flavors
from spark_models.core.config import ScoreConfig
from spark_models.core.group_models import GroupKey
from spark_models.core.outcomes import Scoring
from spark_models.core.plan import Plan
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.tables import ScoringRun
from spark_models.errors import ConfigError, DataError
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import ModelFiles, registered_digest, verified_files
from spark_models.registry.resolve import resolve_all
from spark_models.registry.runs import log_run
from spark_models.spark.engines.choice import Chosen, choose
from spark_models.spark.engines.request import Request
from spark_models.spark.groups import placed
from spark_models.spark.inputs import Input, read_input
from spark_models.spark.predictions import commit_batches, present_batches, remove_batches, require_single_rows
from spark_models.spark.rows import append_rows, require_storable
from spark_models.spark.scored import scored_frame
from spark_models.spark.session import usable_session
from spark_models.spark.survey import Surveyed, survey, survey_groups
from spark_models.spark.tables import make_table, table_exists
from spark_models.spark.writes import Batch, Commit, Write, require_whole
from spark_models.spark.written import UnwritableError, commit_files, writable_folder, write_files
from spark_models.steps.attempt import Attempt, failure_recorded, succeeded
from spark_models.steps.batch_ids import batch_id_of
from spark_models.steps.columns import checked_columns
from spark_models.steps.groups import Group, groups_of
from spark_models.steps.lost_runs import lost_runs, require_whole_merges
from spark_models.steps.models import prepared_models
from spark_models.steps.no_groups import score_without_models
from spark_models.steps.prepare import PreparedModel

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Part:
    """One model's part of a job: all rows, or of group models those of its ``keys``."""

    attempt: Attempt
    batch: Batch
    keys: tuple[GroupKey, ...]


@dataclass(frozen=True)
class _Job:
    """What is known when all names are resolved, and before any work is done."""

    spark: SparkSession
    registry: Registry
    config: ScoreConfig
    given: Input
    table: TableName
    parts: tuple[_Part, ...]


def score(config: ScoreConfig, data: DataFrame | None = None, *, spark: SparkSession | None = None) -> Scoring:
    """Score the configured table, or ``data``, with one model version, or with several in one pass and one commit.

    With ``model_by`` each model scores the rows of its own keys, else each scores all of them; an input
    without rows then has no models, and is a batch of none. A batch
    that is in the predictions table already is skipped before any work is done, in append and in merge
    mode. Every other outcome, failure included, is a row in ``scoring_runs`` for each model.

    Returns:
        What came of the first model, and of the others; ``model_version`` is None if there is none.

    Raises:
        ConfigError: if the config does not fit the models or the input.
        RegistryError: if a model cannot be had.
        DigestError: if its files are not the registered ones.
        SchemaError: if columns do not fit a model or the output table.
        DataError: if rows cannot be keyed, or a model fails on them.
        SessionError: if Python lacks a library that a model needs.
    """
    spark = usable_session(spark, config.session)
    require_storable(spark, config.tables, {"scoring_runs": ScoringRun})
    attempts = [Attempt(config, uri) for uri in config.models]
    with failure_recorded(spark, config, attempts):
        job = _resolved(spark, config, data, attempts)
        done = _of_parts(job, attempts) if job.parts else [score_without_models(spark, config, job.given, attempts[0])]
    _record(job, [one.run for one in done if one.run is not None])
    return replace(done[0], others=tuple(done[1:]))


def _resolved(spark: SparkSession, config: ScoreConfig, data: DataFrame | None, attempts: list[Attempt]) -> _Job:
    """The model versions and the input's version: from here on, nobody looks at an alias or a table's latest again."""
    registry = connect(config.registry)
    table = parse_table_name(config.output.table)
    if config.model_by is not None:
        given = read_input(spark, config.input, data)
        groups = groups_of(registry, config, given)
        if not groups:
            return _Job(spark, registry, config, given, table, ())
        attempts[:] = [attempts[0].by(group.uri) for group in groups]
        _note_models(attempts, groups, table)
    else:
        found = resolve_all(registry, config.models, "model")
        groups = tuple(Group(model_version, uri, ()) for model_version, uri in zip(found, config.models, strict=True))
        _note_models(attempts, groups, table)
        if len({group.model_version for group in groups}) < len(groups):
            raise ConfigError("model", ["two of the URIs name the same version; leave one out"])
        given = read_input(spark, config.input, data)
    parts = [_part(config, registry, given, group, attempt) for group, attempt in zip(groups, attempts, strict=True)]
    return _Job(spark, registry, config, given, table, tuple(parts))


def _of_parts(job: _Job, attempts: list[Attempt]) -> list[Scoring]:
    """What came of each part, those among them whose batches were there already."""
    waiting = _waiting(job)
    there = {part.batch: part.attempt for part in job.parts if part not in waiting}
    # What is there already cannot fail any more.
    attempts[:] = [part.attempt for part in waiting]
    _record(job, lost_runs(job.spark, job.config, job.table, there))
    committed = _scored(job, waiting) if waiting else []
    runs = {part.batch: part.attempt.ended(status="succeeded") for part in committed}
    return [
        Scoring(part.batch.model_version, part.batch.batch_id, job.config.output.table, runs.get(part.batch))
        for part in job.parts
    ]


def _note_models(attempts: Sequence[Attempt], groups: Sequence[Group], table: TableName) -> None:
    for attempt, group in zip(attempts, groups, strict=True):
        attempt.note(model_name=group.model_version.name, model_version=group.model_version.version)
        # Absolute, whatever folder the job is run in: a merged batch is known again by it.
        attempt.note(output_table=str(table))


def _part(config: ScoreConfig, registry: Registry, given: Input, group: Group, attempt: Attempt) -> _Part:
    attempt.note(input_table=given.table, input_version=given.version)
    digest = registered_digest(registry, group.model_version)
    model = group.model_version.uri
    batch_id = batch_id_of(config, given, attempt, model=model, digest=digest, keys=group.keys)
    attempt.note(batch_id=batch_id, digest=digest)
    return _Part(attempt, Batch(group.model_version, batch_id), group.keys)


def _waiting(job: _Job) -> list[_Part]:
    """The parts whose batches are not in the table, and were not before others were merged over all of their rows."""
    if job.config.output.mode == "replace":
        return list(job.parts)
    present = present_batches(job.spark, job.table, [part.batch for part in job.parts])
    if job.config.output.mode == "merge":
        require_whole_merges(job.spark, job.config, job.table, present)
    waiting = [part for part in job.parts if part.batch not in present]
    recorded = _recorded(job, waiting) if waiting and job.config.output.mode == "merge" else frozenset()
    return [part for part in waiting if part.batch not in recorded]


def _recorded(job: _Job, parts: Sequence[_Part]) -> frozenset[Batch]:
    """The batches that were written to the table before, in this mode, by ``scoring_runs``; none without the table."""
    if not table_exists(job.spark, job.table):
        return frozenset()
    recorded = succeeded(job.spark, job.config, job.table, {part.batch.batch_id for part in parts})
    written = {(run.model_name, run.model_version, run.batch_id) for run in recorded}
    return frozenset(part.batch for part in parts if part.batch.key in written)


def _scored(job: _Job, parts: Sequence[_Part]) -> Sequence[_Part]:
    """Check all that can be wrong, then predict and commit; gives the parts that it was this job that committed."""
    spark, config, output = job.spark, job.config, job.config.output
    models = _prepared(job, parts)
    plans, schema = checked_columns(spark, config, job.given, models)
    given, surveyed = _surveyed(job, parts, plans)
    plans = tuple(plan.with_nulls(of_part.with_nulls) for plan, of_part in zip(plans, surveyed, strict=True))
    rows = tuple(of_part.rows for of_part in surveyed)
    for part, count in zip(parts, rows, strict=True):
        part.attempt.note(rows_in=count)
    if not any(rows) and output.mode == "append" and _recorded(job, parts) >= {part.batch for part in parts}:
        return []
    if config.acceleration == "auto":
        models = [_accelerated(*each) for each in zip(models, parts, rows, strict=True)]
    write = _write(job, parts, rows)
    make_table(spark, job.table, schema)
    if output.mode == "merge":
        require_single_rows(spark, write, given.frame)
    tasks = tuple(
        model.task(spark, plan, records_errors=write.records_errors) for model, plan in zip(models, plans, strict=True)
    )
    carried = (*output.keys, *output.passthrough)
    request = Request(given, carried, tasks, output.prediction, models[0].result_type)
    chosen = choose(spark, config.engine, request)
    commits = _committed(job, parts, write, request, chosen)
    if commits is None:
        return []
    if output.mode != "merge":
        _require_whole_or_nothing(job, write, commits)
    for part, commit in zip(parts, commits, strict=True):
        part.attempt.note(output_version=commit.version, rows_scored=commit.rows_scored, rows_failed=commit.rows_failed)
    # What was merged cannot be taken out again; its row, failed and with a version, keeps others from skipping it.
    require_whole(write, commits)
    return parts


def _require_whole_or_nothing(job: _Job, write: Write, commits: Sequence[Commit]) -> None:
    """Take batches that are not whole out again, or the next run would find them there and skip them."""
    try:
        require_whole(write, commits)
    except DataError:
        remove_batches(job.spark, write)
        raise


def _committed(
    job: _Job, parts: Sequence[_Part], write: Write, request: Request, chosen: Chosen
) -> tuple[Commit, ...] | None:
    """Predict and commit, by files that workers write where that is the same."""
    spark, folder = job.spark, None
    try:
        folder = writable_folder(spark, write, chosen.engine) if job.config.writer == "auto" else None
        writer = "workers write the predictions" if folder else "Spark writes the predictions, as configured"
    except UnwritableError as error:
        writer = f"Spark writes the predictions: {error}"
    reason = f"{chosen.reason}; {writer}"
    _logger.info("%s into %s: engine %s: %s", job.given, job.table, chosen.engine, reason)
    for part in parts:
        part.attempt.note(engine=chosen.engine, engine_reason=reason)
    if folder is None:
        return commit_batches(spark, write, scored_frame(chosen.scored(spark, request), job.config.output, write))
    return commit_files(write, write_files(spark, chosen, request, write, folder))


def _surveyed(job: _Job, parts: Sequence[_Part], plans: Sequence[Plan]) -> tuple[Input, Sequence[Surveyed]]:
    """The rows that these parts are for, and what was seen of those of each."""
    keys, unique = job.config.output.keys, job.config.output.mode == "merge"
    if job.config.model_by is None:
        return job.given, [survey(job.given, keys, plans, unique=unique)] * len(parts)
    places = {key: place for place, part in enumerate(parts) for key in part.keys}
    given = placed(job.given, job.config.model_by, places)
    return given, survey_groups(given, keys, plans, unique=unique)


def _prepared(job: _Job, parts: Sequence[_Part]) -> Sequence[PreparedModel]:
    models = prepared_models(job.config, job.given, [(part.batch.model_version, _files(job, part)) for part in parts])
    for part, model in zip(parts, models, strict=True):
        part.attempt.note(predictor=flavors.predicting_flavor(model.spec.flavor), predictor_reason=model.reason)
    return models


def _files(job: _Job, part: _Part) -> ModelFiles:
    files = verified_files(job.registry, part.batch.model_version)
    part.attempt.note(digest=files.digest, predictor=flavors.predicting_flavor(files.flavor))
    return files


def _accelerated(model: PreparedModel, part: _Part, rows: int) -> PreparedModel:
    faster = model.accelerated(rows)
    part.attempt.note(acceleration=faster.spec.acceleration or None, predictor_reason=faster.reason)
    return faster


def _write(job: _Job, parts: Sequence[_Part], rows: tuple[int, ...]) -> Write:
    output, run = job.config.output, parts[0].attempt.run
    batches = tuple(part.batch for part in parts)
    records_errors = job.config.on_row_error == "record"
    return Write(job.table, batches, output.mode, output.keys, rows, run.started_at, run.run_id, records_errors)


def _record(job: _Job, runs: Sequence[ScoringRun]) -> None:
    if runs:
        append_rows(job.spark, job.config.tables.table("scoring_runs"), runs)
    for run in runs:
        _log(job.registry, run)


def _log(registry: Registry, run: ScoringRun) -> None:
    counts = {"rows_in": run.rows_in, "rows_scored": run.rows_scored, "rows_failed": run.rows_failed}
    told = {name: value for name, value in asdict(run).items() if name not in counts and value is not None}
    subject = run.model_uri if run.model_name is None else f"{run.model_name} version {run.model_version}"
    log_run(registry, f"score {subject}", params=told, metrics=counts)
