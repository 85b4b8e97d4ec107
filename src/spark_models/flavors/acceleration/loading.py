"""In a worker: the form of a predictor that the driver admitted."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.acceleration.compiled import load_compiled
from spark_models.flavors.acceleration.folded_file import load_folded
from spark_models.flavors.predictor import Predictor

# The names of the forms.
FOLDED, COMPILED = "folded", "compiled"
# Where an archive holds each form's file, beside the model's own.
FORM_FILES = {FOLDED: Path("acceleration") / "folded.pickle", COMPILED: Path("acceleration") / "forest.bin"}


def load_accelerated(load: Callable[[], Predictor], folder: Path, spec: PredictorSpec) -> Predictor:
    """The predictor in the form that the spec names; the library's own, if the form cannot be had in this process.

    That is where lleaves is not installed, or the processor is of another family than the driver's: slower, but the
    same predictions.

    Args:
        load: Gives the library's own predictor. Of a folded model it is asked when a batch needs it: scikit-learn
            takes a second to import.
        folder: The archive, as it was extracted.
        spec: What was asked for.
    """
    file = folder / FORM_FILES[spec.acceleration]
    if spec.acceleration == FOLDED:
        once = cache(load)
        # A copy, since a step of scikit-learn's may write into its batch, which other models are given, too.
        return Predictor(spec.flavor, load_folded(file, lambda batch: once().predict(batch.copy())), form=FOLDED)
    predictor = load()
    try:
        found = load_compiled(predictor.model, predictor.method, file)
    except ModuleNotFoundError:
        found = None
    return predictor if found is None else replace(predictor, predict=found, form=COMPILED)
