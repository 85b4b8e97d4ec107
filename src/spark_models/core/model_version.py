"""The value that travels through the system: a registered model's name and integer version."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class ModelVersion:
    """A registered model's version, pinned: nobody looks at an alias again after this."""

    name: str
    version: int

    @property
    def uri(self) -> str:
        """``models:/NAME/VERSION``."""
        return f"models:/{self.name}/{self.version}"

    def __str__(self) -> str:
        return f"{self.name} version {self.version}"
