"""The process of a trial: ``python -m spark_models.registry.trial_process MODEL_FOLDER REPORT_FILE``."""

import sys
import traceback
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import mlflow.pyfunc

PREDICTED = "predicted"


def predict_example(model: Any, folder: str) -> str:
    """Let the model predict its input example, and give the outcome; whatever it raises is the model's."""
    example = model.metadata.load_input_example(folder)
    params = model.metadata.load_input_example_params(folder)
    return PREDICTED if model.predict(example, params=params) is not None else "predict gave None"


def write_failure(
    report: Path,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    *,
    saw_example: bool = False,
) -> None:
    """Write what went wrong and where; a traceback's places hold code, never data.

    What a model that ``saw_example`` says may hold values of it, which are rows of somebody's data.
    """
    lines = str(error).split("\n")[:3]
    message = f": {' '.join(lines).strip()}"
    if saw_example:
        message = f" of {error.name!r}" if isinstance(error, ImportError) and error.name else ""
    places = [f"{place.name} ({place.filename}:{place.lineno})" for place in traceback.extract_tb(trace)[-3:]]
    told = f"{kind.__name__}{message}; raised in {' < '.join(reversed(places))}"
    if saw_example:
        told += "; its message may hold values of the example, mlflow.pyfunc.load_model(...).predict(...) shows it"
    report.write_text(told, encoding="utf-8")
    sys.__excepthook__(kind, error, trace)


def main() -> None:
    """Try the model in the first argument's folder, and write the outcome to the second's file."""
    folder, report = sys.argv[1], Path(sys.argv[2])
    # A model may raise anything at all: what nobody catches ends here.
    sys.excepthook = partial(write_failure, report)
    model = mlflow.pyfunc.load_model(folder)
    sys.excepthook = partial(write_failure, report, saw_example=True)
    report.write_text(predict_example(model, folder), encoding="utf-8")


if __name__ == "__main__":
    main()
