"""Two versions' predictions of the same rows, without labels, in each form that a prediction may have."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.entities import Run
from pyspark.sql import SparkSession
from scipy import stats
from tests.comparing import PROVENANCE, scored
from tests.lake import rows_of, version, write
from tests.models import Store, add_version, log_regression, make_store

from spark_models.core.config import DriftConfig, DriftVersionsConfig, TablesConfig
from spark_models.core.drift import Drift
from spark_models.core.drift_tables import ClassChange, DriftMetric, DriftRow
from spark_models.errors import ConfigError, DataError, SchemaError
from spark_models.steps.drift import drift

ROWS = 200
RNG = np.random.default_rng(3)
SCORES = {1: RNG.random(ROWS), 2: RNG.random(ROWS) ** 2}
SHARES = {number: RNG.dirichlet([1, 1, 1], ROWS) for number in (1, 2)}
WORDS = np.array(["early", "late", "lost"])
# Version 1 did not score the first row, and version 2 failed on the second; of the third its score is NaN.
BOTH = np.arange(ROWS) >= 2
COLUMNS = (
    f"id bigint, leg string, score double, kind string, place int, shares array<double>, moment date, {PROVENANCE}"
)


def row(number: int, place: int, batch: int = 0) -> tuple[Any, ...]:
    failed = number == 2 and place == 1
    score = float("nan") if number == 2 and place == 2 else float(SCORES[number][place])
    shares, largest = SHARES[number][place], int(SHARES[number][place].argmax())
    values = [None] * 4 if failed else [score, str(WORDS[largest]), largest, shares.tolist()]
    return (place, f"leg {place}", *values, None, *scored(number, batch=batch, error="it failed" if failed else None))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = make_store(tmp_path_factory.mktemp("mlflow"))
    logged = log_regression(made)
    for name in ("delay", "delay", "delay", "another"):
        add_version(made, name, logged)
    return made


@pytest.fixture(scope="module")
def folder(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001  # Spark reads DDL
    lake = str(tmp_path_factory.mktemp("lake"))
    rows = [row(number, place, batch=1) for number in (1, 2) for place in range(ROWS) if (number, place) != (1, 0)]
    # What a batch before it said of a row does not count.
    before = (9, "leg 9", 1e9, "lost", 2, [0.0, 0.0, 1.0], None, *scored(2, batch=0))
    write(f"{lake}/predictions", COLUMNS, [*rows, before])
    return lake


def config(store: Store, folder: str, column: str, **more: Any) -> DriftConfig:
    values: dict[str, Any] = {
        "candidate": "models:/delay/2",
        "baseline": "models:/delay/1",
        "table": f"{folder}/predictions",
        "keys": ("id", "leg"),
        "column": column,
    }
    return DriftConfig(
        registry=store.config,
        tables=TablesConfig(location=f"{folder}/ops"),
        versions=DriftVersionsConfig(**{**values, **more.pop("versions", {})}),
        **more,
    )


@pytest.fixture(scope="module")
def scores(spark: SparkSession, store: Store, folder: str) -> Drift:
    return drift(config(store, folder, "score", versions={"threshold": 0.5}, most_changed=5), spark=spark)


def test_agreement_is_over_the_rows_that_both_have_a_score_for(scores: Drift) -> None:
    (metric,) = scores.overall
    one, two = (SCORES[number][3:] for number in (1, 2))
    assert metric.rows_compared == ROWS - 3
    assert metric.correlation == pytest.approx(np.corrcoef(one, two)[0, 1], rel=1e-9)
    assert metric.mean_difference == pytest.approx((two - one).mean(), rel=1e-9)
    assert metric.mean_absolute_difference == pytest.approx(np.abs(two - one).mean(), rel=1e-9)
    assert metric.max_absolute_difference == pytest.approx(np.abs(two - one).max(), rel=1e-9)
    assert metric.agreement == pytest.approx(((one >= 0.5) == (two >= 0.5)).mean(), rel=1e-9)
    assert metric.class_changes is not None
    assert {(change.baseline, change.candidate): change.count for change in metric.class_changes} == {
        (str(before).lower(), str(after).lower()): int((((one >= 0.5) == before) & ((two >= 0.5) == after)).sum())
        for before in (False, True)
        for after in (False, True)
    }


def test_the_versions_scores_are_two_distributions_too(scores: Drift) -> None:
    (metric,) = scores.overall
    one, two = SCORES[1][2:], SCORES[2][3:]
    assert metric.wasserstein_distance == pytest.approx(stats.wasserstein_distance(one, two), rel=1e-9)
    assert metric.ks_test is not None
    assert metric.ks_test.pvalue == pytest.approx(stats.ks_2samp(one, two, method="asymp").pvalue, rel=1e-9)
    assert metric.percent_nan_delta == pytest.approx(100 / (ROWS - 2))
    assert (metric.kind, metric.model_version, metric.baseline_version) == ("versions", 2, 1)
    assert (scores.whole.baseline_count, scores.whole.current_count) == (ROWS - 1, ROWS - 1)
    assert (scores.whole.rows_compared, scores.whole.count_delta) == (ROWS - 2, 0)


def test_the_rows_that_changed_most_are_kept_by_their_keys_alone(scores: Drift, folder: str) -> None:
    sizes = np.where(np.arange(ROWS) >= 3, np.abs(SCORES[2] - SCORES[1]), 0)
    most = np.argsort(-sizes)[:5]
    assert [row.keys for row in scores.rows] == [{"id": str(place), "leg": f"leg {place}"} for place in most]
    assert [row.difference for row in scores.rows] == pytest.approx(sizes[most].tolist())
    assert [row.rank for row in scores.rows] == [1, 2, 3, 4, 5]
    assert rows_of(TablesConfig(location=f"{folder}/ops").table("drift_rows"), DriftRow) == scores.rows


def runs_of(store: Store, drift_id: str) -> list[Run]:
    experiment = store.client.get_experiment_by_name("spark-models")
    assert experiment is not None
    return list(store.client.search_runs([experiment.experiment_id], f"params.drift_id = '{drift_id}'"))


def test_an_mlflow_run_holds_the_numbers_by_column_and_no_keys(store: Store, scores: Drift) -> None:
    (run,) = runs_of(store, scores.drift_id)
    assert run.info.run_name == "drift delay version 2 with 1"
    (metric,) = scores.overall
    assert metric.ks_test is not None
    assert run.data.metrics["score/correlation"] == pytest.approx(metric.correlation)
    assert run.data.metrics["score/ks_test.statistic"] == pytest.approx(metric.ks_test.statistic)
    assert run.data.metrics["rows_compared"] == ROWS - 2
    assert {name: run.data.params[name] for name in ("kind", "model_name", "model_version", "baseline_version")} == {
        "kind": "versions",
        "model_name": "delay",
        "model_version": "2",
        "baseline_version": "1",
    }
    (artifact,) = store.client.list_artifacts(run.info.run_id)
    assert artifact.path == "drift_metrics.json"
    logged = json.loads(Path(store.client.download_artifacts(run.info.run_id, artifact.path)).read_text("utf-8"))
    assert len(logged["data"]) == len(scores.metrics)


def test_a_rerun_gives_what_is_stored_and_writes_nothing(
    spark: SparkSession, store: Store, folder: str, scores: Drift
) -> None:
    job = config(store, folder, "score", versions={"threshold": 0.5}, most_changed=5)
    names = [job.tables.table(name) for name in ("drift_metrics", "drift_rows")]
    before = [version(name) for name in names]
    again = drift(job, spark=spark)
    assert (again.metrics, again.rows, again.stored) == (scores.metrics, scores.rows, True)
    assert [version(name) for name in names] == before
    assert len(runs_of(store, scores.drift_id)) == 1
    assert {row.drift_id for row in rows_of(names[0], DriftMetric)} >= {scores.drift_id}


@pytest.mark.parametrize("column", ["kind", "place"])
def test_classes_are_counted_by_what_both_versions_say(
    spark: SparkSession, store: Store, folder: str, column: str
) -> None:
    found = drift(config(store, folder, column, most_changed=3), spark=spark)
    (metric,) = found.overall
    names = WORDS if column == "kind" else np.array(["0", "1", "2"])
    one, two = (names[SHARES[number][2:].argmax(axis=1)] for number in (1, 2))
    assert metric.agreement == pytest.approx((one == two).mean(), rel=1e-9)
    assert metric.class_changes is not None
    assert set(metric.class_changes) == {
        ClassChange(str(a), str(b), count)
        for a in names
        for b in names
        if (count := int(((one == a) & (two == b)).sum()))
    }
    shares = np.array([[(side == name).mean() for name in names] for side in (one, two)])
    assert metric.tv_distance == pytest.approx(np.abs(shares[0] - shares[1]).sum() / 2, rel=1e-9)
    if column == "kind":
        changed = (np.flatnonzero(one != two)[:3] + 2).tolist()
        assert [(row.keys["id"], row.difference) for row in found.rows] == [(str(place), None) for place in changed]


def test_probabilities_are_compared_by_place_and_by_the_largest(spark: SparkSession, store: Store, folder: str) -> None:
    found = drift(config(store, folder, "shares"), spark=spark)
    assert [metric.column_name for metric in found.overall] == ["shares", "shares[0]", "shares[1]", "shares[2]"]
    one, two = SHARES[1][2:], SHARES[2][2:]
    largest, _, second, _ = found.overall
    assert largest.agreement == pytest.approx((one.argmax(axis=1) == two.argmax(axis=1)).mean(), rel=1e-9)
    assert second.mean_absolute_difference == pytest.approx(np.abs(two - one)[:, 1].mean(), rel=1e-9)
    assert second.wasserstein_distance == pytest.approx(stats.wasserstein_distance(one[:, 1], two[:, 1]), rel=1e-9)
    assert second.class_changes is None
    assert len(found.rows) == 100
    assert found.rows[0].difference == pytest.approx(np.abs(two - one).max())


def test_what_cannot_be_compared_is_refused(spark: SparkSession, store: Store, folder: str) -> None:
    def told(kind: type[Exception], column: str = "score", **versions: Any) -> str:
        with pytest.raises(kind) as error:
            drift(config(store, folder, column, versions=versions), spark=spark)
        return str(error.value)

    assert "the baseline itself" in told(ConfigError, candidate="models:/delay/1")
    assert "of another model" in told(ConfigError, candidate="models:/another/1")
    assert "version 3 has no predictions there" in told(DataError, candidate="models:/delay/3")
    assert "key column 'ids' is not in it; did you mean 'id'?" in told(SchemaError, keys=("ids",))
    assert "it is date; numbers, texts, booleans" in told(SchemaError, "moment")
    assert "keys must identify a row" in told(DataError, keys=("place",))
