from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from sklearn import metrics as sklearn_metrics
from tests.comparing import PROVENANCE, Tables, scored
from tests.lake import write
from tests.models import add_version, log_regression, make_store

from spark_models.core.comparison import Comparison
from spark_models.core.config import CompareConfig, OwnMetric
from spark_models.core.model_version import ModelVersion
from spark_models.core.signature import Field, Signature
from spark_models.spark.labelled import rows as rows_of_tables
from spark_models.steps.compare import compare
from spark_models.steps.compared_tables import read_tables
from spark_models.steps.task import with_task

Found = dict[str, float]

# 15 queries of 8 offers each; each shop has 5 queries, and so 40 days with an offer.
ROWS = 120
RNG = np.random.default_rng(5)
ID = np.arange(ROWS)
QUERY = ID // 8
SHOP = np.array(["A", "B", "C"])[QUERY % 3]
DAY = np.empty(ROWS, np.int64)
for shop in "ABC":
    DAY[shop == SHOP] = RNG.permutation(40)
WEIGHT = 1.0 + QUERY % 2
TAGS = RNG.random((ROWS, 3)) < [0.3, 0.5, 0.6]
# Nothing is relevant to the first query.
RELEVANCE = np.where(QUERY == 0, 0, RNG.choice([0, 0, 1, 3], ROWS))
# The last shop sold the same every day of its history, from which no scale comes.
AMOUNT = np.where((SHOP == "C") & (DAY < 20), 5.0, RNG.normal(20, 5, ROWS).round(1))

# Why a row is left out: a label that is NULL, a prediction that is NaN, NULL, missing or failed.
NO_TAGS, NO_RELEVANCE, NO_AMOUNT, NAN, NULL, MISSING, FAILED = 23, 37, 45, 58, 71, 86, 99
PREDICTED = ~np.isin(ID, [NAN, NULL, MISSING, FAILED])
BOTH_LEFT_OUT = {"rows_without_prediction": (0, 1), "rows_failed": (1, 0), "rows_without_value": (1, 1)}


def drawn(version: int) -> np.random.Generator:
    return np.random.default_rng(version)


def tag_scores(version: int) -> NDArray[np.float64]:
    return np.clip(drawn(version).normal(0.3 + 0.3 * TAGS, 0.2 * version), 0, 1).round(2)


def amounts(version: int) -> NDArray[np.float64]:
    return (AMOUNT + drawn(version).normal(0, version, ROWS)).round(2)


def bounds(version: int) -> NDArray[np.float64]:
    return (amounts(version)[:, None] + drawn(version).normal([-3, 0, 3], 1, (ROWS, 3))).round(2)


def ranks(version: int) -> NDArray[np.float64]:
    # One decimal, so that there are ties.
    return (RELEVANCE + drawn(version).normal(0, version, ROWS)).round(1)


@pytest.fixture(scope="module")
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Tables:  # noqa: ARG001  # Spark reads DDL
    """Offers of shops for queries, with labels and predictions for each task."""
    store = make_store(tmp_path_factory.mktemp("mlflow"))
    logged = log_regression(store)
    for _ in range(2):
        add_version(store, "delay", logged)
    made = Tables(store, str(tmp_path_factory.mktemp("lake")))
    columns = (
        "id bigint, query int, shop string, day int, weight double, tags array<boolean>, relevance int, amount double"
    )
    labels = [
        (
            *(part.item() for part in row),
            None if id_ == NO_TAGS else TAGS[id_].tolist(),
            None if id_ == NO_RELEVANCE else int(RELEVANCE[id_]),
            None if id_ == NO_AMOUNT else float(AMOUNT[id_]),
        )
        for id_, row in enumerate(zip(ID, QUERY, SHOP, DAY, WEIGHT, strict=True))
    ]
    write(made.labels, columns, labels)
    for version in (1, 2):
        _write_predictions(made.predictions, version)
    return made


def _write_predictions(path: str, version: int) -> None:
    def row(id_: int) -> tuple[Any, ...]:
        given = tag_scores(version)[id_], bounds(version)[id_], amounts(version)[id_], ranks(version)[id_]
        values: list[Any] = [part.tolist() for part in given]
        if (id_, version) == (NAN, 2):
            values = [[0.5, float("nan"), 0.5], [1.0, 2.0, float("nan")], float("nan"), float("nan")]
        if (id_, version) == (NULL, 1):
            values = [[0.5, None, 0.5], [1.0, 2.0, None], None, None]
        # Groups meet by value, whatever type either table has for it.
        return id_, id_ // 8, *values, *scored(version, error="refused" if (id_, version) == (FAILED, 1) else None)

    columns = "id int, query bigint, tags array<double>, bounds array<double>, amount double, score float"
    write(path, f"{columns}, {PROVENANCE}", [row(id_) for id_ in range(ROWS) if (id_, version) != (MISSING, 2)])


def job(tables: Tables, label: str, column: str, **more: Any) -> CompareConfig:
    """A comparison whose task nobody says."""
    labels = {"column": label, **more.pop("labels", {})}
    return tables.config(tables.results, task=None, labels=labels, column=column, **more)


def values(comparison: Comparison, version: int, column: str | None = None, value: str | None = None) -> Found:
    """A version's computed metrics over all rows, or in a slice."""
    return {
        row.metric: found
        for row in comparison.of(2)
        if (row.slice_column, row.slice_value) == (column, value)
        and (found := row.candidate_value if version == 2 else row.baseline_value) is not None
    }


def counts(comparison: Comparison) -> dict[str, tuple[float | None, float | None]]:
    """What was counted of rows, of the baseline and the candidate."""
    return {name: (row.baseline_value, row.candidate_value) for name, row in comparison.overall(2, "rows").items()}


def assert_near(found: Found, expected: Found) -> None:
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


SHOPS = ((None, None), ("shop", "A"), ("shop", "B"), ("shop", "C"))


def of_shop(value: str | None) -> NDArray[np.bool_]:
    return PREDICTED if value is None else PREDICTED & (value == SHOP)


def multilabel(version: int, rows: NDArray[np.bool_]) -> Found:
    label, score, weight = TAGS[rows].astype(int), tag_scores(version)[rows], WEIGHT[rows]
    flagged = (score >= 0.4).astype(int)
    of_scores = {
        "label_ranking_average_precision": sklearn_metrics.label_ranking_average_precision_score,
        "label_ranking_loss": sklearn_metrics.label_ranking_loss,
        "coverage_error": sklearn_metrics.coverage_error,
    }
    of_flags = {"hamming_loss": sklearn_metrics.hamming_loss, "subset_accuracy": sklearn_metrics.accuracy_score}
    averaged = {
        f"f1_{average}": sklearn_metrics.f1_score(
            label, flagged, average=average, sample_weight=weight, zero_division=0
        )
        for average in ("micro", "macro", "weighted", "samples")
    }
    return {
        **{name: metric(label, score, sample_weight=weight) for name, metric in of_scores.items()},
        **{name: metric(label, flagged, sample_weight=weight) for name, metric in of_flags.items()},
        **averaged,
    }


def test_several_labels_equal_scikit_learn_and_a_task_that_is_given_is_no_other(
    spark: SparkSession, tables: Tables
) -> None:
    asked = job(tables, "tags", "tags", slices=("shop",), threshold=0.4, labels={"weight": "weight"})
    found = compare(asked, spark=spark)
    assert {row.task for row in found.metrics} == {"multilabel"}
    for version in (1, 2):
        for column, value in SHOPS:
            expected = multilabel(version, of_shop(value) & (ID != NO_TAGS))
            assert_near(values(found, version, column, value), expected)
    counted = {"rows": (ROWS, ROWS), "rows_compared": (115, 115), "rows_without_label": (1, 1), **BOTH_LEFT_OUT}
    assert {name: counts(found)[name] for name in counted} == counted
    assert found.overall(2)["f1_micro"].threshold == 0.4
    assert found.overall(2)["label_ranking_loss"].threshold is None

    again = compare(asked.model_copy(update={"task": "multilabel"}), spark=spark)
    assert again.stored
    assert again.comparison_id == found.comparison_id


def ranking(version: int, rows: NDArray[np.bool_]) -> Found:
    """Means over the queries that have relevant offers; ties by scikit-learn's own rule."""
    found, weights = [], []
    for query in np.unique(QUERY[rows]):
        inside = rows & (query == QUERY)
        relevance, score = RELEVANCE[inside], ranks(version).astype(np.float32)[inside]
        if relevance.any():
            found.append([sklearn_metrics.ndcg_score([relevance], [score], k=first) for first in (2, 10)])
            weights.append(WEIGHT[inside][0])
    few, many = np.average(found, axis=0, weights=weights)
    return {"ndcg_at_2": few, "ndcg_at_10": many}


def test_a_ranking_is_measured_by_whole_groups(
    spark: SparkSession, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three workers have some of the groups each.
    monkeypatch.setattr(rows_of_tables, "_PER_PART", 40)
    found = compare(
        job(
            tables,
            "relevance",
            "score",
            slices=("shop",),
            labels={"keys": ("id", "query"), "weight": "weight"},
            ranking={"group": ("query",), "at": (2, 10)},
            metrics=(OwnMetric(name="mean_miss", sql="avg(abs(label - prediction))", direction="lower"),),
        ),
        spark=spark,
    )
    for version in (1, 2):
        for column, value in SHOPS:
            rows = of_shop(value) & (ID != NO_RELEVANCE)
            # Of its author's own metric every item is a row.
            miss = np.abs(ranks(version).astype(np.float32).astype(np.float64) - RELEVANCE)[rows].mean()
            assert_near(values(found, version, column, value), {**ranking(version, rows), "mean_miss": miss})
    of_groups = {"groups": (15, 15), "groups_without_relevant_item": (1, 1)}
    counted = {"rows_compared": (115, 115), **BOTH_LEFT_OUT, **of_groups}
    assert {name: counts(found)[name] for name in counted} == counted
    assert {row.rows for row in found.of(2) if row.slice_column is None} == {15}
    sizes = {(row.metric, row.slice_value): row.candidate_value for row in found.of(2, "rows") if row.slice_column}
    assert sizes == {("groups", shop): 5 for shop in "ABC"}
    names = list(found.overall(2))
    assert names[0] == "mrr"
    assert names.index("ndcg_at_2") < names.index("ndcg_at_10")
    assert found.overall(2)["ndcg_at_2"].direction == "higher"


def test_quantiles_equal_scikit_learn_with_intervals_between_them(spark: SparkSession, tables: Tables) -> None:
    found = compare(job(tables, "amount", "bounds", slices=("shop",), quantiles=(0.1, 0.5, 0.9)), spark=spark)
    for version in (1, 2):
        for column, value in SHOPS:
            rows = of_shop(value) & (ID != NO_AMOUNT)
            label, predicted = AMOUNT[rows], bounds(version)[rows]
            losses = [
                sklearn_metrics.mean_pinball_loss(label, predicted[:, place], alpha=level)
                for place, level in enumerate((0.1, 0.5, 0.9))
            ]
            inside = (predicted[:, 0] <= label) & (label <= predicted[:, 2])
            expected = {
                "pinball_loss": np.mean(losses),
                "pinball_loss_10": losses[0],
                "coverage_50": np.mean(label <= predicted[:, 1]),
                "quantile_crossing": np.mean((np.diff(predicted) < 0).any(axis=1)),
                "interval_coverage_80": inside.mean(),
                "interval_width_80": np.mean(predicted[:, 2] - predicted[:, 0]),
            }
            assert_near(values(found, version, column, value), expected)
    assert counts(found)["rows_without_value"] == (1, 1)
    assert found.overall(2)["pinball_loss"].change_standard_error is not None
    points = [(row.curve, row.x) for row in found.curves if row.model_version == 2]
    assert points == [("quantile_calibration", level) for level in (0.1, 0.5, 0.9)]


def naive_errors(season: int) -> NDArray[np.float64]:
    """Of each row's shop: the mean error of its own label so many days before, over its history."""
    scale = np.empty(ROWS)
    for name in "ABC":
        days = np.flatnonzero((name == SHOP) & (DAY < 20))
        sold = AMOUNT[days[np.argsort(DAY[days])]]
        sold = np.where(np.isin(days[np.argsort(DAY[days])], [NO_AMOUNT]), np.nan, sold)
        scale[name == SHOP] = np.nanmean(np.abs(sold[season:] - sold[:-season]))
    return scale


def test_forecasts_are_scaled_by_the_history_of_their_series_and_told_by_horizon(
    spark: SparkSession, tables: Tables
) -> None:
    horizon = "CAST((day - 20) / 10 AS INT)"
    history = {"series": ("shop",), "time": "day", "season": 2, "history": "day < 20"}
    found = compare(
        job(
            tables,
            "amount",
            "amount",
            labels={"filter": "day >= 20"},
            slices=("shop",),
            forecast={"horizon": horizon, **history},
        ),
        spark=spark,
    )
    later = PREDICTED & (ID != NO_AMOUNT) & (DAY >= 20)
    by_slice: dict[tuple[str | None, str | None], NDArray[np.bool_]] = {
        (None, None): later,
        **{(horizon, str(week)): later & (week == (DAY - 20) // 10) for week in (0, 1)},
        **{("shop", name): later & (name == SHOP) for name in "ABC"},
    }
    for version in (1, 2):
        for (column, value), rows in by_slice.items():
            label, predicted = AMOUNT[rows], amounts(version)[rows]
            error, scale = np.abs(predicted - label), naive_errors(2)[rows]
            expected = {
                "mae": error.mean(),
                "smape": np.mean(2 * error / (np.abs(label) + np.abs(predicted))),
                "wape": error.sum() / np.abs(label).sum(),
            }
            if (scale > 0).any():
                expected["mase"] = np.mean(error[scale > 0] / scale[scale > 0])
            of_slice = values(found, version, column, value)
            assert_near(of_slice, expected)
            assert ("mase" in of_slice) == ("mase" in expected)
    assert {row.slice_column for row in found.metrics} == {None, horizon, "shop"}
    assert "mase" not in values(found, 2, "shop", "C")


@pytest.mark.parametrize(
    ("given", "task"),
    [
        (("relevance", "amount", "double"), "regression"),
        # A view had it cast, or Spark because of NULLs.
        (("relevance", "amount", "bigint"), "multiclass"),
        (("relevance", "tags", "double"), "multiclass"),
        (("id % 2", "amount", "double"), "binary"),
    ],
)
def test_a_task_is_detected_from_columns_values_and_the_signature(
    spark: SparkSession, tables: Tables, given: tuple[str, str, str], task: str
) -> None:
    label, column, output = given
    spark.read.format("delta").load(tables.labels).selectExpr(f"{label} AS label", "id").createOrReplaceTempView("told")
    asked = tables.config(tables.results, task=None, labels={"table": "told"}, column=column)
    signature = Signature((), (Field(None, output),))
    labels, predictions = read_tables(spark, asked)
    found = with_task(asked, labels, predictions, ModelVersion("delay", 1), lambda _: signature)
    assert found == asked.model_copy(update={"task": task})
