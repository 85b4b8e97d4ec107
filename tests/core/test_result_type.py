import pytest

from spark_models.core.result_type import declared_result_type
from spark_models.core.signature import Field, Signature, Spec, Tensor

INPUTS = (Field("a", "double"),)


@pytest.mark.parametrize(
    ("outputs", "declared"),
    [
        ((), None),
        ((Field(None, "bigint"),), "bigint"),
        ((Field("late", "boolean"),), "boolean"),
        ((Tensor(None, "double", (-1,)),), "double"),
        ((Tensor(None, "float", (-1, 3)),), "array<float>"),
        ((Field("a", "double"), Field("b c", "string")), "struct<`a`:double,`b c`:string>"),
        ((Field(None, "double"), Field(None, "double")), "array<double>"),
        ((Field(None, "double"), Field(None, "string")), None),
    ],
)
def test_the_result_type_is_that_of_the_outputs(outputs: Spec, declared: str | None) -> None:
    assert declared_result_type(Signature(INPUTS, outputs)) == declared
