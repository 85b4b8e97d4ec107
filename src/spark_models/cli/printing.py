"""What the command line prints: results and errors, for people and for machines."""

import json
import math
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from spark_models.cli.traces import trace
from spark_models.core.config import JobConfig
from spark_models.errors import ProblemsError, SparkModelsError

Form = Literal["text", "md", "json"]


def show(result: Any, form: Form) -> None:
    """A step's result, on stdout."""
    if form == "json":
        _print_json(plain(result))
    elif form == "md":
        from spark_models.report.markdown import outcome_markdown

        print(outcome_markdown(result), end="")  # noqa: T201  # for a file: rich would wrap lines
    else:
        from spark_models.report.outcomes import outcome

        Console().print(outcome(result), soft_wrap=True)


def show_error(error: SparkModelsError, console: Console, as_json: bool) -> None:
    """What is wrong, and what to do: for people on the console, for machines on stdout."""
    notes: list[str] = getattr(error, "__notes__", [])
    if as_json:
        parts = {"subject": error.subject, "problems": error.problems} if isinstance(error, ProblemsError) else {}
        told = {"error": type(error).__name__, "exit_code": error.exit_code, "message": str(error), **parts}
        _print_json(told | {"notes": notes})
        return
    console.print(Text.assemble(("error: ", "bold red"), str(error)), soft_wrap=True)
    for note in notes:
        console.print(Text(note), soft_wrap=True)


def show_unexpected(error: Exception, config: JobConfig | None, console: Console, as_json: bool) -> None:
    """That something is wrong which nobody foresaw; its trace goes to the log."""
    session = getattr(config, "session", None)
    log = Path(session.log_file if session else "spark-models.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.writelines(trace(error))
    # Not its message, which may hold values from rows.
    name, message = type(error).__name__, f"the trace is in {log}"
    if as_json:
        _print_json({"error": name, "exit_code": SparkModelsError.exit_code, "message": message})
    else:
        console.print(Text.assemble(("unexpected: ", "bold red"), f"{name}; {message}"), soft_wrap=True)


def _print_json(told: Any) -> None:
    print(json.dumps(told, indent=2, allow_nan=False))  # noqa: T201  # for machines: rich would wrap lines


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):  # JSON has neither NaN nor infinity
        return None
    return value.isoformat() if isinstance(value, datetime) else value
