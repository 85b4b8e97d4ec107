"""The verbs of the command line, with their options and examples."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from spark_models.cli.options import AsJson, Config, Format, Set, with_given
from spark_models.cli.running import run
from spark_models.cli.usage import Verbs
from spark_models.errors import EXIT_CODES
from spark_models.report.quiet import quiet_libraries

_EXIT_CODES = "Exit codes:\n\n" + "\n\n".join(f"{code}: {meaning}" for code, meaning in EXIT_CODES.items())

app = typer.Typer(
    name="spark-models",
    cls=Verbs,
    help="The batch life of a registered model on Spark and Delta: register, score, compare, promote.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _examples(*lines: str) -> str:
    """The end of a verb's help: its examples, and what its exit codes say."""
    return "\n\n".join(["Examples:", *map(escape, lines), _EXIT_CODES])


@app.command(
    epilog=_examples(
        "spark-models register --config conf/register.yaml --set source=runs:/RUN_ID/model",
        "spark-models register -c conf/register.yaml -s source=./saved_model -s 'aliases=[challenger]'",
    )
)
def register(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Register a model that predicts its own input example; the same files give the same version."""
    run("register", config, set_, as_json=as_json)


@app.command(
    epilog=_examples(
        "spark-models score --config conf/score.yaml",
        "spark-models score -c conf/score.yaml -s model=models:/flight_delay/2 -s output.mode=replace",
    )
)
def score(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Score a table with one model version, in one commit; a batch that is there is skipped."""
    run("score", config, set_, as_json=as_json)


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
    run("compare", config, with_given(set_, report=report), as_json=as_json, form=form)


@app.command(
    epilog=_examples(
        "spark-models drift --config conf/drift.yaml",
        "spark-models drift -c conf/drift.yaml -s versions.candidate=models:/flight_delay/3 --json",
    )
)
def drift(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Measure how far two versions' predictions, or two windows of a table, are apart."""
    run("drift", config, set_, as_json=as_json)


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
    run("promote", config, with_given(set_, force=force or None, reason=reason), as_json=as_json)


@app.command(
    epilog=_examples(
        "spark-models rollback --config conf/rollback.yaml",
        "spark-models rollback -c conf/rollback.yaml -s from_version=2 -s 'reason=late flights missed'",
    )
)
def rollback(config: Config = None, set_: Set = None, as_json: AsJson = False) -> None:
    """Give an alias back to the version that held it before."""
    run("rollback", config, set_, as_json=as_json)


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
    run("card", config, with_given(set_, model=model), as_json=as_json)


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
    run("history", config, with_given(set_, name=name), as_json=as_json)


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
    run("report", config, with_given(set_, name=name, file=file), as_json=as_json, form=form)


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
    lists = {"sort": [sort] if sort else None, "columns": [columns] if columns else None}
    texts = {"name": name or None, "where": where or None, "trend": trend or None}
    run("versions", config, with_given(set_, **texts, **lists), as_json=as_json)


def main() -> None:
    """The ``spark-models`` command."""
    quiet_libraries()
    app()


def run_job(verb: str) -> None:
    """A spark-submit job: the verb with the options of the command line."""
    quiet_libraries()
    app([verb, *sys.argv[1:]])
