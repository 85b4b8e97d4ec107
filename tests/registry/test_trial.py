from dataclasses import replace

from tests.models import Store, log_lightgbm_classifier, log_pyfunc, refusing

from spark_models.registry.files import fetch_files
from spark_models.registry.trial import trial_problem


def test_a_model_that_predicts_its_example_has_no_problem(store: Store) -> None:
    assert trial_problem(fetch_files(store.registry, log_lightgbm_classifier(store).uri)) is None


def test_a_model_that_cannot_predict_is_told_with_its_own_reason_and_place(store: Store) -> None:
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store, refusing()).uri))
    assert problem is not None
    assert "ArithmeticError: the tables of this model are empty; raised in predict (" in problem


def test_a_process_that_dies_without_a_word_is_a_problem(store: Store) -> None:
    files = fetch_files(store.registry, log_pyfunc(store).uri)
    (files.path / "MLmodel").unlink()
    empty = replace(files, path=files.path / "no such folder")
    problem = trial_problem(empty)
    assert problem is not None
    assert problem.startswith("it cannot predict its input example: ")


def test_a_model_that_takes_too_long_is_a_problem(store: Store) -> None:
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store).uri), timeout=0.01)
    assert problem == "it cannot predict its input example: it took longer than 0.01 seconds"


def test_a_model_without_an_example_cannot_be_tried(store: Store) -> None:
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store, input_example=None).uri))
    assert problem is not None
    assert "input_example=" in problem
