"""One step, from its config to its exit code."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from spark_models.cli.printing import Form, show, show_error, show_unexpected
from spark_models.core.config import JobConfig
from spark_models.core.config.load import load_config
from spark_models.errors import SparkModelsError


def run(verb: str, file: Path | None, settings: list[str] | None, *, as_json: bool, form: Form = "text") -> None:
    """Read the config, run the step, print its result; leave with the error's exit code if it fails."""
    # A descriptor of its own: while the JVM starts, stderr itself is the log file.
    with os.fdopen(os.dup(2), "w") as screen:
        code = _exit_code(verb, file, settings or [], "json" if as_json else form, Console(file=screen))
    if code:
        raise typer.Exit(code)


def _exit_code(verb: str, file: Path | None, settings: list[str], form: Form, errors: Console) -> int:
    config: JobConfig | None = None
    try:
        config = load_config(verb, file, settings)
        result = _stepped(verb, config, errors)
    except SparkModelsError as error:
        show_error(error, errors, form == "json")
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last place before the user: a trace is for the log
        show_unexpected(error, config, errors, form == "json")
        return SparkModelsError.exit_code
    show(result, form)
    return 0


def _stepped(verb: str, config: JobConfig, errors: Console) -> Any:
    from spark_models.report.progress import progress_bar
    from spark_models.spark.progress import reported_progress

    step: Callable[[Any], Any] = getattr(import_module(f"spark_models.steps.{verb}"), verb)
    with progress_bar(errors, verb) as report, reported_progress(report):
        return step(config)
