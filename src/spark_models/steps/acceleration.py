"""Faster forms of models, taken where the rows are worth the check that they predict the same."""

import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.acceleration.admission import Admission, accelerated
from spark_models.registry.files import ModelFiles
from spark_models.registry.fluent import quiet
from spark_models.spark.own_folder import own_folder
from spark_models.steps.admission import Candidate, candidate_of, loaded

KEPT_ADMISSIONS = 64
# The check of a pipeline takes some tenths of a second, which is what folding saves on some hundred thousand rows.
# Compiling a hundred trees and the check of every split take one, five hundred trees eight, which save as much more.
ROWS_WORTH_FOLDING, ROWS_WORTH_COMPILING = 200_000, 1_000_000


@dataclass(frozen=True)
class Accelerated:
    """How a model is loaded by workers: ``spec``, the faster form's file if there is one, and the reason for it."""

    spec: PredictorSpec
    reason: str
    file: Path | None = None


def accelerate(files: ModelFiles, spec: PredictorSpec, rows: int) -> Accelerated:
    """The faster form of a model, if there is one, it is worth it for so many rows, and it was seen to agree.

    The check is made once in a process for each model and method.

    Raises:
        SessionError: if a library that the model needs is missing.
    """
    if spec.flavor not in flavors.NATIVE:
        return Accelerated(spec, "pyfunc has no faster form")
    if rows < ROWS_WORTH_FOLDING:
        return Accelerated(spec, "for so few rows the check of a faster form would take longer than it saves")
    found, file = _admission(candidate_of(files, spec), compiles=rows >= ROWS_WORTH_COMPILING)
    return Accelerated(replace(spec, acceleration=found.form), found.reason, file if found.form else None)


@lru_cache(maxsize=KEPT_ADMISSIONS)
def _admission(candidate: Candidate, *, compiles: bool) -> tuple[Admission, Path]:
    """The decision, and where the form is: in a file of its own, since other threads may decide on the same model."""
    file = Path(tempfile.mkdtemp(dir=own_folder())) / "form.bin"
    files = candidate.files
    assert files.signature is not None
    with quiet():
        own = loaded(flavors.load, files.path, candidate.named_spec)
        return accelerated(own, files.signature, file, compiles=compiles), file
