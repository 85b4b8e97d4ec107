"""A trial: the model is loaded in a process of its own, and predicts its saved input example."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from spark_models.registry.files import ModelFiles

TIMEOUT_SECONDS = 900


def trial_problem(files: ModelFiles, timeout: float = TIMEOUT_SECONDS) -> str | None:
    """Why the model cannot predict its input example in a clean process, or None if it can."""
    if files.example is None:
        return (
            "it has no input example, so it cannot be tried: "
            f"log it with mlflow.{files.flavor}.log_model(..., input_example=X.head())"
        )
    try:
        outcome = _outcome(files.path, timeout)
    except subprocess.TimeoutExpired:
        outcome = f"it took longer than {timeout:g} seconds"
    return None if outcome == "predicted" else f"it cannot predict its input example: {outcome}"


def _outcome(model: Path, timeout: float) -> str:
    # In an empty folder: a model must not live on modules that happen to lie where the job was started.
    # What a model leaves running may still write there.
    with tempfile.TemporaryDirectory(prefix="spark-models-trial-", ignore_cleanup_errors=True) as folder:
        report = Path(folder) / "report"
        ended = subprocess.run(  # noqa: S603  # our own module, by full paths
            [sys.executable, "-m", "spark_models.registry.trial_process", str(model.resolve()), str(report)],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            # Not pipes: one that a process of the model's own still holds would be waited for, beyond all time.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        return report.read_text(encoding="utf-8") if report.exists() else _end(ended.returncode)


def _end(code: int) -> str:
    """How a process ended that could not say it itself; a negative code is the signal that ended it."""
    if code < 0:
        names = {int(known): known.name for known in signal.Signals}
        return f"its process was ended by {names.get(-code, f'signal {-code}')}"
    return f"its process ended by itself, with exit code {code}"
