"""The options that verbs share, and what the config gets of a verb's own ones."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from spark_models.cli.printing import Form

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="A YAML file; conf/ has one for each verb, with every key.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", "-s", help="key=value over the file's, as output.mode=merge; repeatable.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Format = Annotated[
    Form, typer.Option("--format", help="text for a terminal, md (Markdown) for a pull request, or json for machines.")
]


def with_given(settings: list[str] | None, **options: Any) -> list[str]:
    """The settings of ``--set``, and over them the options that were given, each the value of a key of the config."""
    given = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in options.items() if value is not None)
    return [*(settings or []), *given]
