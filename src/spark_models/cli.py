"""The command line: parses, calls one step, prints. The single place where errors become exit codes."""

import json
import math
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from spark_models.core.config import JobConfig
from spark_models.core.config.load import load_config
from spark_models.errors import EXIT_CODES, ProblemsError, SparkModelsError
from spark_models.report.quiet import quiet_libraries

_EXIT_CODES = "Exit codes:\n\n" + "\n\n".join(f"{code}: {meaning}" for code, meaning in EXIT_CODES.items())

app = typer.Typer(
    name="spark-models",
    help="The batch life of a registered model on Spark and Delta: register, score, compare, promote.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="A YAML file; conf/ has one for each verb, with every key.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", "-s", help="key=value over the file's, as output.mode=merge; repeatable.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Form = Literal["text", "md", "json"]
Format = Annotated[
    Form, typer.Option("--format", help="text for a terminal, md (Markdown) for a pull request, or json for machines.")
]


def _examples(*lines: str) -> str:
    return "Examples:\n\n" + "\n\n".join(map(escape, lines))


@app.command(
    epilog=_examples(
        "spark-models register --config conf/register.yaml --set source=runs:/RUN_ID/model",
        "spark-models register -c conf/register.yaml -s source=./saved_model -s 'aliases=[challenger]'",
    )
)
def register(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Register a model that predicts its own input example; the same files give the same version."""
    _run("register", config, set_, _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models score --config conf/score.yaml",
        "spark-models score -c conf/score.yaml -s model=models:/flight_delay/2 -s output.mode=replace",
    )
)
def score(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Score a table with one model version, in one commit; a batch that is there is skipped."""
    _run("score", config, set_, _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models compare --config conf/compare.yaml",
        "spark-models compare -c conf/compare.yaml -s 'slices=[carrier]' --json",
        "spark-models compare -c conf/compare.yaml --report demo/report.html --format md",
    )
)
def compare(
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help="Write the report, one HTML file, there.")
    ] = None,
    form: Format = "text",
) -> None:
    """Compare versions on the rows that all of them scored."""
    given = [f"report={json.dumps(report)}"] if report is not None else []
    _run("compare", config, [*(set_ or []), *given], "json" if as_json else form)


@app.command(
    epilog=_examples(
        "spark-models drift --config conf/drift.yaml",
        "spark-models drift -c conf/drift.yaml -s versions.candidate=models:/flight_delay/3 --json",
    )
)
def drift(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Measure how far two versions' predictions, or two windows of a table, are apart."""
    _run("drift", config, set_, _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models promote --config conf/promote.yaml",
        "spark-models promote -c conf/promote.yaml --force --reason 'the old one is wrong about 2013'",
    )
)
def promote(
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Promote against the gate; needs --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the alias's history.")] = None,
) -> None:
    """Move an alias to a version if a stored comparison passes the gate."""
    given = [*(["force=true"] if force else []), *([f"reason={json.dumps(reason)}"] if reason is not None else [])]
    _run("promote", config, [*(set_ or []), *given], _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models rollback --config conf/rollback.yaml",
        "spark-models rollback -c conf/rollback.yaml -s from_version=2 -s 'reason=late flights missed'",
    )
)
def rollback(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Give an alias back to the version that held it before."""
    _run("rollback", config, set_, _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models card --config conf/card.yaml",
        "spark-models card models:/flight_delay/2 -s registry.tracking_uri=sqlite:///mlflow.db",
    )
)
def card(
    model: Annotated[str | None, typer.Argument(help="Model URI; by default the config's.")] = None,
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one model version."""
    _run("card", config, [*(set_ or []), *([f"model={model}"] if model else [])], _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models history --config conf/history.yaml",
        "spark-models history flight_delay -s tables.location=lake/ops --json",
    )
)
def history(
    name: Annotated[str | None, typer.Argument(help="Registered model; by default the config's.")] = None,
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Show who held an alias, from when to when, and why."""
    _run("history", config, [*(set_ or []), *([f"name={name}"] if name else [])], _form(as_json))


@app.command(
    epilog=_examples(
        "spark-models report --config conf/report.yaml",
        "spark-models report flight_delay --file report.html -s tables.location=lake/ops --format md",
    )
)
def report(  # noqa: PLR0913, PLR0917  # typer makes options from arguments
    name: Annotated[str | None, typer.Argument(help="Registered model; by default the config's.")] = None,
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
    file: Annotated[str | None, typer.Option("--file", help="The HTML file to write; by default the config's.")] = None,
    form: Format = "text",
) -> None:
    """Write a model's cards and comparisons as one HTML file to look at."""
    given = [f"{key}={json.dumps(value)}" for key, value in (("name", name), ("file", file)) if value is not None]
    _run("report", config, [*(set_ or []), *given], "json" if as_json else form)


@app.command(
    epilog=_examples(
        "spark-models versions --config conf/versions.yaml",
        "spark-models versions flight_delay --where \"metrics.auc > 0.7 and tags.team = 'ops'\" --sort -metrics.auc",
        "spark-models versions flight_delay -s tables.location=lake/ops --trend computed.roc_auc",
    )
)
def versions(  # noqa: PLR0913, PLR0917  # an option each
    name: Annotated[str | None, typer.Argument(help="Registered model; by default the config's.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", "-w", help="What versions must meet, as in MLflow's search.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", help="Names with commas between; a minus before one is downwards.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Names with commas between; metrics.* is all metrics.")
    ] = None,
    trend: Annotated[str | None, typer.Option("--trend", help="A metric to show over time.")] = None,
    config: Config = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """List the versions of a model: filtered, sorted, with their metrics over time."""
    texts = {"name": name, "where": where, "trend": trend}
    lists = {"sort": sort, "columns": columns}
    given = {key: value for key, value in texts.items() if value} | {
        key: [value] for key, value in lists.items() if value
    }
    _run(
        "versions",
        config,
        [*(set_ or []), *(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in given.items())],
        _form(as_json),
    )


def main() -> None:
    """The ``spark-models`` command."""
    quiet_libraries()
    app()


def run_job(verb: str) -> None:
    """A spark-submit job: the verb with the options of the command line."""
    quiet_libraries()
    app([verb, *sys.argv[1:]])


def _form(as_json: bool) -> Form:
    return "json" if as_json else "text"


def _run(verb: str, file: Path | None, settings: list[str] | None, form: Form) -> None:
    """Read the config, run the step, print its result; leave with the error's exit code if it fails."""
    # A descriptor of its own: while the JVM starts, stderr itself is the log file.
    with os.fdopen(os.dup(2), "w") as screen:
        code = _exit_code(verb, file, settings or [], form, Console(file=screen))
    if code:
        raise typer.Exit(code)


def _exit_code(verb: str, file: Path | None, settings: list[str], form: Form, errors: Console) -> int:
    config: JobConfig | None = None
    try:
        config = load_config(verb, file, settings)
        result = _stepped(verb, config, errors)
    except SparkModelsError as error:
        _show_error(error, errors, form == "json")
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last place before the user: a trace is for the log
        _show_unexpected(error, config, errors, form == "json")
        return SparkModelsError.exit_code
    _show(result, form)
    return 0


def _show(result: Any, form: Form) -> None:
    if form == "json":
        _print_json(_plain(result))
    elif form == "md":
        from spark_models.report.markdown import outcome_markdown

        print(outcome_markdown(result), end="")  # noqa: T201  # for a file: rich would wrap lines
    else:
        from spark_models.report.outcomes import outcome

        Console().print(outcome(result), soft_wrap=True)


def _stepped(verb: str, config: JobConfig, errors: Console) -> Any:
    from spark_models.report.progress import progress_bar
    from spark_models.spark.progress import reported_progress

    step: Callable[[Any], Any] = getattr(import_module(f"spark_models.steps.{verb}"), verb)
    with progress_bar(errors, verb) as report, reported_progress(report):
        return step(config)


def _show_error(error: SparkModelsError, console: Console, as_json: bool) -> None:
    notes: list[str] = getattr(error, "__notes__", [])
    if as_json:
        parts = {"subject": error.subject, "problems": error.problems} if isinstance(error, ProblemsError) else {}
        told = {"error": type(error).__name__, "exit_code": error.exit_code, "message": str(error), **parts}
        _print_json(told | {"notes": notes})
        return
    console.print(Text("error: ", style="bold red") + Text(str(error)), soft_wrap=True)
    for note in notes:
        console.print(Text(note), soft_wrap=True)


def _show_unexpected(error: Exception, config: JobConfig | None, console: Console, as_json: bool) -> None:
    session = getattr(config, "session", None)
    log = Path(session.log_file if session else "spark-models.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    # Not its message, which may hold values from rows.
    name, message = type(error).__name__, f"the trace is in {log}"
    if as_json:
        _print_json({"error": name, "exit_code": SparkModelsError.exit_code, "message": message})
    else:
        console.print(Text("unexpected: ", style="bold red") + Text(f"{name}; {message}"), soft_wrap=True)


def _print_json(told: Any) -> None:
    print(json.dumps(told, indent=2, allow_nan=False))  # noqa: T201  # for machines: rich would wrap lines


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):  # JSON has neither NaN nor infinity
        return None
    return value.isoformat() if isinstance(value, datetime) else value
