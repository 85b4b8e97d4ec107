"""Whether a model may take its accelerated form: decided on the driver, by what both give for the same probes."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spark_models.core.signature import Signature
from spark_models.flavors.acceleration.compiled import booster_of, compile_booster, load_compiled
from spark_models.flavors.acceleration.folded import FoldedModel, fold
from spark_models.flavors.acceleration.folded_file import load_folded, save_folded
from spark_models.flavors.acceleration.forest import forest_of
from spark_models.flavors.acceleration.inputs import inputs_of
from spark_models.flavors.acceleration.loading import COMPILED, FOLDED
from spark_models.flavors.acceleration.pipeline_probes import pipeline_probes
from spark_models.flavors.acceleration.tree_probes import tree_probes
from spark_models.flavors.agreement import Refused, disagreement, predictions_or_refusal
from spark_models.flavors.predictor import Predictor

RELATIVE = 1e-12
TOO_FEW = "for so few rows compiling would take longer than it saves"
_ALL_REFUSED = "the library refuses all rows that it could be compared on"
# The library's, and the faster one.
_Way = tuple[Callable[[Any], Any], Callable[[Any], Any]]


@dataclass(frozen=True)
class Admission:
    """The form that was admitted (``folded``, ``compiled``, or empty for the library's own), and why."""

    form: str
    reason: str


def accelerated(predictor: Predictor, signature: Signature, file: Path, *, compiles: bool) -> Admission:
    """Decide on a model's form; what is admitted gives the library's predictions on all probes.

    Args:
        predictor: The library's own, as the flavor loads it.
        signature: What its batches will look like.
        file: Where the form goes, which is there if one is admitted.
        compiles: Whether compiling is worth it.
    """
    model, method, inputs = predictor.model, predictor.method, inputs_of(signature)
    if model is None:
        return Admission("", f"nothing faster is known for the flavor {predictor.flavor}")
    if inputs is None:
        return Admission("", "its inputs are not columns of numbers and texts")
    if (folded := _folded(model, method)) is not None:
        save_folded(folded, file)
        ways: list[_Way] = [(predictor.predict, load_folded(file, predictor.predict))]
        if method == "predict" and (scores := _folded(model, "decision_function")) is not None:
            ways.append((model.decision_function, scores))
        return _all_admitted(FOLDED, ways, lambda: pipeline_probes(model, inputs))
    if (booster := booster_of(model, method)) is not None:
        if not compiles:
            return Admission("", TOO_FEW)
        return _compiled(predictor, booster, inputs, file)
    return Admission("", f"nothing faster is known for {type(model).__name__}.{method}")


def _folded(model: Any, method: str) -> FoldedModel | None:
    return fold(model, method) if type(model).__module__.startswith("sklearn.") else None


def _compiled(predictor: Predictor, booster: Any, inputs: tuple[tuple[str, str], ...], file: Path) -> Admission:
    if booster.num_feature() != len(inputs):
        return Admission("", "its signature has another number of columns")
    if reason := compile_booster(booster, file):
        return Admission("", reason)
    found = load_compiled(predictor.model, predictor.method, file)
    if found is None:
        return Admission("", "what was compiled cannot be loaded")
    ways = [(predictor.predict, found)]
    if predictor.method == "predict" and (scores := load_compiled(predictor.model, "predict_proba", file)) is not None:
        ways.append((predictor.model.predict_proba, scores))
    forest = forest_of(booster.model_to_string())
    return _all_admitted(COMPILED, ways, lambda: tree_probes(forest, inputs))


def _all_admitted(form: str, ways: Iterable[_Way], probes: Callable[[], Iterable[pd.DataFrame]]) -> Admission:
    """The first refusal: where a model gives classes, the scores are compared, too, for classes alone hide errors."""
    found = Admission("", _ALL_REFUSED)
    for library, accelerated in ways:
        found = admitted(form, library, accelerated, probes())
        if not found.form:
            break
    return found


def admitted(
    form: str, library: Callable[[Any], Any], found: Callable[[Any], Any], probes: Iterable[pd.DataFrame]
) -> Admission:
    """Compare two ways of predicting: the first probe on which they differ refuses the form.

    What the library refuses, the other must refuse with the same error, and something must be left to compare.
    """
    rows = 0
    with warnings.catch_warnings():
        # Probes are meant to be odd: what the library says of them is nobody's concern.
        warnings.simplefilter("ignore")
        for chunk in probes:
            expected, given = (predictions_or_refusal(predict, chunk) for predict in (library, found))
            problem = _difference(expected, given)
            if problem:
                return Admission("", f"its {form} form is not taken: {problem}")
            rows += 0 if isinstance(expected, Refused) else len(chunk)
    return Admission(form, f"it agrees with the library on {rows} probes") if rows else Admission("", _ALL_REFUSED)


def _difference(expected: Any, given: Any) -> str | None:
    if isinstance(expected, Refused) or isinstance(given, Refused):
        library, raised = _raised(expected), _raised(given)
        return None if library == raised else f"on a probe it raises {raised}, the library {library}"
    if getattr(expected, "dtype", None) != getattr(given, "dtype", None):
        return "its results are of another type"
    return disagreement(expected, given, relative=RELATIVE)


def _raised(outcome: Any) -> str:
    return outcome.kind if isinstance(outcome, Refused) else "nothing"
