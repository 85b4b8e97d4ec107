"""In a worker: the form of a predictor that the driver admitted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from spark_models.flavors.acceleration.compiled import load_compiled
from spark_models.flavors.acceleration.folded import fold
from spark_models.flavors.predictor import Predictor

# The names of the forms.
FOLDED, COMPILED = "folded", "compiled"
# Where an archive holds the compiled form, beside the model's own files.
COMPILED_FILE = Path("acceleration") / "forest.bin"


def accelerate(predictor: Predictor, folder: Path, form: str) -> Predictor:
    """The predictor in the form; as it is, if the form cannot be had in this process.

    That is where lleaves is not installed, or the processor is of another family than the driver's: slower, but the
    same predictions.
    """
    found = _found(predictor, folder, form)
    return predictor if found is None else replace(predictor, predict=found, form=form)


def _found(predictor: Predictor, folder: Path, form: str) -> Callable[[Any], Any] | None:
    if form == FOLDED:
        return fold(predictor.model, predictor.method)
    if form == COMPILED:
        try:
            return load_compiled(predictor.model, predictor.method, folder / COMPILED_FILE)
        except ModuleNotFoundError:
            return None
    return None
