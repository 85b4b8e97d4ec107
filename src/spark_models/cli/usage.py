"""A command line that cannot be understood: told as typer tells it, and to machines as all other errors."""

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from typer.core import TyperGroup
from typer.exceptions import TyperException

from spark_models.cli.printing import show_error
from spark_models.errors import ConfigError


class Verbs(TyperGroup):
    """All verbs; what is wrong with an option is JSON where JSON is asked for."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        """Run the verb that the arguments name, and leave with its exit code."""
        given = sys.argv[1:] if args is None else list(args)
        if not _is_for_machines(given):
            return super().main(given, *more, **options)
        try:
            code = super().main(given, *more, **options | {"standalone_mode": False})
        except TyperException as error:
            refused = ConfigError("command line", [error.format_message()])
            show_error(refused, Console(stderr=True), as_json=True)
            code = refused.exit_code
        sys.exit(code or 0)


def _is_for_machines(arguments: Sequence[str]) -> bool:
    return not {"--json", "--format=json"}.isdisjoint(arguments) or ("--format", "json") in pairwise(arguments)
