import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.models import Store, flights, log_lightgbm_classifier, log_pyfunc, pyfunc_of

from spark_models.registry.files import fetch_files
from spark_models.registry.trial import trial_problem


def test_a_model_that_predicts_its_example_has_no_problem(store: Store) -> None:
    assert trial_problem(fetch_files(store.registry, log_lightgbm_classifier(store).uri)) is None


def test_a_model_that_cannot_predict_is_told_with_its_place_and_no_value_of_its_example(store: Store) -> None:
    def predict(_context: Any, rows: pd.DataFrame, _params: Any) -> Any:
        raise ValueError(f"could not convert {rows['distance'].iloc[0]!r} to a date")

    distance = flights()["distance"].iloc[0]
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store, pyfunc_of(predict)).uri))
    assert problem is not None
    assert problem.startswith("it cannot predict its input example: ValueError; raised in predict (")
    assert "test_trial.py:" in problem
    assert "could not convert" not in problem
    assert str(distance) not in problem


def test_a_model_that_cannot_be_loaded_is_told_with_its_own_reason(store: Store) -> None:
    files = fetch_files(store.registry, log_pyfunc(store).uri)
    described = files.path / "MLmodel"
    described.write_text(described.read_text("utf-8").replace("mlflow.pyfunc.model", "no_such_module"), "utf-8")
    problem = trial_problem(files)
    assert problem is not None
    assert problem.startswith("it cannot predict its input example: ModuleNotFoundError: No module named 'no_such_mod")


def test_a_model_that_takes_too_long_is_a_problem(store: Store) -> None:
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store).uri), timeout=0.01)
    assert problem == "it cannot predict its input example: it took longer than 0.01 seconds"


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "its process was ended by SIGKILL"),
        (lambda: os._exit(3), "its process ended by itself, with exit code 3"),
    ],
    ids=["killed", "left"],
)
def test_a_model_that_ends_its_process_is_told_by_how_it_ended(
    store: Store, end: Callable[[], None], told: str
) -> None:
    def predict(_context: Any, rows: pd.DataFrame, _params: Any) -> Any:
        # Not where MLflow logs it, which tries it, too.
        if "pytest" not in sys.modules:
            end()
        return [0.0] * len(rows)

    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store, pyfunc_of(predict)).uri))
    assert problem == f"it cannot predict its input example: {told}"


def test_a_process_that_a_model_leaves_behind_is_not_waited_for(store: Store, tmp_path: Path) -> None:
    over = tmp_path / "over"
    waiting = f"import pathlib, time\nwhile not pathlib.Path({str(over)!r}).exists(): time.sleep(0.1)"

    def predict(_context: Any, rows: pd.DataFrame, _params: Any) -> Any:
        if "pytest" not in sys.modules:
            subprocess.Popen([sys.executable, "-c", waiting])
        return [0.0] * len(rows)

    try:
        assert trial_problem(fetch_files(store.registry, log_pyfunc(store, pyfunc_of(predict)).uri), timeout=60) is None
    finally:
        over.touch()


def test_a_model_without_an_example_cannot_be_tried(store: Store) -> None:
    problem = trial_problem(fetch_files(store.registry, log_pyfunc(store, input_example=None).uri))
    assert problem is not None
    assert "input_example=" in problem
