import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.config import ScoreConfig, load_config
from spark_models.core.config.environment import substitute
from spark_models.errors import ConfigError

GOOD = """\
model: models:/flight_delay@champion
tables: {location: ./lake/ops}
input:
  table: lake/flights
output:
  table: lake/predictions
  keys: [flight_id]
"""
LEAST = ["model=models:/m/1", "tables.location=ops", "output.table=p", "output.keys=[id]"]

Writer = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Writes score.yaml in an empty working folder; messages then name it without a folder."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        file = Path("score.yaml")
        file.write_text(text, encoding="utf-8")
        return file

    return write


def problems(file: Path | None, *overrides: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config("score", file, overrides, environment)
    return list(caught.value.problems)


def test_a_file_becomes_a_config_with_defaults_for_what_it_leaves_out(written: Writer) -> None:
    config = load_config(ScoreConfig, written(GOOD), environment={})

    assert config.model == "models:/flight_delay@champion"
    assert config.output.keys == ("flight_id",)
    assert config.output.mode == "append"


def test_a_config_needs_no_file() -> None:
    config = load_config(ScoreConfig, None, LEAST, {})

    assert (config.model, config.output.keys) == ("models:/m/1", ("id",))


def test_an_override_changes_one_key_and_leaves_its_neighbours(written: Writer) -> None:
    config = load_config(ScoreConfig, written(GOOD), ["output.mode=replace", "output.keys=[a, b]"], {})

    assert config.output.mode == "replace"
    assert config.output.keys == ("a", "b")
    assert config.output.table == "lake/predictions"


def test_the_last_of_two_overrides_of_a_key_wins() -> None:
    assert load_config(ScoreConfig, None, [*LEAST, "method=predict", "method=transform"], {}).method == "transform"


def test_an_override_may_hold_equals_signs_and_spaces() -> None:
    config = load_config(ScoreConfig, None, [*LEAST, "input.filter=carrier = 'AA' AND month >= 10"], {})

    assert config.input.filter == "carrier = 'AA' AND month >= 10"


def test_an_override_of_a_text_stays_a_text_whatever_yaml_would_make_of_it() -> None:
    config = load_config(ScoreConfig, None, [*LEAST, "batch_id=2026-05-01", "output.prediction=true"], {})

    assert (config.batch_id, config.output.prediction) == ("2026-05-01", "true")


def test_an_override_in_a_mapping_takes_the_rest_as_one_key() -> None:
    config = load_config(ScoreConfig, None, [*LEAST, "session.settings.spark.sql.shuffle.partitions=4"], {})

    assert config.session.settings == {"spark.sql.shuffle.partitions": "4"}


def test_an_override_with_null_gives_back_the_default(written: Writer) -> None:
    assert load_config(ScoreConfig, written(GOOD), ["input.table=null"], {}).input.table is None


@pytest.mark.parametrize("batch_id", ["", "b" * 241, "é" * 41])
def test_a_batch_id_that_can_name_no_folder_is_refused(batch_id: str) -> None:
    (problem,) = problems(None, *LEAST, f"batch_id={json.dumps(batch_id)}")
    assert problem.startswith("--set: batch_id: give 1 to 240 characters, of which others than letters, digits")


@pytest.mark.parametrize("text", ["output.mode", "", "=replace"])
def test_an_override_that_is_no_assignment_is_refused_by_its_number(text: str) -> None:
    assert problems(None, *LEAST, text) == ["--set number 5: write KEY=VALUE, such as output.mode=replace"]


def test_an_override_that_yaml_would_cut_short_is_refused() -> None:
    assert problems(None, *LEAST, "batch_id=fixes #3") == [
        "--set: batch_id: YAML takes a part of the value for a comment; put it between quotes"
    ]


def test_an_override_that_is_not_yaml_is_refused() -> None:
    assert problems(None, *LEAST, "output.passthrough=[a") == [
        "--set: output.passthrough: not YAML: expected ',' or ']'; put the value between quotes"
    ]


def test_an_override_below_a_value_that_holds_no_keys_is_refused(written: Writer) -> None:
    assert problems(written(GOOD), "model.name=x") == [
        "--set: model.name cannot be set, as what it stands in is no mapping"
    ]


def test_a_variable_of_the_environment_stands_anywhere_in_a_text(written: Writer) -> None:
    file = written(GOOD + "params: {deep: [{er: '<${env:A}|${env:B}>'}]}\n")

    config = load_config(ScoreConfig, file, ["input.filter=${env:A} > 1"], {"A": "one", "B": "${env:A}"})

    assert config.params == {"deep": [{"er": "<one|${env:A}>"}]}
    assert config.input.filter == "one > 1"


def test_nothing_else_is_substituted() -> None:
    config = load_config(ScoreConfig, None, [*LEAST, "params.a=$HOME ${HOME} {env:A} ~"], {"HOME": "h", "A": "a"})

    assert config.params == {"a": "$HOME ${HOME} {env:A} ~"}


def test_a_variable_that_is_not_set_is_named_with_its_line(written: Writer) -> None:
    file = written(GOOD + "registry:\n  tracking_uri: ${env:MLFLOW_TRACKING_URI}\n")

    assert problems(file) == [
        "score.yaml:9: registry.tracking_uri: environment variable MLFLOW_TRACKING_URI is not set"
    ]


def test_a_value_that_lacks_its_variable_is_complained_of_once() -> None:
    assert problems(None, *LEAST, "on_row_error=${env:MODE}") == [
        "--set: on_row_error: environment variable MODE is not set"
    ]


def test_a_variable_where_no_text_can_be_used_is_refused_with_another_way_to_give_it(written: Writer) -> None:
    file = written(GOOD.replace("table: lake/flights", "version: ${env:VERSION}"))
    advice = "${env:VERSION} is always one: leave it out here, and add --set input.version=$VERSION"
    needed = "input.version: a whole number is needed, got a text"

    assert problems(file, VERSION="3") == [f"score.yaml:4: {needed}; {advice}"]
    assert problems(None, *LEAST, "input.version='${env:VERSION}'", VERSION="3") == [f"--set: {needed}; {advice}"]
    assert problems(None, *LEAST, "input.version=three") == [f"--set: {needed}"]
    (problem,) = problems(None, *LEAST, "output.keys=${env:KEY}", KEY="id")
    assert problem.endswith("leave it out here, and add --set output.keys=$KEY")
    with pytest.raises(ConfigError, match=r"gate\[0\].absolute: .* got a text; .* add --set gate=\[...\]"):
        load_config("promote", None, ["gate=[{metric: f1, absolute: '${env:LEAST}'}]"], {"LEAST": "0.5"})


def test_a_reference_without_a_name_or_an_end_is_refused() -> None:
    assert problems(None, *LEAST, "method=${env:}", "batch_id=${env:A", A="x") == [
        "--set: method: write ${env:NAME}, closed, with a name",
        "--set: batch_id: write ${env:NAME}, closed, with a name",
    ]


def test_all_problems_are_listed_at_once_with_their_lines(written: Writer) -> None:
    file = written("""\
model: 3
tables: {}
input:
  version: one
  filter: 2026-05-01
output:
  table: lake/predictions
  mod: append
  keys: flight_id
  passthrough: [a, 1]
methd: predict
""")

    assert problems(file, "on_row_error=rekord") == [
        "--set: on_row_error: 'fail' or 'record' is needed; did you mean 'record'?",
        "score.yaml:1: model: a text is needed, got a whole number; put it between quotes",
        "score.yaml:2: tables.location is missing",
        "score.yaml:4: input.version: a whole number is needed, got a text",
        "score.yaml:5: input.filter: a text is needed, got a date; put it between quotes",
        "score.yaml:8: output.mod is not a key; did you mean 'mode'?",
        "score.yaml:9: output.keys: a list is needed, got a text",
        "score.yaml:10: output.passthrough[1]: a text is needed, got a whole number; put it between quotes",
        "score.yaml:11: methd is not a key; did you mean 'method'?",
    ]


def test_an_unknown_key_with_no_near_one_shows_the_keys_there_are() -> None:
    assert problems(None, *LEAST, "input.zzzzzz=1") == [
        "--set: input.zzzzzz is not a key (keys: table, version, timestamp, filter, columns)"
    ]


def test_an_unknown_section_of_an_override_is_the_overrides_fault(written: Writer) -> None:
    assert problems(written(GOOD), "outptu.mode=append") == ["--set: outptu is not a key; did you mean 'output'?"]


def test_a_key_that_an_override_leaves_missing_is_missing_from_the_file(written: Writer) -> None:
    file = written("model: m\ntables: {location: ops}\n")

    assert problems(file, "output.table=t") == ["score.yaml: output.keys is missing"]


def test_a_key_that_stands_twice_is_refused_wherever_it_stands(written: Writer) -> None:
    file = written(GOOD + "  table: elsewhere\nmodel: models:/other/1\nparams: [{a: 1, a: 2}]\n")

    assert problems(file)[:3] == [
        "score.yaml:8: output.table stands twice; it is on line 6, too",
        "score.yaml:9: model stands twice; it is on line 1, too",
        "score.yaml:10: params[0].a stands twice; it is on line 10, too",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: b: c\n", "score.yaml:1:5: not YAML: mapping values are not allowed here"),
        ("a: 1\nb: \x07\n", "score.yaml:2:4: not YAML: it holds a character that YAML does not allow"),
        ("a: &a\n  - *a\n", "score.yaml:1:4: not YAML: an alias refers to what it stands in"),
        ("a: *hunter2\n", "score.yaml:1:4: not YAML: found undefined alias"),
        ("a: !hunter2 x\n", "score.yaml:1:4: not YAML: could not determine a constructor for the tag"),
        ("a: 1\n---\nb: 1\n", "score.yaml:2:1: not YAML: found another document"),
        ("# nothing\n", "it is empty; a config is a mapping of keys to values"),
        ("- a\n", "a config is a mapping of keys to values, this is something else"),
    ],
)
def test_a_file_that_is_no_mapping_in_yaml_is_refused(written: Writer, text: str, problem: str) -> None:
    assert problems(written(text)) == [problem]


def test_a_file_that_runs_code_is_refused(written: Writer) -> None:
    with pytest.raises(ConfigError, match="could not determine a constructor"):
        load_config("score", written("a: !!python/object/apply:os.getcwd []\n"))


def test_a_file_that_is_not_there_is_named_with_the_nearest_one(written: Writer) -> None:
    written(GOOD)

    assert problems(Path("scores.yaml")) == ["there is no such file; did you mean 'score.yaml'?"]


def test_a_folder_and_bytes_are_no_config(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: Zürich".encode("latin-1"))

    assert problems(tmp_path) == ["it is a folder; name the YAML file in it"]
    assert problems(latin) == ["it is not UTF-8 text"]


def test_numbers_are_yaml_1_2_and_keys_are_texts(written: Writer) -> None:
    config = load_config(ScoreConfig, written(GOOD + "params: {on: 1e-3, 1: 2E5, x: 0.5}\n"), environment={})

    assert config.params == {"on": 0.001, "1": 200000.0, "x": 0.5}


def test_anchors_and_merges_are_understood(written: Writer) -> None:
    config = load_config(ScoreConfig, written(GOOD + "params:\n  a: &a {x: 1}\n  b: {<<: *a, y: 2}\n"), environment={})

    assert config.params["b"] == {"x": 1, "y": 2}


def test_a_timestamp_is_one_in_a_file_and_on_the_command_line(written: Writer) -> None:
    expected = datetime(2026, 5, 1, tzinfo=UTC)
    file = written(GOOD.replace("table: lake/flights", "timestamp: 2026-05-01T00:00:00Z"))

    assert load_config(ScoreConfig, file, environment={}).input.timestamp == expected
    assert (
        load_config(ScoreConfig, None, [*LEAST, "input.timestamp=2026-05-01T00:00:00Z"], {}).input.timestamp == expected
    )


def test_an_unknown_verb_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'score'"):
        load_config("scor", None)


@given(
    secret=st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=12, max_size=12),
    key=st.sampled_from(
        ["model", "registry", "input.version", "input.timestamp", "output.mode", "output.keys", "params", "tables.x"]
    ),
)
def test_no_message_ever_holds_a_value(secret: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("score", None, [f"{key}=[${{env:SECRET}}, {secret}]", "method=${env:NOT_SET}"], {"SECRET": secret})

    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_values_without_references_come_out_as_they_are(values: object) -> None:
    problems: list[object] = []

    if "${env:" not in repr(values):
        assert substitute(values, {}, problems.append) == values
        assert problems == []


def test_a_model_may_be_one_or_a_list_of_them(written: Writer) -> None:
    rest = "tables: {location: ops}\noutput: {table: p, keys: [id]}\n"
    one = load_config(ScoreConfig, written(f"model: models:/a/1\n{rest}"))
    several = load_config(ScoreConfig, written(f"model: [models:/a/1, models:/a/2]\n{rest}"))
    assert (one.models, several.models) == (("models:/a/1",), ("models:/a/1", "models:/a/2"))
    assert problems(written(f"model: [models:/a/1, 2]\n{rest}")) == [
        "score.yaml:1: model[1]: a text is needed, got a whole number; put it between quotes"
    ]
    assert problems(written(f"model: []\n{rest}")) == ["score.yaml:1: model: at least 1 is needed in the list, got 0"]
