from typing import NoReturn

import pytest

from spark_models.core.task_detection import Seen, detected_task, kind_of
from spark_models.errors import ConfigError


def never() -> NoReturn:
    raise AssertionError("what is already decided asks for no rows and no files")


def seen(label: str, prediction: str, width: int | None = None, *, two: bool | None = None, output: str = "") -> Seen:
    """Columns of these types; what is not given must not be asked for."""
    return Seen(
        label,
        prediction,
        never if width is None else lambda: width,
        never if two is None else lambda: two,
        (lambda: output) if output else never,
    )


@pytest.mark.parametrize(
    ("columns", "task"),
    [
        (seen("array<int>", "array<double>"), "multilabel"),
        (seen("boolean", "double"), "binary"),
        (seen("boolean", "array<double>", 2), "binary"),
        (seen("boolean", "string"), "multiclass"),
        (seen("string", "double"), "binary"),
        (seen("string", "string"), "multiclass"),
        (seen("varchar(9)", "array<float>", 3), "multiclass"),
        (seen("bigint", "array<double>", 2), "binary"),
        (seen("smallint", "array<double>", 3), "multiclass"),
        (seen("int", "string"), "multiclass"),
        (seen("int", "int", two=True), "binary"),
        (seen("int", "bigint", two=False), "multiclass"),
        (seen("int", "boolean", two=True), "binary"),
        (seen("int", "double", two=True), "binary"),
        (seen("int", "double", two=False, output="double"), "regression"),
        (seen("int", "double", two=False, output="array<double>"), "regression"),
        (seen("int", "double", two=False, output="bigint"), "multiclass"),
        (seen("double", "double"), "regression"),
        (seen("decimal(9,2)", "bigint"), "regression"),
    ],
)
def test_columns_tell_the_task_and_only_what_is_needed_is_looked_at(columns: Seen, task: str) -> None:
    assert detected_task((), columns) == task


def test_a_model_without_a_signature_gives_numbers() -> None:
    columns = Seen("int", "double", never, lambda: False, lambda: None)
    assert detected_task((), columns) == "regression"


def test_arrays_of_which_none_is_there_are_taken_for_two_probabilities() -> None:
    # What is missing is said by what reads the predictions.
    columns = Seen("int", "array<double>", lambda: None, never, never)
    assert detected_task((), columns) == "binary"


@pytest.mark.parametrize("task", ["ranking", "quantile", "forecast"])
def test_what_is_configured_for_one_task_tells_it_whatever_the_columns_are(task: str) -> None:
    assert detected_task((task,), seen("int", "array<double>")) == task


@pytest.mark.parametrize(
    ("label", "prediction"),
    [("double", "array<double>"), ("double", "string"), ("date", "double"), ("int", "map<a,b>")],
)
def test_what_cannot_be_told_is_refused_with_the_choices(label: str, prediction: str) -> None:
    with pytest.raises(ConfigError) as error:
        detected_task((), seen(label, prediction))
    told = str(error.value)
    assert f"a label of type {label} and a prediction of type {prediction}" in told
    assert "set task: regression, binary, multiclass, multilabel, ranking, quantile, forecast" in told


def test_types_are_told_by_their_names() -> None:
    kinds = [kind_of(name) for name in ("tinyint", "bigint", "decimal(38,0)", "struct<a:int>", "varchar(3)", "boolean")]
    assert kinds == ["whole", "whole", "decimals", "other", "text", "boolean"]
