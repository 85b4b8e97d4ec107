from collections.abc import Callable
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from tests.models import Logged, Store, register_directly

from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, RegistryError
from spark_models.registry.aliases import alias_holder, aliases_of, set_alias
from spark_models.registry.resolve import resolve, resolve_all


@pytest.fixture(scope="module")
def delay(store: Store, regression: Logged) -> str:
    """A registered model with versions 1 to 11, whose champion is version 2."""
    for _ in range(11):
        register_directly(store, "arrival_delay", regression)
    set_alias(store.registry, ModelVersion("arrival_delay", 2), "champion")
    return "arrival_delay"


@pytest.mark.parametrize(
    ("form", "version"), [("models:/{}/3", 3), ("models:/{}@champion", 2), ("models:/{}/latest", 11)]
)
def test_every_form_of_uri_gives_the_pinned_version(store: Store, delay: str, form: str, version: int) -> None:
    assert resolve(store.registry, form.format(delay)) == ModelVersion(delay, version)


def test_a_name_of_three_parts_is_one_name(store: Store, regression: Logged) -> None:
    register_directly(store, "main.flights.delay", regression)
    assert resolve(store.registry, "models:/main.flights.delay/latest") == ModelVersion("main.flights.delay", 1)


@pytest.mark.parametrize("form", ["models:/{}/1", "models:/{}@champion", "models:/{}/latest"])
def test_an_unknown_model_is_told_with_near_names(store: Store, delay: str, form: str) -> None:
    with pytest.raises(RegistryError, match=f"no registered model 'arival_delay'; did you mean '{delay}'"):
        resolve(store.registry, form.format("arival_delay"))


def test_an_unknown_version_is_told_with_the_existing_ones(store: Store, delay: str) -> None:
    with pytest.raises(RegistryError, match=r"has no version 12 \(existing versions: 11, 10, .* and 1 more\)"):
        resolve(store.registry, f"models:/{delay}/12")


def test_an_unknown_alias_is_told_with_the_existing_ones_and_their_versions(store: Store, delay: str) -> None:
    with pytest.raises(RegistryError, match=r"did you mean 'champion'\? \(existing aliases: champion = version 2\)"):
        resolve(store.registry, f"models:/{delay}@champoin")


def test_a_model_without_versions_is_told_so(store: Store) -> None:
    store.client.create_registered_model("empty")
    with pytest.raises(RegistryError, match="'empty' has no versions yet"):
        resolve(store.registry, "models:/empty/latest")


@pytest.mark.parametrize("uri", ["runs:/0123/model", "models:/m-0123", "some/folder"])
def test_what_is_not_registered_must_be_registered_first(store: Store, uri: str) -> None:
    with pytest.raises(ConfigError, match="run `spark-models register`"):
        resolve(store.registry, uri)


def test_all_uris_that_name_nothing_are_told_at_once(store: Store, delay: str) -> None:
    good = [f"models:/{delay}/3", f"models:/{delay}@champion"]
    assert resolve_all(store.registry, good, "models") == (ModelVersion(delay, 3), ModelVersion(delay, 2))
    bad = [f"models:/{delay}/12", "models:/other/latest", "models:/a b/c/d"]
    with pytest.raises(RegistryError) as caught:
        resolve_all(store.registry, [*good, *bad], "models by month")
    assert caught.value.subject == "models by month"
    assert [problem.split(": ")[0] for problem in caught.value.problems] == bad
    # What is wrong with the config alone is no fault of the registry's.
    with pytest.raises(ConfigError) as refused:
        resolve_all(store.registry, [*good, "models:/a b/c/d", "runs:/0123/model"], "models")
    assert len(refused.value.problems) == 2


def noted(function: Callable[..., Any], asked: list[tuple[str, ...]]) -> Callable[..., Any]:
    """The function, which notes what it is asked for."""

    def noting(*arguments: str) -> Any:
        asked.append(arguments)
        return function(*arguments)

    return noting


def test_aliases_of_one_model_are_looked_up_at_once_and_each_version_once(
    store: Store, delay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        set_alias(store.registry, ModelVersion(delay, 4 + number % 2), f"group_{number}")
    asked: list[tuple[str, ...]] = []
    for name in ("get_registered_model", "get_model_version", "get_model_version_by_alias"):
        monkeypatch.setattr(store.client, name, noted(getattr(store.client, name), asked))
    uris = [f"models:/{delay}@group_{number}" for number in range(6)]
    found = resolve_all(store.registry, [*uris, f"models:/{delay}/4"], "models by group")
    assert found == tuple(ModelVersion(delay, version) for version in (4, 5, 4, 5, 4, 5, 4))
    assert asked == [(delay,), (delay, "4"), (delay, "5")]
    with pytest.raises(RegistryError, match=r"@group_7: .* has no alias 'group_7'; did you mean 'group_"):
        resolve_all(store.registry, [*uris, f"models:/{delay}@group_7"], "models by group")
    for number in range(6):
        store.client.delete_registered_model_alias(delay, f"group_{number}")


def test_a_registry_that_fails_is_asked_no_further(store: Store, delay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fail(name: str, version: str) -> None:
        asked.append((name, version))
        raise MlflowException("the connection was refused")

    monkeypatch.setattr(store.client, "get_model_version", fail)
    with pytest.raises(RegistryError, match="the connection was refused"):
        resolve_all(store.registry, [f"models:/{delay}/1", f"models:/{delay}/2"], "models")
    assert asked == [(delay, "1")]


def test_a_registry_that_fails_at_the_names_to_suggest_is_told(
    store: Store, delay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise MlflowException("the connection was refused")

    monkeypatch.setattr(store.client, "search_registered_models", fail)
    with pytest.raises(RegistryError, match="the connection was refused"):
        resolve(store.registry, f"models:/{delay}s/1")


def test_aliases_are_told_with_their_holders(store: Store, delay: str) -> None:
    assert aliases_of(store.registry, delay) == {"champion": 2}
    assert alias_holder(store.registry, delay, "champion") == 2
    assert alias_holder(store.registry, delay, "challenger") is None
    assert aliases_of(store.registry, "no_such_model") == {}
