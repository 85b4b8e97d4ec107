"""Run in one process what a reader of the README types, since each command by itself would start a JVM.

``python reader.py`` waits for it at a socket in its folder. ``python reader.py VERB ARGUMENT...`` is ``spark-models``
with these arguments, run there: it prints what the command prints, and ends as it ends.
"""

import os
import sys
import traceback
from contextlib import redirect_stdout
from io import StringIO
from multiprocessing.connection import Client, Listener
from typing import Any, Literal

SOCKET = "reader.socket"


def ask(kind: Literal["command", "python", "end"], what: Any = (), environment: Any = None) -> tuple[int, str]:
    """The exit code and what was printed of a command's arguments, or of a block of Python after its fence's line."""
    with Client(SOCKET) as reader:
        reader.send((kind, what, dict(environment or os.environ)))
        code, printed = reader.recv()
    return code, printed


def serve() -> None:
    """Run what is asked for, one after the other, until there is nothing more."""
    with Listener(SOCKET) as listener:
        print("ready", flush=True)  # noqa: T201  # for who started it
        kind = ""
        while kind != "end":
            with listener.accept() as connection:
                kind, what, environment = connection.recv()
                os.environ.update(environment)
                connection.send(_ran(kind, what))


def _ran(kind: str, what: Any) -> tuple[int, str]:
    printed = StringIO()
    with redirect_stdout(printed):
        try:
            if kind == "command":
                _command(what)
            elif kind == "python":
                _python(*what)
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
        except Exception:  # noqa: BLE001  # whatever a block raises
            return 1, printed.getvalue() + traceback.format_exc()
    return 0, printed.getvalue()


def _command(arguments: list[str]) -> None:
    from spark_models.cli import main

    sys.argv = ["spark-models", *arguments]
    main()


def _python(line: int, text: str) -> None:
    # By itself, as a reader tries it.
    exec(compile("\n" * line + text, "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102  # our README


if __name__ == "__main__":
    if sys.argv[1:]:
        code, printed = ask("command", sys.argv[1:])
        print(printed, end="")  # noqa: T201  # what the command printed
        sys.exit(code)
    serve()
