import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.model_uri import ModelURI, parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("models:/delay/3", ModelURI("models:/delay/3", "version", name="delay", version=3)),
        ("models:/delay@champion", ModelURI("models:/delay@champion", "alias", name="delay", alias="champion")),
        ("models:/main.ops.delay@a", ModelURI("models:/main.ops.delay@a", "alias", name="main.ops.delay", alias="a")),
        ("models:/delay/latest", ModelURI("models:/delay/latest", "latest", name="delay")),
        ("models:/my model/1", ModelURI("models:/my model/1", "version", name="my model", version=1)),
        ("models:/m-0a1b", ModelURI("models:/m-0a1b", "logged_model")),
        ("runs:/0a1b/model", ModelURI("runs:/0a1b/model", "run")),
        ("saved/model", ModelURI("saved/model", "path")),
        ("s3://bucket/model", ModelURI("s3://bucket/model", "path")),
    ],
)
def test_each_form_is_taken_apart(text: str, parsed: ModelURI) -> None:
    assert parse_model_uri(text) == parsed
    assert parsed.is_registered == (parsed.name is not None)


@pytest.mark.parametrize("text", ["", "models:/", "models:/delay", "models:/delay/three", "models:/a@b@c", "runs:/x"])
def test_what_has_none_of_the_forms_is_refused_with_all_of_them(text: str) -> None:
    with pytest.raises(ConfigError, match="models:/NAME@champion"):
        parse_model_uri(text)


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_.]*", fullmatch=True), st.integers(1, 10**6))
def test_a_versions_own_uri_names_it(name: str, version: int) -> None:
    parsed = parse_model_uri(ModelVersion(name, version).uri)
    assert (parsed.name, parsed.version) == (name, version)
