from mlflow.utils.validation import _validate_metric_name

from spark_models.core.drift_numbers import plain_names

AWKWARD = ["delay", "prediction[0]", "prediction.p", "a/b", "a?b", "a b", "..", "./x", "Größe", "é" * 300, "é" * 301]


def test_mlflow_takes_every_name_and_no_two_columns_share_one() -> None:
    names = plain_names(AWKWARD)
    for name in names:
        _validate_metric_name(f"{name}/max_absolute_difference")  # type: ignore[no-untyped-call]  # MLflow has no type for it
    assert len(set(names)) == len(AWKWARD)
    assert names[:6] == ["delay", "prediction.0", "prediction.p", "a_b", "a_b 2", "a b"]


def test_a_number_that_is_added_meets_no_other_name() -> None:
    assert plain_names(["a?", "a!", "a_ 2"]) == ["a_", "a_ 2", "a_ 2 2"]
