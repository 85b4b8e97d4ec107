"""A folded model in a file: a worker predicts from it without scikit-learn, which takes a second to import."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spark_models.flavors.acceleration.folded import FoldedModel
from spark_models.flavors.sklearn import load_serialized

_LIBRARY = "sklearn"


def save_folded(folded: FoldedModel, file: Path) -> None:
    """Write it without the library's own method."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(replace(folded, library=_left_out)))


def load_folded(file: Path, library: Callable[[Any], Any]) -> FoldedModel:
    """Read it, with the library's method that takes the batches which are left to it.

    Raises:
        ConfigError: if MLflow's own switch forbids to load pickles in this process.
        ModuleNotFoundError: if scikit-learn is not installed: sooner or later a batch needs it.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)
    folded: FoldedModel = load_serialized(file, {})
    return replace(folded, library=library)


def _left_out(batch: Any) -> Any:
    """What a file holds in the place of the library's method."""
    raise NotImplementedError(f"{len(batch)} rows need the library's own method")
