"""Run jobs one after another in one application under spark-submit: each by itself would start a JVM.

A line of the pipe that it is given is a job, as a JSON list of the verb and its arguments; a line of stdout is the
job's exit code and what it printed. Spark leaves stdin to nobody, and makes Python's stderr one with its stdout.
"""

import json
import runpy
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path


def ran(verb: str, *arguments: str) -> tuple[int, str]:
    """Run ``jobs/VERB.py`` as spark-submit does."""
    sys.argv = [f"jobs/{verb}.py", *arguments]
    printed = StringIO()
    with redirect_stdout(printed):
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    return 0, printed.getvalue()


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as asked:
        for line in asked:
            print(json.dumps(ran(*json.loads(line))), flush=True)  # noqa: T201  # the answer
