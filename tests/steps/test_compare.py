import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from scipy import stats
from sklearn import metrics as sklearn_metrics
from tests.comparing import PROVENANCE, Tables, runs_of, scored
from tests.lake import rows_of, write
from tests.models import log_classifier, log_regression, make_store, register_directly

from spark_models.core.comparison import Comparison, ordered_curves
from spark_models.core.config import CompareConfig, OwnMetric
from spark_models.core.metrics import AGREEMENT
from spark_models.core.tables import Card, ComparisonCurve, ComparisonDiff, ComparisonMetric
from spark_models.steps.compare import compare

ROWS = 90
KINDS = np.array(["early", "late", "lost"])
RNG = np.random.default_rng(7)
ORIGIN = [("EWR", "JFK", None)[place] for place in RNG.choice(3, ROWS, p=[0.5, 0.4, 0.1])]
DELAY = RNG.normal(10, 30, ROWS).round(1)
LATE = (DELAY > 10).astype(int)
KIND = RNG.integers(0, 3, ROWS)
# The last rows have no label; the first were not scored by version 2, and the second by version 3.
LABELLED, BY_ALL = np.arange(ROWS) < 84, np.arange(ROWS) >= 2
COMPARED = LABELLED & BY_ALL

# A column that only this metric needs, beside what every metric has.
ERROR_WHEN_LATE = "avg(abs(label - prediction)) FILTER (WHERE late = 1)"

Found = dict[str, float | None]


def delays(version: int) -> NDArray[np.float64]:
    return (DELAY + np.random.default_rng(version).normal(version, 5 * version, ROWS)).round(2)


def scores(version: int) -> NDArray[np.float64]:
    # Two decimals, so that there are ties.
    return np.clip(np.random.default_rng(version).normal(0.3 + 0.4 * LATE, 0.2 * version), 0, 1).round(2)


def probabilities(version: int) -> NDArray[np.float64]:
    weights = np.random.default_rng(version).random((ROWS, 3)) + np.eye(3)[KIND] / version
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


@pytest.fixture(scope="module")
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Tables:  # noqa: ARG001  # Spark reads DDL
    """Three versions that MLflow registered, and their predictions for the same rows, in each form that there is."""
    store = make_store(tmp_path_factory.mktemp("mlflow"))
    for logged in (log_regression(store), log_regression(store, alpha=2.0), log_classifier(store)):
        register_directly(store, "delay", logged, {"team": "ops"})
    made = Tables(store, str(tmp_path_factory.mktemp("lake")))
    _write_labels(made.labels)
    for version in (1, 2, 3):
        _write_predictions(made.predictions, version)
    return made


def _write_labels(path: str) -> None:
    columns = "id int, origin string, delay double, late bigint, late_bool boolean, late_text string, kind string"
    rows = [
        (number, origin, delay, late, bool(late), "late" if late else "on time", KINDS[kind])
        if LABELLED[number]
        else (number, origin, *[None] * 5)
        for number, (origin, delay, late, kind) in enumerate(
            zip(ORIGIN, DELAY.tolist(), LATE.tolist(), KIND.tolist(), strict=True)
        )
    ]
    write(path, columns, rows)


def _write_predictions(path: str, version: int) -> None:
    delay, score, shares = delays(version).tolist(), scores(version).tolist(), probabilities(version)
    columns = "id bigint, delay double, both struct<late:double>, pair array<double>, shares array<double>, kind string"
    rows = [
        (
            number,
            delay[number],
            {"late": score[number]},
            [1 - score[number], score[number]],
            shares[number].tolist(),
            str(KINDS[shares[number].argmax()]),
            *scored(version),
        )
        for number in range(ROWS)
        if version == 1 or number != version - 2
    ]
    write(path, f"{columns}, {PROVENANCE}", rows)


@pytest.fixture(scope="module")
def regression_job(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> CompareConfig:
    """Version 2 against version 1 on the delay, with slices."""
    results = str(tmp_path_factory.mktemp("results"))
    report = f"{results}/report.html"
    return tables.config(
        results,
        labels={"column": "delay"},
        column="delay",
        slices=("origin", "origin"),
        metrics=(OwnMetric(name="error_when_late", sql=ERROR_WHEN_LATE, direction="lower"),),
        report=report,
    )


@pytest.fixture(scope="module")
def regression_found(spark: SparkSession, regression_job: CompareConfig) -> Comparison:
    return compare(regression_job, spark=spark)


def regression(label: NDArray[np.float64], predicted: NDArray[np.float64]) -> Found:
    return {
        "mae": sklearn_metrics.mean_absolute_error(label, predicted),
        "rmse": sklearn_metrics.root_mean_squared_error(label, predicted),
        "r2": sklearn_metrics.r2_score(label, predicted),
        "mape": sklearn_metrics.mean_absolute_percentage_error(label, predicted),
        "median_absolute_error": sklearn_metrics.median_absolute_error(label, predicted),
        "bias": float((predicted - label).mean()),
    }


def binary(label: NDArray[np.int64], score: NDArray[np.float64]) -> Found:
    flagged = score >= 0.5
    (negatives, false_alarms), (misses, hits) = sklearn_metrics.confusion_matrix(label, flagged, labels=[0, 1])
    return {
        "roc_auc": sklearn_metrics.roc_auc_score(label, score),
        "average_precision": sklearn_metrics.average_precision_score(label, score),
        "log_loss": sklearn_metrics.log_loss(label, score, labels=[0, 1]),
        "brier": sklearn_metrics.brier_score_loss(label, score),
        "accuracy": sklearn_metrics.accuracy_score(label, flagged),
        "precision": sklearn_metrics.precision_score(label, flagged),
        "recall": sklearn_metrics.recall_score(label, flagged),
        "f1": sklearn_metrics.f1_score(label, flagged),
        "true_positives": float(hits),
        "false_positives": float(false_alarms),
        "true_negatives": float(negatives),
        "false_negatives": float(misses),
    }


def multiclass(label: NDArray[np.int64], shares: NDArray[np.float64]) -> Found:
    predicted = shares.argmax(axis=1)
    found: Found = {
        "accuracy": sklearn_metrics.accuracy_score(label, predicted),
        "log_loss": sklearn_metrics.log_loss(label, shares, labels=[0, 1, 2]),
    }
    for average in ("macro", "weighted"):
        scores_of = (sklearn_metrics.precision_score, sklearn_metrics.recall_score, sklearn_metrics.f1_score)
        for name, score in zip(("precision", "recall", "f1"), scores_of, strict=True):
            found[f"{name}_{average}"] = score(label, predicted, average=average, zero_division=0)
    return found


def computed(comparison: Comparison, version: int, origin: str | None = "all") -> Found:
    """A version's values over all rows, or over those of an origin."""
    rows = [
        row
        for row in comparison.metrics
        if row.source == "computed"
        and (row.slice_column is None if origin == "all" else (row.slice_column, row.slice_value) == ("origin", origin))
    ]
    return {
        row.metric: row.candidate_value if version == row.candidate_version else row.baseline_value
        for row in rows
        if version in {row.candidate_version, row.baseline_version}
    }


def assert_near(found: Found, values: Found) -> None:
    """Those of the metrics that are told here; the others are in tests/measures."""
    for name, value in values.items():
        assert found[name] == (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)), name


def of_origin(origin: str | None) -> NDArray[np.bool_]:
    return COMPARED & (True if origin == "all" else np.array([found == origin for found in ORIGIN]))


ORIGINS = ("all", "EWR", "JFK", None)


def test_a_regression_equals_scikit_learn_on_the_joined_rows_and_in_each_slice(regression_found: Comparison) -> None:
    for version in (1, 2):
        for origin in ORIGINS:
            # Version 3 takes no part, so what it did not score does.
            mask = of_origin(origin) | ((np.arange(ROWS) == 1) & (origin in {"all", ORIGIN[1]}))
            assert_near(computed(regression_found, version, origin), regression(DELAY[mask], delays(version)[mask]))


@pytest.mark.usefixtures("usual_plans")
def test_binary_equals_scikit_learn_for_two_candidates_at_once(spark: SparkSession, tables: Tables) -> None:
    job = tables.config(
        tables.results,
        task="binary",
        labels={"column": "late_text"},
        positive_class="late",
        classes=("on time", "late"),
        column="pair",
        candidates=("models:/delay/3", "models:/delay/2"),
        slices=("origin",),
    )
    found = compare(job, spark=spark)
    assert found.candidate_versions == (2, 3)
    for version in (1, 2, 3):
        for origin in ORIGINS:
            mask = of_origin(origin)
            assert_near(computed(found, version, origin), binary(LATE[mask], scores(version)[mask]))
    same = found.overall(3, "agreement")["agreement"]
    share = ((scores(3) >= 0.5) == (scores(1) >= 0.5))[COMPARED].mean()
    assert same.candidate_value == pytest.approx(share, rel=1e-12)
    assert same.threshold == 0.5


def test_a_field_of_a_struct_is_a_score_for_boolean_labels(spark: SparkSession, tables: Tables) -> None:
    job = tables.config(
        tables.results, task="binary", labels={"column": "late_bool"}, positive_class="true", column="both.late"
    )
    found = compare(job, spark=spark)
    mask = LABELLED & (np.arange(ROWS) != 0)
    for version in (1, 2):
        assert_near(computed(found, version), binary(LATE[mask], scores(version)[mask]))


def test_multiclass_probabilities_equal_scikit_learn(spark: SparkSession, tables: Tables) -> None:
    candidates = ("models:/delay/2", "models:/delay/3")
    job = tables.config(
        tables.results,
        task="multiclass",
        labels={"column": "kind"},
        column="shares",
        classes=tuple(KINDS.tolist()),
        candidates=candidates,
        slices=("origin",),
    )
    found = compare(job, spark=spark)
    for version in (1, 2, 3):
        for origin in ORIGINS:
            mask = of_origin(origin)
            assert_near(computed(found, version, origin), multiclass(KIND[mask], probabilities(version)[mask]))
    same = found.overall(3, "agreement")["agreement"]
    share = (probabilities(3).argmax(axis=1) == probabilities(1).argmax(axis=1))[COMPARED].mean()
    assert same.candidate_value == pytest.approx(share, rel=1e-12)
    assert same.threshold is None


def test_predicted_classes_equal_scikit_learn_and_have_no_log_loss(spark: SparkSession, tables: Tables) -> None:
    found = compare(
        tables.config(tables.results, task="multiclass", labels={"column": "kind"}, column="kind"), spark=spark
    )
    mask = LABELLED & (np.arange(ROWS) != 0)
    for version in (1, 2):
        expected = {**multiclass(KIND[mask], probabilities(version)[mask]), "log_loss": None}
        assert_near(computed(found, version), expected)


def test_each_value_and_change_has_an_interval_and_the_change_its_evidence(regression_found: Comparison) -> None:
    row = regression_found.overall(2)["mae"]
    both = LABELLED & (np.arange(ROWS) >= 1)
    ours, theirs = (np.abs(delays(version) - DELAY)[both] for version in (2, 1))
    error = (ours - theirs).std(ddof=1) / np.sqrt(len(ours))
    assert row.candidate_standard_error == pytest.approx(ours.std(ddof=1) / np.sqrt(len(ours)), rel=1e-9)
    assert row.change_standard_error == pytest.approx(error, rel=1e-9)
    assert row.change is not None
    assert row.change_low == pytest.approx(row.change - 1.959963984540054 * error)
    assert row.rows == len(ours)
    assert row.adjusted_p_value == row.p_value
    assert row.evidence == (row.verdict if row.p_value is not None and row.p_value < 0.05 else "unclear")
    slices = [row for row in regression_found.of(2) if row.slice_column and row.metric == "mae"]
    assert all(row.small == (row.rows is not None and row.rows < 100) for row in slices)
    assert max(row.adjusted_p_value or 0 for row in slices) == max(row.p_value or 0 for row in slices)


def test_a_metric_of_one_s_own_is_computed_as_the_task_s_are(regression_found: Comparison) -> None:
    mask = LABELLED & (np.arange(ROWS) >= 1) & (LATE == 1)
    errors = {version: np.abs(delays(version) - DELAY)[mask] for version in (1, 2)}
    for version, found in errors.items():
        assert_near(computed(regression_found, version), {"error_when_late": found.mean()})
    row = regression_found.overall(2)["error_when_late"]
    assert (row.direction, row.verdict) == ("lower", "worse")
    # The jackknife's error is itself only known to about a sixth.
    usual = (errors[2] - errors[1]).std(ddof=1) / np.sqrt(mask.sum())
    assert row.change_standard_error == pytest.approx(usual, rel=0.5)
    assert row.evidence in {"worse", "unclear"}
    in_slices = {row.slice_value for row in regression_found.of(2) if row.metric == "error_when_late"}
    assert in_slices == {"EWR", "JFK", None}


def test_agreement_is_told_of_each_candidate_over_all_rows(regression_found: Comparison) -> None:
    mask = LABELLED & (np.arange(ROWS) >= 1)
    ours, theirs = (delays(version)[mask] for version in (2, 1))
    found = regression_found.overall(2, "agreement")
    assert found["correlation"].candidate_value == pytest.approx(np.corrcoef(ours, theirs)[0, 1], rel=1e-9)
    assert found["max_absolute_difference"].candidate_value == pytest.approx(np.abs(ours - theirs).max(), rel=1e-9)
    assert found["ks_test.statistic"].candidate_value == pytest.approx(stats.ks_2samp(ours, theirs).statistic, rel=1e-9)
    assert list(found) == [metric.name for metric in AGREEMENT[2:]]
    for row in regression_found.of(2, "agreement"):
        assert (row.baseline_value, row.direction, row.verdict, row.rows) == (None, "none", "none", len(ours))


def test_curves_are_stored_and_the_page_is_there(regression_job: CompareConfig, regression_found: Comparison) -> None:
    curves = rows_of(regression_job.tables.table("comparison_curves"), ComparisonCurve)
    assert ordered_curves(curves) == regression_found.curves
    assert {(row.model_version, row.curve) for row in curves} == {
        (1, "residual_histogram"),
        (2, "residual_histogram"),
        (2, "difference_histogram"),
    }
    assert regression_job.report is not None
    page = Path(regression_job.report).read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    told = json.loads(data[1])
    assert [one["comparison_id"] for one in told["comparisons"]] == [regression_found.comparison_id]
    # MLflow alone registered them, and the third one was not compared.
    assert told["versions"] == [1, 2, 3]
    for card in told["cards"]:
        assert (card["run_name"], card["metrics"], card["tags"]) == ("training", {"rmse": 1.5}, {"team": "ops"})
        assert card["created_at"]
        assert card["hyperparameters"]
    first, second, third = told["cards"]
    assert first["digest"] != second["digest"]
    for card in (first, second):
        assert card["signature"]["inputs"][0]["name"] == "carrier"
        assert "MLmodel" in {file["path"] for file in card["logged_files"]}
        assert card["flavor"] == "sklearn"
    assert third["logged_files"] == []
    stored = rows_of(regression_job.tables.table("model_versions"), Card)
    assert {card.model_version: card.digest for card in stored} == {1: first["digest"], 2: second["digest"]}


def test_both_tables_hold_what_comes_back(
    tables: Tables, regression_job: CompareConfig, regression_found: Comparison
) -> None:
    metrics = rows_of(regression_job.tables.table("comparison_metrics"), ComparisonMetric)
    assert sorted(metrics, key=repr) == sorted(regression_found.metrics, key=repr)
    diffs = rows_of(regression_job.tables.table("comparison_diffs"), ComparisonDiff)
    assert sorted(diffs, key=repr) == sorted(regression_found.diffs, key=repr)

    mae = regression_found.overall(2)["mae"]
    assert (mae.direction, mae.verdict, mae.label_version, mae.predictions_version) == ("lower", "worse", 0, 2)
    assert (mae.label_table, mae.predictions_table) == (tables.labels, tables.predictions)
    assert mae.candidate_value is not None
    assert mae.baseline_value is not None
    assert mae.change == mae.candidate_value - mae.baseline_value


def test_an_mlflow_run_holds_the_metrics_and_both_tables(tables: Tables, regression_found: Comparison) -> None:
    (run,) = runs_of(tables, regression_found.comparison_id)
    assert run.info.run_name == "compare delay version 2 with 1"
    mae = regression_found.overall(2)["mae"]
    assert run.data.metrics["version_2/mae"] == pytest.approx(mae.candidate_value)
    assert run.data.metrics["version_1/mae"] == pytest.approx(mae.baseline_value)
    for name, rows in (("metrics", regression_found.metrics), ("diffs", regression_found.diffs)):
        artifact = tables.store.client.download_artifacts(run.info.run_id, f"comparison_{name}.json")
        logged = json.loads(Path(artifact).read_text(encoding="utf-8"))
        assert len(logged["data"]) == len(rows)
        assert "comparison_id" in logged["columns"]


def test_logged_metrics_and_differences_stand_beside_what_was_computed(regression_found: Comparison) -> None:
    logged = regression_found.overall(2, "logged")["rmse"]
    assert (logged.candidate_value, logged.baseline_value, logged.verdict) == (1.5, 1.5, "equal")
    told = [(diff.kind, diff.name, diff.change, diff.candidate_value) for diff in regression_found.diffs]
    assert ("parameter", "alpha", "changed", "2.0") in told
    assert {kind for kind, *_ in told} <= {"parameter", "file"}


def test_each_slice_says_how_many_rows_it_has_and_is_there_once(regression_found: Comparison) -> None:
    rows = {row.slice_value: row.candidate_value for row in regression_found.of(2, "rows") if row.slice_column}
    labelled = [origin for number, origin in enumerate(ORIGIN) if LABELLED[number] and number != 0]
    assert rows == {origin: labelled.count(origin) for origin in ("EWR", "JFK", None)}
    keys = [(row.metric, row.source, row.slice_value, row.slice_column) for row in regression_found.metrics]
    assert len(keys) == len(set(keys))


def test_slices_may_be_expressions_crossed_and_in_bins(spark: SparkSession, tables: Tables) -> None:
    job = tables.config(
        tables.results,
        labels={"column": "delay"},
        column="delay",
        slices=("id < 40", ("origin", "late"), "delay"),
        slice_bins={"delay": 3},
    )
    found = compare(job, spark=spark)
    sizes: dict[str | None, dict[str | None, int | None]] = {}
    for row in found.of(2):
        if row.metric == "mae" and row.slice_column is not None:
            sizes.setdefault(row.slice_column, {})[row.slice_value] = row.rows
    assert sizes["id < 40"] == {"true": 39, "false": 44}
    both = LABELLED & (np.arange(ROWS) >= 1)
    crossed = [f"{origin or 'NULL'} x {late}" for origin, late in zip(ORIGIN, LATE, strict=True)]
    assert sizes["origin x late"] == {
        name: sum(there and one == name for there, one in zip(both, crossed, strict=True)) for name in set(crossed)
    }
    assert sum(size or 0 for size in sizes["delay"].values()) == both.sum()
    assert len(sizes["delay"]) == 3
    assert all(20 <= (size or 0) <= 35 for size in sizes["delay"].values())
