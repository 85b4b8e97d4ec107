"""A model's signature, read from the JSON that MLflow keeps in the MLmodel file."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spark_models.core.column_types import struct_of

# MLflow's scalar types, and the Spark type that holds each exactly.
SPARK_TYPES: dict[str, str] = {
    "boolean": "boolean",
    "integer": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "binary": "binary",
    "datetime": "timestamp",
}

# numpy's names in tensor specs, and the Spark type that holds each exactly.
TENSOR_TYPES: dict[str, str] = {
    "bool": "boolean",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "bigint",
    "uint8": "int",
    "uint16": "int",
    "uint32": "bigint",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "object": "string",
    "str": "string",
}


@dataclass(frozen=True)
class Field:
    """A column of a signature: ``type`` is a Spark type, ``float`` as MLflow's ``float`` (32 bits).

    ``optional`` are the objects' properties in it that may be missing, by their paths: ``.street``, ``[].street`` in an
    array, ``{}.size`` in a map.
    """

    name: str | None
    type: str
    required: bool = True
    optional: frozenset[str] = frozenset()

    @property
    def column_type(self) -> str:
        """The Spark type of a column that holds it."""
        return self.type

    @property
    def column_types(self) -> tuple[str, ...]:
        """All Spark types of columns that hold it."""
        return (self.type,)

    @property
    def dtype(self) -> None:
        """Only tensors have a type of numpy's."""
        return None

    @property
    def row_shape(self) -> None:
        """Only tensors have a shape."""
        return None

    def __str__(self) -> str:
        return f"{self.name or '(unnamed)'}: {self.type}{'' if self.required else ' (optional)'}"


@dataclass(frozen=True)
class Tensor:
    """A tensor of a signature: Spark type of its elements, shape with -1 for the rows, and numpy's type if known."""

    name: str | None
    type: str
    shape: tuple[int, ...]
    dtype: str | None = None

    @property
    def column_type(self) -> str:
        """The Spark type of a column that holds it: as many arrays as there are dimensions besides the rows."""
        depth = len(self.row_shape)
        return "array<" * depth + self.type + ">" * depth

    @property
    def column_types(self) -> tuple[str, ...]:
        """All types that may hold it: flat arrays, too, if the shape is fixed, and scalars if there is one value."""
        flat = () if -1 in self.row_shape else (f"array<{self.type}>",)
        return (self.column_type, *flat, *((self.type,) if math.prod(self.row_shape) == 1 else ()))

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of what a row holds, with -1 for any length."""
        return self.shape[1:]

    @property
    def optional(self) -> frozenset[str]:
        """Tensors have no properties."""
        return frozenset()

    @property
    def required(self) -> bool:
        """Tensors are never optional."""
        return True

    def __str__(self) -> str:
        return f"{self.name or '(unnamed)'}: tensor of {self.type} {self.shape}"


Spec = tuple[Field | Tensor, ...]


@dataclass(frozen=True)
class Signature:
    """What goes in, what comes out, and the names and defaults of inference parameters."""

    inputs: Spec
    outputs: Spec = ()
    params: Mapping[str, Any] | None = None

    @property
    def is_tensor(self) -> bool:
        """Whether the input is one tensor without a name: an array instead of columns."""
        return len(self.inputs) == 1 and isinstance(self.inputs[0], Tensor) and self.inputs[0].name is None

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs; positions stand in for names that are missing."""
        return tuple(spec.name if spec.name is not None else str(place) for place, spec in enumerate(self.inputs))


def signature_from_mlmodel(entry: Mapping[str, Any] | None) -> Signature | None:
    """The signature from an MLmodel file's ``signature`` entry, or None if it has no inputs."""
    if not entry or not entry.get("inputs"):
        return None
    params = entry.get("params")
    return Signature(
        inputs=_specs(entry["inputs"]),
        outputs=_specs(entry["outputs"]) if entry.get("outputs") else (),
        params={param["name"]: param.get("default") for param in json.loads(params)} if params else None,
    )


def _specs(text: str) -> Spec:
    entries = json.loads(text)
    if any(entry["type"] == "tensor" for entry in entries):
        return tuple(
            Tensor(
                entry.get("name"),
                TENSOR_TYPES.get(entry["tensor-spec"]["dtype"], "string"),
                tuple(entry["tensor-spec"]["shape"]),
                entry["tensor-spec"]["dtype"],
            )
            for entry in entries
        )
    return tuple(
        Field(entry.get("name"), _spark_type(entry), entry.get("required", True), frozenset(_optional(entry)))
        for entry in entries
    )


def _spark_type(entry: Mapping[str, Any]) -> str:
    kind = entry["type"]
    if kind == "array":
        return f"array<{_spark_type(entry['items'])}>"
    if kind == "map":
        return f"map<string,{_spark_type(entry['values'])}>"
    if kind == "object":
        return struct_of({name: _spark_type(field) for name, field in sorted(entry["properties"].items())})
    return SPARK_TYPES.get(kind, str(kind))


def _optional(entry: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The paths of the properties that may be missing."""
    if entry["type"] == "array":
        yield from _optional(entry["items"], f"{path}[]")
    elif entry["type"] == "map":
        yield from _optional(entry["values"], f"{path}{{}}")
    elif entry["type"] == "object":
        for name, field in entry["properties"].items():
            if not field.get("required", True):
                yield f"{path}.{name}"
            yield from _optional(field, f"{path}.{name}")
