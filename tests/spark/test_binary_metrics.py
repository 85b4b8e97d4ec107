from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from sklearn import metrics as sklearn_metrics
from tests.blocks import blocks_of

from spark_models.core.metrics import METRICS
from spark_models.measures.binary_settings import BinarySettings
from spark_models.spark.metrics import Layout, Measurement, measure

Array = NDArray[np.float64]
Found = dict[tuple[int, str | None, str | None], Measurement]

# A score that some rows hold exactly, so that "at or above" is told from "above".
THRESHOLD = 0.25


@dataclass(frozen=True)
class Case:
    label: Array
    scores: dict[int, Array]


def drawn(seed: int, rows: int, *, decimals: int = 16, share: float = 0.3) -> Case:
    rng = np.random.default_rng(seed)
    label = (rng.random(rows) < share).astype(float)
    sharp, blunt = (np.clip(rng.normal(0.3 + 0.3 * label, spread), 0, 1) for spread in (0.2, 0.5))
    return Case(label, {1: sharp.round(decimals), 2: blunt.round(decimals)})


def cases() -> dict[str | None, Case]:
    label = np.array([0.0, 1, 1, 0, 0, 1, 0, 0, 1, 0])
    return {
        "random": drawn(1, 400),
        "ties": drawn(2, 300, decimals=1),
        "nearly all tied": drawn(3, 300, decimals=0),
        "rare": drawn(4, 300, share=0.02),
        "on the threshold": Case(label, {1: np.full(10, THRESHOLD), 2: np.full(10, 0.75)}),
        "all positive": Case(np.ones(10), {1: label, 2: label / 2}),
        "all negative": Case(np.zeros(10), {1: label, 2: label / 2}),
        "right": Case(label, {1: label, 2: 0.4 * label + 0.3}),
        "wrong": Case(label, {1: 1 - label, 2: 0.7 - 0.4 * label}),
        "signed zeros": Case(label, {1: np.where(label == 0, -0.0, 0.0), 2: np.where(label == 0, 0.0, -0.0)}),
        "one positive row": Case(np.ones(1), {1: np.array([0.9]), 2: np.zeros(1)}),
        "one negative row": Case(np.zeros(1), {1: np.array([0.9]), 2: np.zeros(1)}),
        "near 0 and 1": Case(label, {1: np.full(10, 1e-300), 2: np.full(10, np.nextafter(1, 0))}),
        None: drawn(5, 90, decimals=2),
        "": drawn(6, 60),
        **{f"random {rows}": drawn(rows, rows, decimals=rows % 4, share=0.5) for rows in range(2, 60, 3)},
    }


CASES = cases()


def expected(label: Array, score: Array) -> dict[str, float | None]:
    flagged = score >= THRESHOLD
    (negatives, false_alarms), (misses, hits) = sklearn_metrics.confusion_matrix(label, flagged, labels=[0, 1])
    return {
        "roc_auc": sklearn_metrics.roc_auc_score(label, score) if len(set(label)) == 2 else None,
        "average_precision": sklearn_metrics.average_precision_score(label, score) if label.any() else None,
        "log_loss": sklearn_metrics.log_loss(label, score, labels=[0, 1]),
        "brier": sklearn_metrics.brier_score_loss(label, score, labels=[0, 1]),
        "accuracy": sklearn_metrics.accuracy_score(label, flagged),
        "precision": sklearn_metrics.precision_score(label, flagged, zero_division=0),
        "recall": sklearn_metrics.recall_score(label, flagged, zero_division=0),
        "f1": sklearn_metrics.f1_score(label, flagged, zero_division=0),
        "true_positives": float(hits),
        "false_positives": float(false_alarms),
        "true_negatives": float(negatives),
        "false_negatives": float(misses),
    }


def near(values: dict[str, float | None]) -> dict[str, object]:
    return {
        name: value if value is None else pytest.approx(value, rel=1e-9, abs=1e-15) for name, value in values.items()
    }


def assert_near(found: Measurement, values: dict[str, float | None]) -> None:
    wanted = near(values)
    assert {name: found.values[name] for name in wanted} == wanted


@pytest.fixture(scope="module", params=[10**6, 7], ids=["one range", "many ranges"])
def measured(spark: SparkSession, request: pytest.FixtureRequest) -> Found:
    columns = {
        "label": np.concatenate([case.label for case in CASES.values()]),
        **{
            f"prediction_{version}": np.concatenate([case.scores[version] for case in CASES.values()])
            for version in (1, 2)
        },
        "case": [name for name, case in CASES.items() for _ in case.label],
        "time of day": ["late" if number % 3 else None for case in CASES.values() for number in range(len(case.label))],
    }
    layout = Layout((1, 2), ("case", "time of day"))
    found = measure(
        blocks_of(spark, columns, layout),
        layout,
        "binary",
        settings=BinarySettings(THRESHOLD),
        rows_per_range=request.param,
    )
    return {(m.version, m.slice_column, m.slice_value): m for m in found}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_every_slice_equals_scikit_learn(measured: Found, name: str | None, version: int) -> None:
    case = CASES[name]
    found = measured[version, "case", name]
    assert found.rows == len(case.label)
    assert_near(found, expected(case.label, case.scores[version]))


@pytest.mark.parametrize("version", [1, 2])
def test_slices_of_several_columns_and_all_rows_equal_scikit_learn(measured: Found, version: int) -> None:
    label = np.concatenate([case.label for case in CASES.values()])
    score = np.concatenate([case.scores[version] for case in CASES.values()])
    is_late = np.concatenate([np.arange(len(case.label)) % 3 != 0 for case in CASES.values()])
    assert_near(measured[version, None, None], expected(label, score))
    assert_near(measured[version, "time of day", "late"], expected(label[is_late], score[is_late]))
    assert_near(measured[version, "time of day", None], expected(label[~is_late], score[~is_late]))
    assert len(measured) == 2 * (1 + len(CASES) + 2)


def test_the_metrics_are_in_the_order_of_their_definition(measured: Found) -> None:
    names = [metric.name for metric in METRICS["binary"]]
    assert all(list(found.values)[: len(names)] == names for found in measured.values())


def test_scores_that_are_no_probabilities_have_neither_log_loss_nor_brier_score(spark: SparkSession) -> None:
    columns = {
        "label": [0.0, 1.0, 0.0, 1.0],
        "prediction_1": [-3.0, 0.5, 0.1, 7.0],
        "prediction_2": [0.2, 0.3, 0.6, 1.0],
    }
    layout = Layout((1, 2))
    margins, probabilities = measure(blocks_of(spark, columns, layout), layout, "binary")
    assert (margins.values["log_loss"], margins.values["brier"], margins.values["roc_auc"]) == (None, None, 1.0)
    assert probabilities.values["log_loss"] is not None
