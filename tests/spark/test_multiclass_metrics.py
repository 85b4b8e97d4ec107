from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from sklearn import metrics as sklearn_metrics
from tests.blocks import blocks_of

from spark_models.core.metrics import METRICS
from spark_models.spark.metrics import Layout, Measurement, measure

Found = dict[tuple[int, str | None, str | None], Measurement]

CLASSES = ["on time", "late", "cancelled", "Ünïcode", ""]
WITH_PROBABILITIES, WITHOUT = 4, 5


@dataclass(frozen=True)
class Case:
    """Labels and, of one version, the probabilities of all ``CLASSES``; the other predicts ``constant``."""

    label: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    constant: str = "late"

    @property
    def labels(self) -> list[str]:
        return [CLASSES[number] for number in self.label]

    @property
    def predicted(self) -> dict[int, list[str]]:
        best = [CLASSES[number] for number in self.probabilities.argmax(axis=1)]
        return {WITH_PROBABILITIES: best, WITHOUT: [self.constant] * len(best)}


def drawn(seed: int, rows: int, *, classes: int = len(CLASSES), confidence: float = 1.0) -> Case:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, rows)
    margins = rng.normal(0, 1, (rows, len(CLASSES))) + confidence * np.eye(len(CLASSES))[label]
    weights = np.exp(margins)
    return Case(label, weights / weights.sum(axis=1, keepdims=True))


def certain(label: list[int], predicted: list[int]) -> Case:
    return Case(np.array(label), np.eye(len(CLASSES))[predicted])


CASES: dict[str | None, Case] = {
    "random": drawn(1, 300),
    "two classes": drawn(2, 100, classes=2),
    "one class": drawn(3, 20, classes=1),
    "one row": drawn(4, 1),
    "certain and right": certain([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    "certain and wrong": certain([0, 1, 2, 3, 4], [1, 2, 3, 4, 0]),
    "a class that is never predicted": certain([0, 0, 1, 2], [0, 1, 1, 1]),
    "a class that is no label": certain([0, 0, 1, 1], [0, 3, 1, 4]),
    None: drawn(5, 80),
    "": drawn(6, 40, confidence=3),
    **{f"random {rows}": drawn(rows, rows) for rows in range(2, 30, 3)},
}


COMPARED = (
    "accuracy",
    *(f"{name}_{average}" for average in ("macro", "weighted") for name in ("precision", "recall", "f1")),
    "log_loss",
)


def expected(labels: list[str], predicted: list[str]) -> dict[str, float | None]:
    values: dict[str, float | None] = {"accuracy": sklearn_metrics.accuracy_score(labels, predicted)}
    for average in ("macro", "weighted"):
        scores = sklearn_metrics.precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)
        for name, score in zip(("precision", "recall", "f1"), scores, strict=False):
            values[f"{name}_{average}"] = score
    return values


def log_loss(case: Case) -> float:
    # scikit-learn takes the columns to be in the order of the sorted labels.
    order = np.argsort(CLASSES)
    return float(sklearn_metrics.log_loss(case.labels, case.probabilities[:, order], labels=sorted(CLASSES)))


def known(found: Measurement) -> dict[str, float | None]:
    """The values that are compared here; the others are in tests/measures."""
    return {name: found.values[name] for name in COMPARED}


def near(values: dict[str, float | None]) -> dict[str, object]:
    return {
        name: value if value is None else pytest.approx(value, rel=1e-9, abs=1e-15) for name, value in values.items()
    }


@pytest.fixture(scope="module")
def measured(spark: SparkSession) -> Found:
    probabilities = [list(row) for case in CASES.values() for row in case.probabilities]
    columns = {
        "label": [label for case in CASES.values() for label in case.labels],
        **{
            f"prediction_{version}": [best for case in CASES.values() for best in case.predicted[version]]
            for version in (WITH_PROBABILITIES, WITHOUT)
        },
        f"probabilities_{WITH_PROBABILITIES}": probabilities,
        f"probabilities_{WITHOUT}": np.full((len(probabilities), len(CLASSES)), np.nan).tolist(),
        "case": [name for name, case in CASES.items() for _ in case.label],
    }
    layout = Layout((WITH_PROBABILITIES, WITHOUT), ("case",), classes=tuple(CLASSES), width=len(CLASSES))
    found = measure(blocks_of(spark, columns, layout), layout, "multiclass")
    return {(m.version, m.slice_column, m.slice_value): m for m in found}


@pytest.mark.parametrize("name", CASES)
def test_every_slice_equals_scikit_learn(measured: Found, name: str | None) -> None:
    case = CASES[name]
    found = measured[WITH_PROBABILITIES, "case", name]
    assert found.rows == len(case.label)
    assert known(found) == near(
        {**expected(case.labels, case.predicted[WITH_PROBABILITIES]), "log_loss": log_loss(case)}
    )


@pytest.mark.parametrize("name", CASES)
def test_a_version_without_probabilities_has_every_metric_but_the_log_loss(measured: Found, name: str | None) -> None:
    case = CASES[name]
    found = measured[WITHOUT, "case", name]
    assert known(found) == near({**expected(case.labels, case.predicted[WITHOUT]), "log_loss": None})


def test_all_rows_equal_scikit_learn(measured: Found) -> None:
    labels = [label for case in CASES.values() for label in case.labels]
    predicted = [best for case in CASES.values() for best in case.predicted[WITH_PROBABILITIES]]
    found = measured[WITH_PROBABILITIES, None, None]
    losses = sum(len(case.label) * log_loss(case) for case in CASES.values())
    assert known(found) == near({**expected(labels, predicted), "log_loss": losses / len(labels)})
    assert len(measured) == 2 * (1 + len(CASES))


def test_the_metrics_are_in_the_order_of_their_definition(measured: Found) -> None:
    names = [metric.name for metric in METRICS["multiclass"]]
    assert all(list(found.values) == names for found in measured.values())


def test_without_probabilities_in_any_version_there_is_no_log_loss(spark: SparkSession) -> None:
    layout = Layout((1,), classes=("a", "b"))
    columns = {"label": ["a", "b"], "prediction_1": ["a", "b"]}
    (found,) = measure(blocks_of(spark, columns, layout), layout, "multiclass")
    assert (found.values["log_loss"], found.values["accuracy"]) == (None, 1.0)


def test_a_probability_missing_in_some_rows_leaves_the_log_loss_undefined(spark: SparkSession) -> None:
    layout = Layout((1,), classes=("a", "b"), width=2)
    columns = {
        "label": ["a", "b"],
        "prediction_1": ["a", "b"],
        "probabilities_1": [[0.9, 0.1], [0.2, float("nan")]],
    }
    (found,) = measure(blocks_of(spark, columns, layout), layout, "multiclass")
    assert (found.values["log_loss"], found.values["accuracy"]) == (None, 1.0)
