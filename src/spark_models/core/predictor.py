"""What a worker must know to load a predictor; the files themselves travel in an archive."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PredictorSpec:
    """A model's files, and how to call them. Hashable, so that a worker loads each one once.

    ``settings``, ``params`` and ``model_config`` hold JSON: the flavor's entry in the MLmodel
    file, the inference parameters, and pyfunc's model config. ``threads`` is how many the model
    takes, where its library can be told: as many as a Spark task has cores. ``acceleration`` names
    the faster form that was admitted on the driver; empty for the library's own. ``requirements``
    are those of the model's that ask for one version, as ``name==version``.
    """

    model: str
    digest: str
    flavor: str
    method: str = "predict"
    settings: str = "{}"
    params: str = "{}"
    model_config: str = "null"
    threads: int = 1
    acceleration: str = ""
    requirements: tuple[str, ...] = ()

    @property
    def flavor_settings(self) -> Mapping[str, Any]:
        """The flavor's entry in the MLmodel file."""
        settings: Mapping[str, Any] = json.loads(self.settings)
        return settings

    @property
    def inference_params(self) -> Mapping[str, Any]:
        """Values for the inference parameters of the signature."""
        params: Mapping[str, Any] = json.loads(self.params)
        return params
