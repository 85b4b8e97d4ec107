"""Of intervals at 95 %, about 95 % hold the true value: drawn again and again from a world in which it is known."""

import numpy as np
from tests.measures.in_one_process import contributions, values

from spark_models.measures.sample import Floats

DRAWS, ROWS, REACH = 400, 500, 1.959963984540054
NAMES = ("roc_auc", "average_precision", "log_loss", "brier", "d2_log_loss", "f1", "mcc", "recall", "cohen_kappa")

rng = np.random.default_rng(23)


def drawn(rows: int) -> tuple[Floats, Floats, Floats]:
    """Labels, and the scores of two models that know some of the same and some of their own."""
    label = (rng.random(rows) < 0.4).astype(float)
    shared = rng.normal(size=rows)
    logits = (sharp * (2 * label - 1) + 0.7 * shared + 0.7 * rng.normal(size=rows) for sharp in (1.0, 0.8))
    one, other = (1 / (1 + np.exp(-logit)) for logit in logits)
    return label, one, other


def test_intervals_of_values_and_of_changes_hold_the_truth_as_often_as_they_say() -> None:
    label, one, other = drawn(400_000)
    truth = values(label, one), values(label, other)
    held = {name: np.zeros(2) for name in NAMES}
    for _ in range(DRAWS):
        label, one, other = drawn(ROWS)
        found = values(label, one), values(label, other)
        errors = contributions(label, one), contributions(label, other)
        for name in NAMES:
            alone, apart = found[0][name] - truth[0][name], found[1][name] - truth[1][name]
            held[name] += (
                abs(alone) < REACH * np.sqrt((errors[0][name] ** 2).sum()),
                abs(alone - apart) < REACH * np.sqrt(((errors[0][name] - errors[1][name]) ** 2).sum()),
            )
    # By chance alone 400 draws are within 2.5 % of 95 %, with few rows a little below.
    assert {name: counts / DRAWS for name, counts in held.items() if (abs(counts / DRAWS - 0.95) > 0.03).any()} == {}
