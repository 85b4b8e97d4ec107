"""Scoring from Delta to Delta: ours against MLflow's Spark UDF, a bare pandas UDF, and Polars in one process.

    .venv/bin/python benchmarks/scoring.py --rows 400000 --models logistic,lightgbm_100

All ways are run in turn, ``--rounds`` times after a warm-up, on the same table and the same cores, and must give the
same predictions. What is printed are ratios of wall time to MLflow's UDF in the same round: median, least and most.
The warm-up hides what a process does once for a model's faster form: ``first_score.py`` measures that.
"""

import argparse
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import chart
import deltalake
import mlflow
import numpy as np
import page
import polars as pl
from memory import Peak, peak_memory
from models import FAMILIES, MODELS, fitted, logged, make_rows
from pyspark.sql import SparkSession
from ways import WAYS, Model, Task

import spark_models as sm

# Rows of a file, about as Spark would write them.
FILE_ROWS = 500_000
# With these MLflow's UDF takes half a minute and more: the other ways warm up on a table of so many rows, whereas ours
# compiles trees for large tables only.
HEAVY = frozenset({"xgboost_200", "forest_100", "lightgbm_500"})
WARM_UP_ROWS = 200_000


@dataclass
class Measured:
    """Seconds and memory, by what was scored and by which way."""

    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    memory: dict[tuple[str, str], Peak] = field(default_factory=dict)

    def ratios(self, name: str, way: str) -> tuple[float, float, float]:
        """How many times as fast as MLflow's UDF: least, median and most over the rounds."""
        rounds = zip(self.seconds[name, "mlflow"], self.seconds[name, way], strict=True)
        found = [theirs / ours for theirs, ours in rounds]
        return min(found), statistics.median(found), max(found)


def write_input(folder: Path, rows: int, start: int = 0) -> None:
    """The table to score; ``start`` rows are there already."""
    for first in range(start, rows, FILE_ROWS):
        part = make_rows(min(FILE_ROWS, rows - first), seed=first // FILE_ROWS)
        deltalake.write_deltalake(f"{folder}/input", part, mode="append")


def make_task(spark: SparkSession, folder: Path, name: str) -> Task:
    """The models of a family, or the one of that name, logged and registered."""
    task = Task(spark, folder, f"{folder}/input", ())
    return replace(task, models=tuple(_registered(task, member) for member in FAMILIES.get(name, (name,))))


def _registered(task: Task, name: str) -> Model:
    model, sample = fitted(name)
    sm.register(sm.RegisterConfig(source=logged(model, sample), name=name, registry=task.registry, tables=task.tables))
    return Model(name, model, tuple(sample.columns))


def measure(task: Task, name: str, rounds: int, measured: Measured) -> None:
    """Run all ways in turn, each into its table, the first time unmeasured; refuse results that differ."""
    outputs = {way: f"{task.folder}/{name}-{way}" for way in WAYS}
    for number in range(rounds + 1):
        night = replace(task, batch=f"night-{number}")
        for way, run in WAYS.items():
            is_short = not number and name in HEAVY and way != "spark-models"
            batch = replace(night, input=warm_up_input(task)) if is_short else night
            with peak_memory() as memory:
                started = time.perf_counter()
                run(batch, outputs[way])
                seconds = time.perf_counter() - started
            if number:
                measured.seconds.setdefault((name, way), []).append(seconds)
                measured.memory[name, way] = memory.result.most(measured.memory.get((name, way), Peak()))
            print(f"  {name}, {way}: {seconds:.2f} s{'' if number else ' (warm-up)'}", flush=True)
    require_equal(outputs, rounds)


def warm_up_input(task: Task) -> str:
    """A table like the task's input, of fewer rows, made when it is first asked for."""
    path = f"{task.folder}/warm-up"
    if not Path(path).exists():
        deltalake.write_deltalake(path, make_rows(WARM_UP_ROWS))
    return path


def require_equal(outputs: Mapping[str, str], rounds: int) -> None:
    """Refuse other predictions than MLflow's: equal, or 1e-12 apart where an accelerated form predicted."""
    keys = ["model_name", "batch_id", "id"]
    last = pl.col("batch_id") == f"night-{rounds}"
    ours = pl.scan_delta(outputs["spark-models"]).filter(last).select(*keys, "prediction").collect()
    for way in outputs.keys() - {"spark-models"}:
        theirs = pl.scan_delta(outputs[way]).filter(last).select(*keys, "prediction").collect()
        both = ours.join(theirs, on=keys, how="inner", validate="1:1", suffix="_theirs")
        assert len(ours) == len(theirs) == len(both), way
        np.testing.assert_allclose(both["prediction"], both["prediction_theirs"], rtol=1e-12, atol=0)


def table(measured: Measured, names: Sequence[str]) -> str:
    """Markdown: ratios and seconds of each way, and the most memory that was held."""
    memory = "peak memory, MLflow / ours, MiB: largest worker; driver; JVM"
    lines = ["| model | " + " | ".join(WAYS) + f" | {memory} |", "|---" * (len(WAYS) + 2) + "|"]
    for name in names:
        cells = [_cell(measured, name, way) for way in WAYS]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {_memory(measured, name)} |")
    return "\n".join(lines)


def _cell(measured: Measured, name: str, way: str) -> str:
    least, median, most = measured.ratios(name, way)
    seconds = f"{statistics.median(measured.seconds[name, way]):.1f} s"
    return seconds if way == "mlflow" else f"**{median:.1f}x** ({least:.1f} to {most:.1f}), {seconds}"


def _memory(measured: Measured, name: str) -> str:
    theirs, ours = measured.memory[name, "mlflow"], measured.memory[name, "spark-models"]
    pairs = ((theirs.workers, ours.workers), (theirs.driver, ours.driver), (theirs.jvm, ours.jvm))
    return "; ".join(" / ".join(f"{size / 2**20:.0f}" for size in pair) for pair in pairs)


def main() -> None:
    """Measure, print, and with ``--write`` put the results into the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--models", default=",".join((*MODELS, *FAMILIES)), help="a list, with commas")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--write", action="store_true", help="put table and chart into docs/")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    measured, names, done = Measured(), given.models.split(","), list[str]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spark = sm.get_session(sm.SessionConfig(master=given.master, log_file=f"{folder}/spark.log"))
        use_store(folder)
        write_input(folder, given.rows)
        for name in names:
            measure(make_task(spark, folder, name), name, given.rounds, measured)
            done.append(name)
            text = told(measured, done, f"{given.rows:,} rows, {given.master}")
            if given.write:
                show(measured, done, text)
        spark.stop()
    print(f"\n{text}")


def told(measured: Measured, names: Sequence[str], what: str) -> str:
    """All that was measured, as Markdown."""
    how = f"{what}; times as fast as mlflow.pyfunc.spark_udf: median (least to most)."
    return f"{how}\n\n{table(measured, names)}\n\n{page.circumstances()}"


def show(measured: Measured, names: Sequence[str], text: str) -> None:
    """Put table and chart into the docs, after each model: the whole takes a while."""
    page.put("scoring", text)
    ratios = {name: {way: measured.ratios(name, way) for way in chart.COLOURS} for name in names}
    chart.draw(page.DOCS / "performance.svg", ratios)


def use_store(folder: Path) -> None:
    """MLflow's store in a folder."""
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("bench", artifact_location=f"{folder}/artifacts")
    mlflow.set_experiment("bench")


if __name__ == "__main__":
    main()
