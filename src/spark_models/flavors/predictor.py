"""The predictor: batch in, predictions out, no Spark and no MLflow."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError

# The methods that models of Python's libraries have for one input; others work, too.
ONE_INPUT_METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "decision_function",
    "transform",
    "score_samples",
    "apply",
)


@dataclass(frozen=True)
class Predictor:
    """``predict`` takes a pandas DataFrame or a numpy array of n rows and gives n predictions.

    They may be an array, a Series, a DataFrame or a list, as the library gives them.
    ``model`` and ``method`` say what it calls, where that is a library's own; ``form`` is an accelerated form's name.
    """

    flavor: str
    predict: Callable[[Any], Any]
    model: Any = None
    method: str = "predict"
    form: str = ""

    @property
    def only_reads(self) -> bool:
        """Whether a batch is sure to be as it was afterwards: a model of somebody's own may write into it."""
        return bool(self.form)


def predictor_of(model: Any, spec: PredictorSpec, default_method: str = "predict", **always: Any) -> Predictor:
    """A predictor that calls a method of a library's own model.

    Args:
        model: The library's model.
        spec: What was asked for.
        default_method: What ``predict`` means for this model; MLflow lets its owner choose.
        **always: What the method is given with each batch.

    Raises:
        ConfigError: if the model lacks the method, or parameters are given that it cannot take.
    """
    name = default_method if spec.method == "predict" else spec.method
    method = getattr(model, name, None)
    if not callable(method):
        has = [known for known in ONE_INPUT_METHODS if callable(getattr(model, known, None))]
        raise ConfigError(f"{spec.model} ({spec.flavor})", [f"it has no method {name!r}; it has {', '.join(has)}"])
    if spec.inference_params:
        raise ConfigError(f"{spec.model} ({spec.flavor})", ["its methods take no params; leave params out"])
    return Predictor(spec.flavor, partial(method, **always) if always else method, model, name)
