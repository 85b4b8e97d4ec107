"""The command line: parses, calls one step, prints. The single place where errors become exit codes."""

from spark_models.cli.verbs import app, main, run_job

__all__ = ["app", "main", "run_job"]
