"""Faster forms of models, taken where the rows are worth the check that they predict the same."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from spark_models import flavors
from spark_models.core.identifiers import derived_id
from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.acceleration.admission import Admission, accelerated
from spark_models.flavors.acceleration.loading import COMPILED
from spark_models.registry.files import ModelFiles
from spark_models.registry.fluent import quiet
from spark_models.steps.admission import loaded

KEPT_ADMISSIONS = 64
# The check of a pipeline takes half a second, which is what folding saves on some hundred thousand rows; compiling a
# hundred trees takes two, and the check of every split three more.
ROWS_WORTH_FOLDING, ROWS_WORTH_COMPILING = 200_000, 1_000_000


@dataclass(frozen=True)
class Accelerated:
    """How a model is loaded by workers: ``spec``, the compiled form's file if there is one, and the reason for it."""

    spec: PredictorSpec
    reason: str
    compiled: Path | None = None


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
    found = _admission(_Candidate(replace(spec, model=""), rows >= ROWS_WORTH_COMPILING, spec.model, files))
    compiled = _compiled_file(replace(spec, model="")) if found.form == COMPILED else None
    return Accelerated(replace(spec, acceleration=found.form), found.reason, compiled)


@dataclass(frozen=True)
class _Candidate:
    """A model to be checked: the same as any other of the same files that is called in the same way."""

    spec: PredictorSpec
    may_compile: bool
    name: str = field(compare=False)
    files: ModelFiles = field(compare=False)


@lru_cache(maxsize=KEPT_ADMISSIONS)
def _admission(candidate: _Candidate) -> Admission:
    files, spec = candidate.files, replace(candidate.spec, model=candidate.name)
    assert files.signature is not None
    with quiet():
        predictor = loaded(flavors.load, files.path, spec)
        return accelerated(
            predictor, files.signature, _compiled_file(candidate.spec) if candidate.may_compile else None
        )


def _compiled_file(spec: PredictorSpec) -> Path:
    return _folder() / f"{derived_id(digest=spec.digest, method=spec.method, params=spec.params)}.bin"


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="spark-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
