"""The main job on real flights: two versions registered, scored, compared and promoted.

Run by ``make demo``, with the configs in ``conf/``; everything goes into the folder ``demo``. A
second run finds everything done.
"""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import spark_models as sm
from spark_models.report.outcomes import outcome
from spark_models.report.progress import progress_bar
from spark_models.report.quiet import quiet_libraries
from spark_models.spark.progress import reported_progress

NAME = "flight_delay"
FOLDER = Path("demo")
FLIGHTS = FOLDER / "lake" / "flights"
REPORT = FOLDER / "report.html"
TABLES = (
    "scoring_runs",
    "model_versions",
    "comparison_metrics",
    "comparison_diffs",
    "comparison_curves",
    "alias_history",
)
STORE = f"sqlite:///{FOLDER}/mlflow.db"
CONF = Path(__file__).parents[2] / "conf"


class Demo:
    """What the steps of the demo share: its screen, how long each step took, and whether anything changed."""

    def __init__(self) -> None:
        self.screen = Console(soft_wrap=True)
        self.seconds: list[tuple[str, float]] = []
        self.changed = False

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step with its bar and its time."""
        started = time.perf_counter()
        with progress_bar(self.screen, what) as report, reported_progress(report):
            yield
        took = time.perf_counter() - started
        self.seconds.append((what, took))
        self.screen.print(f"[bold]{what}[/bold] ({took:.1f} s)")

    def tell(self, result: object, *, changed: bool) -> None:
        """Print a step's result, and remember whether it changed anything."""
        self.changed |= changed
        self.screen.print(outcome(result))
        self.screen.print()


def config(verb: str, *settings: str) -> Any:
    """The verb's config from ``conf/``, with settings as ``--set`` takes them."""
    return sm.load_config(verb, CONF / f"{verb}.yaml", settings, {"MLFLOW_TRACKING_URI": STORE})


def main() -> None:
    """Run the demo in the folder ``demo``."""
    every = _every()
    demo = Demo()
    FOLDER.mkdir(exist_ok=True)
    quiet_libraries()
    demo.screen.print(f"Everything goes into the folder {FOLDER}/, Spark's log into {FOLDER}/spark.log\n")
    try:
        first, second = _registered(demo, *_trained(demo, every))
        _scored(demo, f"models:/{NAME}/{first}")
        _scored(demo, f"models:/{NAME}/{second}")
        _compared_and_promoted(demo, first, second)
        _scored(demo, f"models:/{NAME}@champion")
    except sm.SparkModelsError as error:
        demo.screen.print(f"error: {error}", markup=False)
        sys.exit(error.exit_code)
    _summary(demo)


def _every() -> int:
    parser = argparse.ArgumentParser(description="The main job on real flights, in the folder demo.")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="take every Nth flight only, for a quick look (8 does)"
    )
    given: int = parser.parse_args().every
    return given


def _trained(demo: Demo, every: int) -> tuple[str, str]:
    """The flights in Delta, and the URIs of the two logged models."""
    with demo.step("flights into Delta"):
        from data import write_flights

        # Spark makes a folder for tables by name, though there are none.
        warehouse = f"session.settings.spark.sql.warehouse.dir={FOLDER}/lake/warehouse"
        spark = sm.get_session(config("score", warehouse).session)
        written = write_flights(spark, FLIGHTS, every)
    demo.screen.print(f"{FLIGHTS}: {f'{written:,} rows' if written else 'already there'}\n")

    with demo.step("two models trained on January to September"):
        from train import BOOSTED, LOGISTIC, experiment_in, trained

        experiment_in(FOLDER, STORE, config("score").registry.experiment)
        experiment = experiment_in(FOLDER, STORE, "flights")
        models = [trained(recipe, spark, FLIGHTS, experiment) for recipe in (LOGISTIC, BOOSTED)]
    for uri, new in models:
        demo.screen.print(f"{uri}{'' if new else ': already logged'}")
    demo.screen.print()
    demo.changed |= written > 0 or any(new for _, new in models)
    return models[0][0], models[1][0]


def _registered(demo: Demo, first: str, second: str) -> tuple[int, int]:
    """The two versions' numbers: the first becomes champion, the second challenger."""
    versions = []
    for source, alias in ((first, "champion"), (second, "challenger")):
        with demo.step(f"register {NAME} as {alias}"):
            result = sm.register(config("register", f"source={source}", f"aliases=[{alias}]"))
        demo.tell(result, changed=result.created)
        versions.append(result.model_version.version)
    return versions[0], versions[1]


def _scored(demo: Demo, model: str) -> None:
    with demo.step(f"score October to December with {model}"):
        result = sm.score(config("score", f"model={model}"))
    demo.tell(result, changed=not result.skipped)


def _compared_and_promoted(demo: Demo, first: int, second: int) -> None:
    # By number: after the promotion both aliases name version 2, and a second run should find this comparison.
    challenger, champion = f"models:/{NAME}/{second}", f"models:/{NAME}/{first}"
    with demo.step("compare the challenger with the champion"):
        settings = (f"candidates=[{challenger}]", f"baseline={champion}", f"report={REPORT}")
        comparison = sm.compare(config("compare", *settings))
    demo.tell(comparison, changed=not comparison.stored)
    with demo.step("promote the challenger if the gate passes"):
        promotion = sm.promote(config("promote", f"candidate={challenger}"))
    demo.tell(promotion, changed=promotion.moved)


def _summary(demo: Demo) -> None:
    """Where everything is, how long it took, and what to try next."""
    score, screen = config("score"), demo.screen
    tables = Table("table", "where", title="Delta tables", title_justify="left")
    tables.add_row("flights", score.input.table)
    tables.add_row("predictions", score.output.table)
    for name in TABLES:
        tables.add_row(name, f"{score.tables.location.removeprefix('./')}/{name}")
    times = Table("step", title="Time", title_justify="left")
    times.add_column("seconds", justify="right")
    for what, seconds in [*demo.seconds, ("in all", sum(seconds for _, seconds in demo.seconds))]:
        times.add_row(what, f"{seconds:.1f}")
    screen.print(tables, times, sep="\n")
    if not demo.changed:
        screen.print("Everything was done already; no table was changed.")
    screen.print(f"The comparison to look at, in a browser: {REPORT}")
    screen.print("Try next:")
    for line in _next_commands(f"{score.tables.location}/scoring_runs".removeprefix("./")):
        screen.print(f"  {line}", markup=False, highlight=False)


def _next_commands(runs: str) -> Iterator[str]:
    scripts = os.path.relpath(Path(sys.executable).parent)
    query = (
        "import deltalake, duckdb; "
        f'runs = deltalake.DeltaTable("{runs}").to_pyarrow_dataset(); '
        'print(duckdb.sql("from runs select model_version, rows_scored, status"))'
    )
    yield f"export MLFLOW_TRACKING_URI={STORE}"
    yield f"{scripts}/mlflow ui --workers 1 --backend-store-uri {STORE}"
    yield f"{scripts}/spark-models card models:/{NAME}@champion"
    yield f"{scripts}/spark-models history --config conf/history.yaml"
    yield f"{scripts}/spark-models versions {NAME} --sort -metrics.roc_auc --set tables.location=demo/lake/ops"
    yield f"{scripts}/spark-models compare --config conf/compare.yaml --set baseline=models:/{NAME}/1"
    yield f"{scripts}/spark-models rollback --config conf/rollback.yaml --set from_version=2 --set reason=why-not"
    yield f"{scripts}/python -c {shlex.quote(query)}"


if __name__ == "__main__":
    main()
