"""The Spark type of a prediction, as the signature's outputs declare it."""

from spark_models.core.signature import Signature
from spark_models.core.table_name import quoted


def declared_result_type(signature: Signature) -> str | None:
    """The type as DDL, or None if the signature has no outputs or does not say enough.

    One output gives its own type, several named ones a struct, several unnamed ones of a type an array.
    """
    types = [spec.column_type for spec in signature.outputs]
    names = [spec.name for spec in signature.outputs]
    if len(types) == 1:
        return types[0]
    if types and all(names):
        return (
            "struct<" + ",".join(f"{quoted(name or '')}:{kind}" for name, kind in zip(names, types, strict=True)) + ">"
        )
    return f"array<{types[0]}>" if len(set(types)) == 1 else None
