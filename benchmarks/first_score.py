"""What the first score of a process costs on top where a model has a faster form: finding it, and checking it.

    .venv/bin/python benchmarks/first_score.py --models lightgbm_100

Later scores of the process have the form already. Each measurement is made by a process of its own, in seconds of the
processor: one thread does all of it.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import page
from models import fitted

from spark_models.core.signature import Field, Signature
from spark_models.flavors.acceleration import admission
from spark_models.flavors.acceleration.compiled import compile_booster
from spark_models.flavors.acceleration.loading import COMPILED
from spark_models.flavors.predictor import Predictor

MODELS = ("logistic", "one_hot", "lightgbm_100", "lightgbm_500")


def measured(name: str) -> tuple[str, float, float]:
    """The form that was admitted, and the seconds that compiling took, and everything else.

    Raises:
        RuntimeError: if none was.
    """
    warnings.simplefilter("ignore")
    model, sample = fitted(name)
    types = ("double" if dtype.kind == "f" else "string" for dtype in sample.dtypes)
    signature = Signature(tuple(Field(column, kind) for column, kind in zip(sample.columns, types, strict=True)))
    compiling = 0.0

    def compile_timed(booster: Any, file: Path) -> str | None:
        nonlocal compiling
        begun = time.process_time()
        reason = compile_booster(booster, file)
        compiling = time.process_time() - begun
        return reason

    with tempfile.TemporaryDirectory() as folder, patch.object(admission, "compile_booster", compile_timed):
        started = time.process_time()
        found = admission.accelerated(
            Predictor("", model.predict, model), signature, Path(folder) / "form.bin", compiles=True
        )
        seconds = time.process_time() - started
    if not found.form:
        raise RuntimeError(found.reason)
    return found.form, compiling, seconds - compiling


def table(names: Sequence[str], rounds: int) -> str:
    """Markdown: for each model the medians."""
    lines = ["| model | form | compiling | checking |", "|---|---|---|---|"]
    for name in names:
        # A process for each: the first one of a process also imports what compiles.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
            forms, *seconds = zip(*pool.map(measured, [name] * rounds), strict=True)
        cells = [f"{statistics.median(each):.1f} s" for each in seconds]
        lines.append(f"| {name} | {forms[0]} | {cells[0] if forms[0] == COMPILED else ''} | {cells[1]} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with ``--write`` put the results into the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default=",".join(MODELS), help="a list, with commas")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    given = parser.parse_args()
    text = f"Medians of {given.rounds} processes.\n\n{table(given.models.split(','), given.rounds)}"
    text = f"{text}\n\n{page.circumstances()}"
    if given.write:
        page.put("first score", text)
    print(f"\n{text}")


if __name__ == "__main__":
    main()
