"""JSON Schemas of the configs, for editors: ``python -m spark_models.core.config.schema [--check]``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from spark_models.core.config.section import JobConfig
from spark_models.core.config.verbs import CONFIGS

FOLDER = Path("conf/schema")


class _Untitled(GenerateJsonSchema):
    """Without pydantic's titles, which only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's signature
        return False


def schema_of(config: type[JobConfig]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a config; keys that it does not have are not allowed."""
    body = config.model_json_schema(schema_generator=_Untitled)
    return {"$schema": _Untitled.schema_dialect} | body


def schema_texts() -> dict[str, str]:
    """The text of each verb's schema file, by file name."""
    return {f"{verb}.json": json.dumps(schema_of(config), indent=2) + "\n" for verb, config in CONFIGS.items()}


def stale_schemas(folder: Path) -> list[str]:
    """Names of the files in ``folder`` that are not what the configs say, missing and left-over ones included."""
    texts = schema_texts()
    present = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in texts.keys() | present.keys() if texts.get(name) != present.get(name))


def write_schemas(folder: Path) -> None:
    """Write each verb's schema file into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write the schemas to ``conf/schema``, or check that they are current."""
    parser = argparse.ArgumentParser(prog="python -m spark_models.core.config.schema", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    if not parser.parse_args(arguments).check:
        write_schemas(FOLDER)
        return 0
    stale = stale_schemas(FOLDER)
    if stale:
        sys.stderr.write(f"{FOLDER}: not current: {', '.join(stale)}; run: {parser.prog}\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
