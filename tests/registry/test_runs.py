import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.models import EXPERIMENT, Store

from spark_models.errors import RegistryError
from spark_models.registry.fluent import default_uris
from spark_models.registry.runs import experiment_id, log_run, open_run

ROWS = [
    {"metric": "mae", "value": 0.12345678901234567, "count": 3, "at": datetime(2026, 1, 2, tzinfo=UTC)},
    {"metric": "r2", "value": math.nan, "count": None, "more": True},
]


def test_a_run_holds_what_it_was_given_and_is_over(store: Store) -> None:
    run_id = log_run(
        store.registry,
        "score arrival_delay",
        status="FAILED",
        tags={"batch_id": "abc"},
        params={"engine": "arrow", "version": 3},
        metrics={"rows_in": 60, "rate": None, "ratio": math.nan, "most": math.inf},
    )
    run = store.client.get_run(run_id)
    assert store.client.get_experiment(run.info.experiment_id).name == EXPERIMENT
    assert (run.info.run_name, run.info.status) == ("score arrival_delay", "FAILED")
    assert run.data.tags["batch_id"] == "abc"
    assert run.data.params == {"engine": "arrow", "version": "3"}
    assert run.data.metrics == {"rows_in": 60.0}


def test_tables_are_stored_in_full_precision_where_mlflow_finds_them(store: Store) -> None:
    run_id = log_run(store.registry, "compare", tables={"comparison_metrics.json": ROWS, "none.json": []})
    file = Path(store.client.download_artifacts(run_id, "comparison_metrics.json"))
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "columns": ["metric", "value", "count", "at", "more"],
        "data": [
            ["mae", 0.12345678901234567, 3, "2026-01-02T00:00:00+00:00", None],
            ["r2", None, None, None, True],
        ],
    }
    with default_uris(store.registry.tracking_uri, store.registry.registry_uri):
        shown = store.client.load_table(experiment_id(store.registry), "comparison_metrics.json", [run_id])
    assert list(shown["metric"]) == ["mae", "r2"]


def test_a_run_whose_block_raises_has_failed(store: Store) -> None:
    with pytest.raises(KeyError), open_run(store.registry, "broken") as run_id:
        raise KeyError
    assert store.client.get_run(run_id).info.status == "FAILED"


def test_the_experiment_is_made_once(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    registry = replace(store.registry, experiment="another")
    assert experiment_id(registry) == experiment_id(registry)


def test_a_deleted_experiment_is_refused(store: Store) -> None:
    store.client.delete_experiment(store.client.create_experiment("gone"))
    with pytest.raises(RegistryError, match=r"'gone'.*\n.*restore it"):
        log_run(replace(store.registry, experiment="gone"), "late")
