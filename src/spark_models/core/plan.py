"""Plans: how the columns of an input become the inputs of a signature. Made once, on the driver."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from spark_models.core.column_types import NULLABLE_TYPES
from spark_models.core.signature import Field, Signature, Tensor
from spark_models.core.suggest import did_you_mean
from spark_models.errors import SchemaError

# Casts that keep every value as it is, or to the nearest double for decimals; target: sources.
SAFE_CASTS: dict[str, frozenset[str]] = {
    "int": frozenset({"tinyint", "smallint"}),
    "bigint": frozenset({"tinyint", "smallint", "int"}),
    "float": frozenset({"tinyint", "smallint"}),
    "double": frozenset({"tinyint", "smallint", "int", "float", "decimal"}),
    "string": frozenset({"char", "varchar"}),
    "timestamp": frozenset({"date", "timestamp_ntz"}),
}

# Casts that keep some values only: the rows are looked at before anything is scored.
CHECKED_CASTS: dict[str, frozenset[str]] = {
    "int": frozenset({"bigint", "float", "double", "decimal"}),
    "bigint": frozenset({"float", "double", "decimal"}),
    "float": frozenset({"int", "bigint"}),
    "double": frozenset({"bigint"}),
}


@dataclass(frozen=True)
class PlannedInput:
    """One input of the model: the column it comes from, and the type it must have.

    ``checked`` marks a cast that is exact for some values only, ``required`` an input that must not be left out,
    and ``dtype`` is what numpy calls the elements of a tensor. ``nulls`` says whether the whole input has NULLs there:
    a whole number or boolean is then nullable in each batch, and in none otherwise. None if nobody has looked: rows
    with NULLs are then predicted by themselves, as nullable, and the others not, whatever batch they are in.
    """

    name: str
    column: str
    type: str
    checked: bool = False
    required: bool = True
    dtype: str | None = None
    nulls: bool | None = None

    @property
    def depends_on_nulls(self) -> bool:
        """Whether the model is handed another type if there are NULLs: NaN is in all floats, but no integer is it."""
        return self.type in NULLABLE_TYPES


@dataclass(frozen=True)
class Plan:
    """All inputs of the model, in the signature's order; optional ones that are missing are left out."""

    inputs: tuple[PlannedInput, ...]

    @property
    def checked(self) -> tuple[PlannedInput, ...]:
        """The inputs whose values must be looked at before they are cast."""
        return tuple(planned for planned in self.inputs if planned.checked)

    def with_nulls(self, columns: Collection[str]) -> "Plan":
        """The plan for an input of which these columns have NULLs, and no others that it depends on."""
        inputs = (
            replace(planned, nulls=planned.column in columns) if planned.depends_on_nulls else planned
            for planned in self.inputs
        )
        return Plan(tuple(inputs))


def plan_inputs(signature: Signature, columns: Mapping[str, str], mapping: Mapping[str, str]) -> Plan:
    """Match a signature's inputs with columns, by name.

    Args:
        signature: The model's.
        columns: The input's columns with their Spark types, as in ``simpleString()``.
        mapping: From an input's name to the column that holds it, where the names differ.

    Raises:
        SchemaError: listing every input that has no column, or one of a type that no exact cast cures.
    """
    names = signature.input_names
    problems = [
        f"columns: {name!r} is not an input of the model{did_you_mean(name, names, listed='its inputs')}"
        for name in mapping
        if name not in names
    ]
    inputs = []
    for name, spec in zip(names, signature.inputs, strict=True):
        planned = _plan_one(name, spec, mapping.get(name, name), columns)
        if isinstance(planned, PlannedInput):
            inputs.append(planned)
        elif planned:
            problems.append(planned)
    if problems:
        raise SchemaError("the input does not fit the model's signature", problems)
    return Plan(tuple(inputs))


def _plan_one(name: str, spec: Field | Tensor, column: str, columns: Mapping[str, str]) -> PlannedInput | str | None:
    """The planned input, the problem with it, or None for an optional one that is not there."""
    wanted = spec.column_type
    if column not in columns:
        if not spec.required and column == name:
            return None
        near = did_you_mean(column, columns) or did_you_mean(column, columns, listed="columns")
        return f"column {column!r} ({wanted}) is not in the input{near}; input.columns says which column an input is"
    cast = cast_kind(columns[column], wanted)
    if cast is None:
        advice = "cast it in a view, or take another column by input.columns"
        return (
            f"column {column!r} is {columns[column]}, but the model needs {wanted}; no cast keeps its values: {advice}"
        )
    return PlannedInput(name, column, wanted, checked=cast == "checked", dtype=spec.dtype)


def plan_as_given(signature: Signature) -> Plan:
    """The plan for columns that a caller chooses later: the signature's inputs, each from a column of its name."""
    return Plan(
        tuple(
            PlannedInput(name, name, spec.column_type, required=spec.required, dtype=spec.dtype)
            for name, spec in zip(signature.input_names, signature.inputs, strict=True)
        )
    )


def cast_kind(source: str, target: str) -> str | None:
    """``same``, ``safe`` or ``checked`` (exact for some values only), or None if no cast keeps the values."""
    if source == target:
        return "same"
    plain = re.sub(r"\(.*\)", "", source)
    if plain in SAFE_CASTS.get(target, ()):
        return "safe"
    if plain in CHECKED_CASTS.get(target, ()):
        return "checked"
    if source.startswith("array<") and target.startswith("array<"):
        inner = cast_kind(source[6:-1], target[6:-1])
        return inner if inner in ("same", "safe") else None
    return None
