"""Workers without Spark: a fresh Python that loads models, and predictors made of functions."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec

_PROGRAM = """
import json, pathlib, sys
import numpy, pandas
from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
for folder, flavor, settings in zip(*[iter(sys.argv[1:])] * 3):
    spec = PredictorSpec('late', '0', flavor, settings=settings)
    predicted = flavors.load(pathlib.Path(folder), spec).predict({rows})
    print({asked})
"""


class Model:
    """A predictor made of a function."""

    def __init__(self, predict: Callable[[Any], Any], *, only_reads: bool = False) -> None:
        self.predict = predict
        self.only_reads = only_reads


def in_a_fresh_python(models: Sequence[tuple[Path, PredictorSpec]], rows: str, asked: str) -> list[str]:
    """What is told after each of the models was loaded and has predicted ``rows``; both are Python expressions."""
    arguments = [text for folder, spec in models for text in (str(folder), spec.flavor, spec.settings)]
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM.format(rows=rows, asked=asked), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def imported(*modules: str) -> str:
    """The expression for those of the modules that are imported by now."""
    return f"[name for name in {modules!r} if name in sys.modules]"
