"""ONNX, without MLflow: onnxruntime's session, fed and read as ``mlflow.onnx`` does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.predictor import Predictor, predictor_of

CPU = "CPUExecutionProvider"
# What onnxruntime calls the element types that mlflow.onnx, or a column of arrays, is cast to.
NUMPY_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The session's outputs: columns of a DataFrame for columns, arrays by name for tensors."""
    import onnxruntime

    settings = spec.flavor_settings
    session = onnxruntime.InferenceSession(
        str(folder / settings["data"]),
        sess_options=_options(onnxruntime, settings.get("onnx_session_options") or {}, spec.threads),
        providers=_providers(settings.get("providers"), onnxruntime.get_available_providers()),
    )
    inputs = {given.name: given.type for given in session.get_inputs()}
    return predictor_of(_Session(session, inputs, tuple(given.name for given in session.get_outputs())), spec)


@dataclass(frozen=True)
class _Session:
    """``inputs`` are the graph's inputs with onnxruntime's names of their types."""

    session: Any
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]

    def predict(self, rows: Any) -> Any:
        feeds, is_table = self._feeds(rows)
        found = self.session.run(list(self.outputs), {name: self._as_float(name, feed) for name, feed in feeds.items()})
        if is_table:
            return pd.DataFrame(
                {name: np.asarray(values).reshape(-1) for name, values in zip(self.outputs, found, strict=True)}
            )
        return dict(zip(self.outputs, found, strict=True))

    def _feeds(self, rows: Any) -> tuple[dict[str, Any], bool]:
        """An array an input, and whether they are columns of scalars."""
        if not isinstance(rows, pd.DataFrame):
            (name,) = self.inputs
            return {name: rows}, False
        if any(_holds_arrays(rows[name]) for name in self.inputs if name in rows):
            return {name: _stacked(rows[name], NUMPY_TYPES.get(kind)) for name, kind in self.inputs.items()}, False
        if len(self.inputs) == 1:
            return {name: rows.to_numpy() for name in self.inputs}, True
        return {name: rows[name].to_numpy() for name in self.inputs}, True

    def _as_float(self, name: str, feed: Any) -> Any:
        """Doubles as the floats that the graph wants; other types are onnxruntime's to refuse."""
        return feed.astype(np.float32) if self.inputs[name] == "tensor(float)" and feed.dtype == np.float64 else feed


def _holds_arrays(column: pd.Series) -> bool:
    return column.dtype == object and len(column) > 0 and isinstance(column.iloc[0], (list, np.ndarray))


def _stacked(values: Any, dtype: Any) -> np.ndarray:
    """One array of a column of arrays (of arrays, and so on) of one shape."""
    array = np.asarray(values)
    if array.dtype == object and len(array) and isinstance(array[0], (list, np.ndarray)):
        return np.stack([_stacked(value, dtype) for value in array])
    return array if dtype is None else array.astype(dtype)


def _options(onnxruntime: Any, wanted: Mapping[str, Any], threads: int) -> Any:
    """The session options that the model's owner chose; how many threads there are is Spark's to say."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = threads
    if mode := wanted.get("execution_mode"):
        options.execution_mode = getattr(onnxruntime.ExecutionMode, f"ORT_{mode.upper()}")
    if level := wanted.get("graph_optimization_level"):
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel(level)
    for key, value in (wanted.get("extra_session_config") or {}).items():
        options.add_session_config_entry(key, value)
    return options


def _providers(wanted: Any, available: list[str]) -> list[Any]:
    """Those of the model's providers that there are here, with their options; the CPU if there are none."""
    entries = [wanted] if isinstance(wanted, str) else wanted or [CPU]
    pairs = [tuple(entry) if isinstance(entry, list) else entry for entry in entries]
    return [entry for entry in pairs if (entry[0] if isinstance(entry, tuple) else entry) in available] or [CPU]
