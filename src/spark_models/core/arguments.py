"""Arguments of a UDF: which of the model's inputs each given column is."""

from collections.abc import Sequence

from spark_models.core.signature import Signature
from spark_models.errors import SchemaError

SUBJECT = "the model's input"


def input_places(signature: Signature, given: Sequence[str | None]) -> tuple[int, ...] | None:
    """The place in the signature of the input that each given column is.

    By name, where every column is called as another input: no order can then mix them up. By position otherwise.

    Args:
        signature: The model's.
        given: The columns' names, as a query has them (``late``, ``flights.late``); None for what has none.

    Returns:
        Places, or None for one column that only a batch can tell: a struct of the inputs, or a tensor.

    Raises:
        SchemaError: if an input that the model needs is left out, or there are more columns than inputs.
    """
    if signature.is_tensor:
        return None
    named = {spec.name: place for place, spec in enumerate(signature.inputs) if spec.name is not None}
    places = [named.get(name, named.get(name.rpartition(".")[2])) if name is not None else None for name in given]
    by_name = None not in places and len(set(places)) == len(places)
    found = tuple(place for place in places if place is not None) if by_name else tuple(range(len(given)))
    left_out = [
        name
        for place, (name, spec) in enumerate(zip(signature.input_names, signature.inputs, strict=True))
        if spec.required and place not in found
    ]
    if len(given) == 1 and (left_out or not by_name):
        return None
    if left_out or len(given) > len(signature.inputs):
        problem = f"{len(given)} columns were given; the model needs {', '.join(signature.input_names)}"
        raise SchemaError(SUBJECT, [problem, *(f"{name!r} is left out" for name in left_out)])
    return found
