"""Which predictor scores a model: the native one where it was seen to do what pyfunc does, else pyfunc."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.core.requirements import differing_versions
from spark_models.errors import SessionError, SparkModelsError
from spark_models.flavors import pyfunc
from spark_models.flavors.example_rows import batches_to_try
from spark_models.flavors.parity import Parity, parity
from spark_models.flavors.predictor import Predictor
from spark_models.registry.examples import input_example
from spark_models.registry.files import ModelFiles
from spark_models.registry.fluent import quiet

KEPT_VERDICTS = 64


def admitted(files: ModelFiles, spec: PredictorSpec) -> tuple[PredictorSpec, str | None]:
    """The spec to score by, and why it is pyfunc's for a flavor that has a predictor of its own; None if it is not.

    A model's files are checked once in a process. Methods other than ``predict`` have no counterpart in pyfunc, and
    are the library's own.

    Raises:
        ConfigError: if the model does not take the parameters.
        SessionError: if a library that the model needs is missing.
    """
    if spec.flavor not in flavors.NATIVE or spec.method != "predict":
        return spec, None
    verdict = _verdict(candidate_of(files, spec))
    return (spec, None) if verdict.agrees else (replace(spec, flavor="pyfunc"), verdict.reason)


@dataclass(frozen=True)
class Candidate:
    """A model to be checked: the same as any other of the same files that is called in the same way."""

    spec: PredictorSpec
    name: str = field(compare=False)
    files: ModelFiles = field(compare=False)

    @property
    def named_spec(self) -> PredictorSpec:
        """The spec with the model's name, for messages."""
        return replace(self.spec, model=self.name)


def candidate_of(files: ModelFiles, spec: PredictorSpec) -> Candidate:
    """The model, by what it is and not by its name."""
    return Candidate(replace(spec, model=""), spec.model, files)


@lru_cache(maxsize=KEPT_VERDICTS)
def _verdict(candidate: Candidate) -> Parity:
    files, spec = candidate.files, candidate.named_spec
    assert files.signature is not None
    with quiet():
        try:
            native = loaded(flavors.load, files.path, spec)
            batches = list(batches_to_try(files.signature, input_example(files)))
        except SparkModelsError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever is wrong here, pyfunc may do without
            return Parity("; ".join([f"it cannot be tried: {type(error).__name__}", *_differing(spec)]))
        return parity(native, loaded(pyfunc.load_unenforced, files.path, spec), batches)


def loaded(load: Callable[[Path, PredictorSpec], Predictor], folder: Path, spec: PredictorSpec) -> Predictor:
    """The predictor, which is made as in a worker.

    Raises:
        ConfigError: if the model does not have the method, or does not take the parameters.
        SessionError: if a library that the model needs is missing.
    """
    try:
        return load(folder, spec)
    except ModuleNotFoundError as error:
        problem = f"this Python has no module {error.name!r}: install the model's requirements, here and on the workers"
        raise SessionError(f"{spec.model} ({spec.flavor})", [problem, *_differing(spec)]) from error


def _differing(spec: PredictorSpec) -> tuple[str, ...]:
    return differing_versions(spec.requirements, "this Python")
