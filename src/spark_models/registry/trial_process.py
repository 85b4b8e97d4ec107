"""The process of a trial: ``python -m spark_models.registry.trial_process MODEL_FOLDER REPORT_FILE``."""

import sys
import traceback
from functools import partial
from pathlib import Path
from types import TracebackType

import mlflow.pyfunc

PREDICTED = "predicted"


def predict_example(folder: str) -> None:
    """Load the model as MLflow does and let it predict its input example; whatever it raises is the model's."""
    model = mlflow.pyfunc.load_model(folder)
    example = model.metadata.load_input_example(folder)
    params = model.metadata.load_input_example_params(folder)
    if model.predict(example, params=params) is None:
        raise ValueError("predict gave None")


def write_failure(report: Path, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write what went wrong and where; a traceback's places hold code, never data."""
    message = " ".join(str(error).split("\n")[:3]).strip()
    places = [f"{place.name} ({place.filename}:{place.lineno})" for place in traceback.extract_tb(trace)[-3:]]
    report.write_text(f"{kind.__name__}: {message}; raised in {' < '.join(reversed(places))}", encoding="utf-8")
    sys.__excepthook__(kind, error, trace)


def main() -> None:
    """Try the model in the first argument's folder, and write the outcome to the second's file."""
    folder, report = sys.argv[1], Path(sys.argv[2])
    # A model may raise anything at all: what nobody catches ends here.
    sys.excepthook = partial(write_failure, report)
    predict_example(folder)
    report.write_text(PREDICTED, encoding="utf-8")


if __name__ == "__main__":
    main()
