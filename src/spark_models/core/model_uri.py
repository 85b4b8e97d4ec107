"""Model URIs: what a person writes to name a model, parsed but not yet looked up."""

import re
from dataclasses import dataclass
from typing import Literal

from spark_models.errors import ConfigError

Kind = Literal["version", "alias", "latest", "logged_model", "run", "path"]

FORMS = "models:/NAME/3, models:/NAME@champion, models:/NAME/latest, models:/m-ID, runs:/ID/PATH or the path of a model"


@dataclass(frozen=True)
class ModelURI:
    """A model URI taken apart.

    ``name`` is set for the three kinds that name a registered model (it may have three
    dotted parts, as in Unity Catalog), ``version`` and ``alias`` for the kind they give
    their name to.
    """

    text: str
    kind: Kind
    name: str | None = None
    version: int | None = None
    alias: str | None = None

    @property
    def is_registered(self) -> bool:
        """Whether this names a version of a registered model, whatever it will turn out to be."""
        return self.name is not None


def parse_model_uri(text: str) -> ModelURI:
    """Take a model URI apart.

    >>> parse_model_uri("models:/flight_delay@champion").alias
    'champion'

    Raises:
        ConfigError: if the text has none of the known forms.
    """
    if re.fullmatch(r"models:/m-[^/@]+", text):
        return ModelURI(text, "logged_model")
    if match := re.fullmatch(r"models:/+([^/@]+)@([^/@]+)", text):
        return ModelURI(text, "alias", name=match[1], alias=match[2])
    if match := re.fullmatch(r"models:/+([^/@]+)/latest", text):
        return ModelURI(text, "latest", name=match[1])
    if match := re.fullmatch(r"models:/+([^/@]+)/(\d+)", text):
        return ModelURI(text, "version", name=match[1], version=int(match[2]))
    if re.fullmatch(r"runs:/[^/]+/.+", text):
        return ModelURI(text, "run")
    if text and not re.match(r"(models|runs):", text):
        return ModelURI(text, "path")
    raise ConfigError(f"model URI {text!r}", [f"it has none of the forms {FORMS}"])
