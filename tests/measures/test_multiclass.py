import numpy as np
import pytest
from sklearn import metrics as sk

from spark_models.measures.multiclass import MulticlassState, multiclass_sums
from spark_models.measures.sample import Floats, Sample

rng = np.random.default_rng(5)
ROWS, CLASSES = 700, 4
LABEL = rng.choice(CLASSES, ROWS, p=[0.5, 0.3, 0.15, 0.05])
WEIGHT = rng.integers(0, 4, ROWS).astype(float)


def probabilities(sharp: float) -> Floats:
    raw = np.exp(rng.normal(size=(ROWS, CLASSES)) + sharp * np.eye(CLASSES)[LABEL])
    given: Floats = raw / raw.sum(axis=1, keepdims=True)
    return given


SHARP, BLUNT = probabilities(2.0), probabilities(1.0)


def sample_of(label: np.ndarray, given: Floats, weight: Floats | None = None) -> Sample:
    right = given[np.arange(len(label)), label]
    return Sample(
        label, given.argmax(axis=1), np.ones(len(label)) if weight is None else weight, {"probability": right}
    )


def state_of(sample: Sample) -> MulticlassState:
    half = len(sample) // 2
    first, second = (multiclass_sums(sample.take(part), CLASSES) for part in (slice(0, half), slice(half, None)))
    return MulticlassState(first + second)


def expected(label: np.ndarray, given: Floats, weight: Floats | None) -> dict[str, float]:
    told = given.argmax(axis=1)
    averages = {
        f"{name}_{average}": function(label, told, average=average, zero_division=0, sample_weight=weight)
        for name, function in {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}.items()
        for average in ("macro", "weighted")
    }
    return averages | {
        "accuracy": sk.accuracy_score(label, told, sample_weight=weight),
        "balanced_accuracy": sk.balanced_accuracy_score(label, told, sample_weight=weight),
        "mcc": sk.matthews_corrcoef(label, told, sample_weight=weight),
        "cohen_kappa": sk.cohen_kappa_score(label, told, sample_weight=weight),
        "log_loss": sk.log_loss(label, given, sample_weight=weight, labels=range(CLASSES)),
        "d2_log_loss": sk.d2_log_loss_score(label, given, sample_weight=weight, labels=range(CLASSES)),
    }


@pytest.mark.parametrize("given", [SHARP, BLUNT], ids=["sharp", "blunt"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])
def test_metrics_are_those_of_scikit_learn(given: Floats, weight: Floats | None) -> None:
    assert state_of(sample_of(LABEL, given, weight)).metrics == pytest.approx(expected(LABEL, given, weight), abs=1e-9)


def test_a_class_that_nobody_has_is_no_class() -> None:
    rows = LABEL < 2
    label, given = LABEL[rows], np.pad(SHARP[rows][:, :2] / SHARP[rows][:, :2].sum(axis=1)[:, None], ((0, 0), (0, 2)))
    found = state_of(sample_of(label, given)).metrics
    assert found["f1_macro"] == pytest.approx(sk.f1_score(label, given.argmax(axis=1), average="macro"), abs=1e-9)


def test_a_row_without_probability_leaves_no_log_loss() -> None:
    sample = sample_of(LABEL, SHARP)
    more = {"probability": np.where(np.arange(ROWS) == 3, np.nan, sample.more["probability"])}
    assert "log_loss" not in state_of(Sample(sample.label, sample.prediction, sample.weight, more)).metrics


def test_standard_errors_are_those_of_the_bootstrap() -> None:
    samples = {"sharp": sample_of(LABEL, SHARP), "blunt": sample_of(LABEL, BLUNT)}
    influences = {name: state_of(sample).influences(sample) for name, sample in samples.items()}
    draws = [rng.integers(0, ROWS, ROWS) for _ in range(300)]
    drawn = [[state_of(sample.take(rows)).metrics for sample in samples.values()] for rows in draws]
    for name, sharp in influences["sharp"].items():
        assert sharp.mean() == pytest.approx(0, abs=1e-9), name
        apart = np.std([one[name] - other[name] for one, other in drawn])
        ours = np.sqrt(((sharp - influences["blunt"][name]) ** 2).sum()) / ROWS
        assert np.sqrt((sharp**2).sum()) / ROWS == pytest.approx(np.std([one[name] for one, _ in drawn]), rel=0.2), name
        assert ours == pytest.approx(apart, rel=0.2), name
