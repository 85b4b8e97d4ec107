from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from tests.lake import add_rows
from tests.models import Store, make_store
from tests.rows import START, card_row, metric_row

from spark_models.core.config import TablesConfig, VersionsConfig
from spark_models.core.version_list import VersionList
from spark_models.errors import ConfigError, RegistryError
from spark_models.registry.fluent import default_uris
from spark_models.registry.runs import experiment_id
from spark_models.steps.versions import versions


@dataclass(frozen=True)
class Shelf:
    """A store in which ``delay`` has three versions, and tables that know two of them."""

    store: Store
    tables: TablesConfig

    def __call__(self, **config: Any) -> VersionList:
        return versions(
            VersionsConfig.model_validate(
                {"registry": self.store.config, "tables": self.tables, "name": "delay", **config}
            )
        )

    def add(self, name: str, tags: dict[str, str], params: dict[str, Any], metrics: dict[str, float]) -> None:
        """A version of ``delay`` that a run of this name made."""
        registry = self.store.registry
        with (
            default_uris(registry.tracking_uri, registry.registry_uri),
            mlflow.start_run(experiment_id=experiment_id(registry), run_name=name) as run,
        ):
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)
        self.store.client.create_model_version("delay", self.store.folder.as_uri(), run.info.run_id, tags)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("versions")
    shelf = Shelf(make_store(folder), TablesConfig(location=f"{folder}/ops"))
    shelf.store.client.create_registered_model("delay")
    shelf.add("first", {"team": "ops"}, {"alpha": 10}, {"auc": 0.7, "val/loss": 0.5})
    shelf.add("second", {"team": "science"}, {"alpha": 9}, {"auc": 0.9})
    shelf.add("third", {"team": "ops"}, {"alpha": 8}, {"auc": 0.8})
    shelf.store.client.set_registered_model_alias("delay", "champion", "2")
    card = card_row(metrics={"auc": 0.1}, digest="d" * 64)
    add_rows(shelf.tables.table("model_versions"), [card, replace(card, model_version=2, flavor="lightgbm")])
    older = metric_row("roc_auc", 0.6, 0.5, candidate_low=0.5, candidate_high=0.7, confidence=0.95)
    newer = replace(older, comparison_id="second", compared_at=START + timedelta(days=1), candidate_value=0.65)
    slice_ = replace(newer, slice_column="origin", slice_value="JFK", candidate_value=0.1)
    other = replace(newer, model_name="another", candidate_value=0.2, compared_at=START + timedelta(days=2))
    add_rows(shelf.tables.table("comparison_metrics"), [newer, older, slice_, other])
    return shelf


@pytest.fixture(autouse=True)
def without_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that has no session, and must not start one."""

    def refused(*_: object) -> None:
        raise AssertionError("a session was asked for")

    monkeypatch.setattr("spark_models.spark.session_on_demand.present_session", lambda: None)
    monkeypatch.setattr("spark_models.spark.session_on_demand.get_session", refused)


def test_versions_come_from_the_registry_their_runs_cards_and_comparisons(shelf: Shelf) -> None:
    columns = ["version,aliases,run_name,flavor,metrics.auc,computed.*,metrics.roc_auc,params.alpha,tags.team,digest"]
    found = shelf(columns=columns)
    assert found.columns == (
        "version",
        "aliases",
        "run_name",
        "flavor",
        "metrics.auc",
        "computed.roc_auc",
        "metrics.roc_auc",
        "params.alpha",
        "tags.team",
        "digest",
    )
    assert [tuple(row.values()) for row in found.rows] == [
        (3, (), "third", None, 0.8, None, None, "8", "ops", None),
        (2, ("champion",), "second", "lightgbm", 0.9, 0.65, 0.65, "9", "science", "d" * 64),
        (1, (), "first", "sklearn", 0.7, 0.5, 0.5, "10", "ops", "d" * 64),
    ]
    assert (found.matched, found.total) == (3, 3)
    assert list(pd.DataFrame(found.rows)["metrics.auc"]) == [0.8, 0.9, 0.7]


def test_versions_are_filtered_and_sorted_by_what_runs_logged_and_comparisons_computed(shelf: Shelf) -> None:
    def found(**config: Any) -> list[int]:
        return [row["version"] for row in shelf(**config).rows]

    assert found(where="metrics.auc > 0.7 and tags.team = 'ops'") == [3]
    assert found(sort=["-metrics.auc"]) == [2, 3, 1]
    assert found(sort=["computed.roc_auc"]) == [1, 2, 3]
    assert found(where="computed.roc_auc is not null and not aliases = 'champion'") == [1]
    assert found(where="metrics.`val/loss` = 0.5 or run_name like 'thi%'", sort=["params.alpha"]) == [3, 1]
    assert found(where="created_at < '2020-01-01'") == []


def test_a_trend_has_the_newest_comparisons_values_and_intervals(shelf: Shelf) -> None:
    trend = shelf(trend="roc_auc").trend
    assert trend is not None
    assert [(point.version, point.value, point.low, point.high, point.comparison_id) for point in trend.points] == [
        (1, 0.5, None, None, "second"),
        (2, 0.65, 0.5, 0.7, "second"),
        (3, None, None, None, None),
    ]


def test_without_tables_what_the_registry_knows_is_told(shelf: Shelf, tmp_path: Path) -> None:
    for tables in (None, TablesConfig(location=f"{tmp_path}/nothing")):
        found = shelf(tables=tables, columns=["version", "flavor", "metrics.*"], sort=["version"], limit=1)
        assert found.rows == ({"version": 1, "flavor": None, "metrics.auc": 0.7, "metrics.val/loss": 0.5},)


def test_names_that_no_version_has_are_refused_with_near_ones(shelf: Shelf) -> None:
    with pytest.raises(ConfigError) as caught:
        shelf(where="metrics.acu > 1", sort=["-computed.roc_auk"])
    assert caught.value.problems == (
        "where: no version has 'metrics.acu'; did you mean 'metrics.auc'?",
        "sort: no version has 'computed.roc_auk'; did you mean 'computed.roc_auc' or 'metrics.roc_auc'?",
    )


def test_a_condition_that_cannot_be_read_is_refused_before_mlflow_is_asked() -> None:
    unreachable = {"tracking_uri": "http://127.0.0.1:1"}
    with pytest.raises(ConfigError, match="cannot be read"):
        versions(VersionsConfig.model_validate({"registry": unreachable, "name": "delay", "where": "version = "}))


def test_an_unknown_model_is_told_with_near_names(shelf: Shelf) -> None:
    with pytest.raises(RegistryError, match="no registered model 'dely'; did you mean 'delay'"):
        shelf(name="dely")
