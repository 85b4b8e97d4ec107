"""Compare versions on many rows: the compare step, the same metrics by pandas and scikit-learn, and MLflow's evaluate.

.venv/bin/python benchmarks/comparing.py --rows 1000000 --versions 3

Each way runs in a process of its own, from the two Delta tables to all figures; a Spark session, and what is imported,
are there before the clock starts. Growth is measured for the compare step alone.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import page
from comparing_tables import write_labels, write_predictions, write_versions
from comparing_ways import WAYS, Figures, Work
from memory import peak_memory

import spark_models as sm

MIB = 2**20
# What pandas and scikit-learn compute as the compare step defines it.
RELATIVE = 1e-9


@dataclass(frozen=True)
class Ran:
    """How long a way took, and the most memory, in MiB: of its process, of the largest worker, and of the JVM."""

    seconds: float
    driver: float
    worker: float
    jvm: float


def main() -> None:
    """Measure, print, and with ``--write`` put the tables into the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--versions", type=int, default=3)
    parser.add_argument("--ways", default=",".join(WAYS), help="a list, with commas")
    parser.add_argument("--growth", action="store_true", help="the compare step alone: more rows, and more versions")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.one[0], Path(given.one[1]), given.versions)
        return
    with tempfile.TemporaryDirectory() as place:
        if given.growth:
            part, text = "comparing more", growth(Path(place), given.rows)
        else:
            part, text = "comparing", told(Path(place), given.rows, given.versions, given.ways.split(","))
    text = f"{text}\n\n{page.circumstances()}"
    print(f"\n{text}")
    if given.write:
        page.put(part, text)


def told(place: Path, rows: int, versions: int, ways: Sequence[str]) -> str:
    """Each way on the same tables, as Markdown."""
    folder = tables(place, rows, versions)
    ran = {way: measured(way, folder, versions) for way in ways}
    if {"spark-models", "pandas"} <= set(ran):
        require_equal(folder)
    ours = ran["spark-models"].seconds if "spark-models" in ran else None
    lines = [
        f"{rows:,} rows, {versions} versions, binary, 12 slices; local[2].",
        "",
        "| way | seconds | times ours | peak memory, MiB: process; largest worker; JVM |",
        "|---|---|---|---|",
    ]
    for way, one in ran.items():
        ratio = "" if ours is None else f"{one.seconds / ours:.1f}"
        lines.append(f"| {way} | {one.seconds:.1f} | {ratio} | {one.driver:.0f}; {one.worker:.0f}; {one.jvm:.0f} |")
    return "\n".join(lines)


def growth(place: Path, rows: int) -> str:
    """The compare step on more rows, and with more versions, as Markdown."""
    lines = ["| rows | versions | seconds | peak memory, MiB: driver; largest worker; JVM |", "|---|---|---|---|"]
    for size, versions in ((rows // 4, 3), (rows // 2, 3), (rows, 3), (rows, 2), (rows, 10)):
        one = measured("spark-models", tables(place, size, max(versions, 3)), versions)
        lines.append(
            f"| {size:,} | {versions} | {one.seconds:.1f} | {one.driver:.0f}; {one.worker:.0f}; {one.jvm:.0f} |"
        )
    return "\n".join(lines)


def tables(place: Path, rows: int, versions: int) -> Path:
    """The folder with labels and predictions of at least so many versions."""
    folder = place / f"rows-{rows}"
    if not folder.exists():
        folder.mkdir()
        write_labels(folder, rows)
        write_versions(folder, 10)
    there = len(list(folder.glob("predictions/model_name=*/model_version=*")))
    for version in range(there + 1, versions + 1):
        write_predictions(folder, rows, version)
    return folder


def measured(way: str, folder: Path, versions: int) -> Ran:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--one", way, str(folder), "--versions", str(versions)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  # this very program
    ran = Ran(**json.loads(ended.stdout.splitlines()[-1]))
    print(f"  {folder.name}, {versions} versions, {way}: {ran.seconds:.1f} s", flush=True)
    return ran


def run_one(way: str, folder: Path, versions: int) -> None:
    """Run one way here; the last line printed is what was measured, and its figures are left in the folder."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    spark = None
    if way == "spark-models":
        spark = sm.get_session(sm.SessionConfig(master="local[2]", log_file=f"{folder}/spark.log"))
    registry = sm.RegistryConfig(tracking_uri=f"sqlite:///{folder}/mlflow.db", experiment="spark-models")
    work = Work(spark, folder, registry, tuple(range(1, versions + 1)))
    with peak_memory() as memory:
        started = time.perf_counter()
        figures = WAYS[way](work)
        seconds = time.perf_counter() - started
    rows = [[*key, dict(values)] for key, values in figures.items()]
    (folder / f"{way}.json").write_text(json.dumps(rows, default=float), encoding="utf-8")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(asdict(Ran(seconds, own / MIB, memory.result.workers / MIB, memory.result.jvm / MIB))))


def require_equal(folder: Path) -> None:
    """Refuse other figures than scikit-learn's, on all rows and on each slice."""
    ours, theirs = (_figures(folder / f"{way}.json") for way in ("spark-models", "pandas"))
    assert ours.keys() == theirs.keys()
    for key, values in theirs.items():
        names = sorted(values)
        found = [ours[key][name] for name in names]
        np.testing.assert_allclose(found, [values[name] for name in names], rtol=RELATIVE, err_msg=f"{key}: {names}")


def _figures(file: Path) -> Figures:
    rows: Sequence[tuple[str | None, str | None, int, Mapping[str, float]]] = json.loads(file.read_text("utf-8"))
    return {(column, value, version): dict(values) for column, value, version, values in rows}


if __name__ == "__main__":
    main()
