import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from spark_models.core.config import CONFIGS, load_config
from spark_models.core.config.problems import section_in
from spark_models.core.config.schema import main, schema_of, stale_schemas, write_schemas

ROOT = Path(__file__).parents[2]
VERBS = sorted(CONFIGS)
# In these files prose is "# text", and a key that is left to its default "#key: value".
COMMENTED_OUT = re.compile(r"^( *(?:- )?)#(?=[a-z_]+:)", re.MULTILINE)


def conf(verb: str) -> Path:
    return ROOT / "conf" / f"{verb}.yaml"


def keys(config: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in config.model_fields.items():
        yield f"{above}{name}"
        section = section_in(field.annotation)
        if section is not None:
            yield from keys(section, f"{above}{name}.")


def keys_with_comments(text: str) -> dict[str, bool]:
    """Every key below the top of a YAML text, and whether prose stands on the line above it."""
    lines = text.splitlines()
    found: dict[str, bool] = {}

    def walk(node: yaml.Node, above: str) -> None:
        if isinstance(node, yaml.SequenceNode):
            for entry in node.value:
                walk(entry, above)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                found[above + key.value] = lines[key.start_mark.line - 1].lstrip().startswith("# ")
                walk(value, f"{above}{key.value}.")

    root = yaml.compose(text, yaml.SafeLoader)
    assert root is not None
    walk(root, "")
    return found


def test_each_verb_has_its_file_and_its_job() -> None:
    assert sorted(file.stem for file in (ROOT / "conf").glob("*.yaml")) == VERBS
    assert sorted(file.stem for file in (ROOT / "jobs").glob("*.py")) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_each_file_loads_with_only_the_tracking_server_to_say(verb: str) -> None:
    config = load_config(verb, conf(verb), environment={"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"})

    assert config.registry.tracking_uri == "sqlite:///mlflow.db"


@pytest.mark.parametrize("verb", VERBS)
def test_each_file_has_every_key_with_a_comment_above_it(verb: str) -> None:
    found = keys_with_comments(COMMENTED_OUT.sub(r"\1", conf(verb).read_text(encoding="utf-8")))

    assert [key for key in keys(CONFIGS[verb]) if key not in found] == []
    assert [key for key, is_commented in found.items() if not is_commented and key in set(keys(CONFIGS[verb]))] == []


@pytest.mark.parametrize("verb", VERBS)
def test_each_file_names_its_schema_to_editors(verb: str) -> None:
    first_line = conf(verb).read_text(encoding="utf-8").splitlines()[0]

    assert first_line == f"# yaml-language-server: $schema=schema/{verb}.json"
    assert (ROOT / "conf" / "schema" / f"{verb}.json").is_file()


@pytest.mark.parametrize("verb", VERBS)
def test_each_job_is_ten_lines_or_fewer(verb: str) -> None:
    text = (ROOT / "jobs" / f"{verb}.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 10
    assert f'run_job("{verb}")' in text


def test_the_schemas_are_current() -> None:
    assert stale_schemas(ROOT / "conf" / "schema") == []


def test_a_schema_that_is_missing_changed_or_left_over_is_stale(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert stale_schemas(tmp_path) == []

    (tmp_path / "card.json").unlink()
    (tmp_path / "score.json").write_text("{}", encoding="utf-8")
    (tmp_path / "former.json").write_text("{}", encoding="utf-8")

    assert stale_schemas(tmp_path) == ["card.json", "former.json", "score.json"]


def test_the_schemas_are_written_and_checked_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["--check"]) == 1
    assert "run: python -m spark_models.core.config.schema" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


@pytest.mark.parametrize("verb", VERBS)
def test_a_schema_is_strict_and_describes_every_key(verb: str) -> None:
    def check(schema: dict[str, object]) -> None:
        properties = schema["properties"]
        assert isinstance(properties, dict)
        assert schema["additionalProperties"] is False
        for name, value in properties.items():
            assert value["description"], name
            if "properties" in value:
                check(value)

    schema = schema_of(CONFIGS[verb])
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    check(schema)
