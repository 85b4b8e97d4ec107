"""Plans: how the columns of an input become the inputs of a signature. Made once, on the driver."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from spark_models.core.casts import cast_to
from spark_models.core.column_types import NULLABLE_TYPES
from spark_models.core.signature import Field, Signature, Tensor
from spark_models.core.suggest import did_you_mean
from spark_models.errors import SchemaError


@dataclass(frozen=True)
class PlannedInput:
    """One input of the model: the column it comes from, and the type it must have.

    ``checked`` marks a cast that is exact for some values only, ``required`` an input that must not be left out.
    ``dtype`` is what numpy calls the elements of a tensor, and ``shape`` what a row has of them. ``nulls`` says whether
    the whole input has NULLs there: a whole number or boolean is then nullable in each batch, and in none otherwise.
    None if nobody has looked: rows with NULLs are then predicted by themselves, as nullable, and the others not,
    whatever batch they are in.
    """

    name: str
    column: str
    type: str
    checked: bool = False
    required: bool = True
    dtype: str | None = None
    nulls: bool | None = None
    shape: tuple[int, ...] | None = None

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
            problems.extend(planned)
    if problems:
        raise SchemaError("the input does not fit the model's signature", problems)
    return Plan(tuple(inputs))


def _plan_one(
    name: str, spec: Field | Tensor, column: str, columns: Mapping[str, str]
) -> PlannedInput | Sequence[str] | None:
    """The planned input, the problems with it, or None for an optional one that is not there."""
    if column not in columns:
        if not spec.required and column == name:
            return None
        near = did_you_mean(column, columns) or did_you_mean(column, columns, listed="columns")
        problem = f"column {column!r} ({spec.column_type}) is not in the input{near}"
        return [f"{problem}; input.columns says which column an input is"]
    optional = {column + path for path in spec.optional}
    casts = [cast_to(columns[column], kind, column, optional) for kind in spec.column_types]
    cast = next((cast for cast in casts if not cast.problems), casts[0])
    if cast.problems:
        return cast.problems
    return PlannedInput(name, column, cast.type, checked=cast.checked, dtype=spec.dtype, shape=spec.row_shape)


def plan_as_given(signature: Signature) -> Plan:
    """The plan for columns that a caller chooses later: the signature's inputs, each from a column of its name."""
    return Plan(
        tuple(
            PlannedInput(name, name, spec.column_type, required=spec.required, dtype=spec.dtype, shape=spec.row_shape)
            for name, spec in zip(signature.input_names, signature.inputs, strict=True)
        )
    )
