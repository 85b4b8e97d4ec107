"""Examples whose results others have published: values, standard errors and tests."""

import numpy as np
import pytest
from tests.measures.without_spark import Place, measured

from spark_models.core.intervals import benjamini_hochberg, interval, p_value
from spark_models.measures.sample import Floats
from spark_models.spark.metrics import Measurement


def value_and_error(found: dict[Place, Measurement], name: str, version: int = 1) -> tuple[float, float]:
    one = found[version, None, None]
    value, error = one.values[name], one.errors[name]
    assert value is not None
    assert error is not None
    return value, error


# DeLong, DeLong and Clarke-Pearson, Comparing the Areas under Two or More Correlated Receiver Operating Characteristic
# Curves (1988): 43 patients with ovarian cancer, as SAS/STAT's User's Guide has them in PROC LOGISTIC, "Comparing
# Receiver Operating Characteristic Curves". Albumin, total protein, K-G score, and whether surgery did help.
PATIENTS: Floats = np.array(
    [
        (3.0, 5.8, 10, 0),
        (3.2, 6.3, 5, 1),
        (3.9, 6.8, 3, 1),
        (2.8, 4.8, 6, 0),
        (3.2, 5.8, 3, 1),
        (0.9, 4.0, 5, 0),
        (2.5, 5.7, 8, 0),
        (1.6, 5.6, 5, 1),
        (3.8, 5.7, 5, 1),
        (3.7, 6.7, 6, 1),
        (3.2, 5.4, 4, 1),
        (3.8, 6.6, 6, 1),
        (4.1, 6.6, 5, 1),
        (3.6, 5.7, 5, 1),
        (4.3, 7.0, 4, 1),
        (3.6, 6.7, 4, 0),
        (2.3, 4.4, 6, 1),
        (4.2, 7.6, 4, 0),
        (4.0, 6.6, 6, 0),
        (3.5, 5.8, 6, 1),
        (3.8, 6.8, 7, 1),
        (3.0, 4.7, 8, 0),
        (4.5, 7.4, 5, 1),
        (3.7, 7.4, 5, 1),
        (3.1, 6.6, 6, 1),
        (4.1, 8.2, 6, 1),
        (4.3, 7.0, 5, 1),
        (4.3, 6.5, 4, 1),
        (3.2, 5.1, 5, 1),
        (2.6, 4.7, 6, 1),
        (3.3, 6.8, 6, 0),
        (1.7, 4.0, 7, 0),
        (3.7, 6.1, 5, 1),
        (3.3, 6.3, 7, 1),
        (4.2, 7.7, 6, 1),
        (3.5, 6.2, 5, 1),
        (2.9, 5.7, 9, 0),
        (2.1, 4.8, 7, 1),
        (2.8, 6.2, 8, 0),
        (4.0, 7.0, 7, 1),
        (3.3, 5.7, 6, 1),
        (3.7, 6.9, 5, 1),
        (3.6, 6.6, 5, 1),
    ]
)
ALBUMIN, PROTEIN, SCORE, HELPED = PATIENTS.T


def test_areas_and_their_differences_are_those_of_delong_s_patients() -> None:
    found = measured("binary", HELPED, {1: -SCORE, 2: ALBUMIN, 3: PROTEIN})
    areas = {version: value_and_error(found, "roc_auc", version) for version in (1, 2, 3)}
    assert areas[1] == pytest.approx((0.7258, 0.1028), abs=5e-5)
    assert areas[2] == pytest.approx((0.7366, 0.0927), abs=5e-5)
    assert areas[3] == pytest.approx((0.6478, 0.1000), abs=5e-5)
    assert interval(*areas[1], 0.95) == pytest.approx((0.5243, 0.9273), abs=5e-5)
    for version, change, error, p in ((2, 0.0108, 0.0953, 0.9102), (3, -0.0780, 0.1046, 0.4561)):
        apart, paired = areas[version][0] - areas[1][0], found[version, None, None].paired_errors["roc_auc"]
        assert (apart, paired) == pytest.approx((change, error), abs=6e-5)
        assert p_value(apart, paired) == pytest.approx(p, abs=1e-3)


# Hanley and McNeil, The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC) Curve (1982): how
# surely 109 CT images are of sick persons. DeLong's error and interval are those of Stata's manual, at roctab.
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)


def test_the_area_of_rated_images_is_that_of_hanley_and_mcneil() -> None:
    ratings = np.concatenate([np.repeat(np.arange(1, 6), counts) for counts in (NORMAL, ABNORMAL)])
    label = np.repeat([0.0, 1.0], [58, 51])
    area, error = value_and_error(measured("binary", label, {1: ratings.astype(float)}), "roc_auc")
    assert area == pytest.approx(0.8932, abs=5e-5)
    assert error == pytest.approx(0.0307, abs=5e-5)
    assert interval(area, error, 0.95) == pytest.approx((0.83295, 0.95339), abs=1e-5)


def of_table(table: list[list[int]]) -> tuple[list[str], list[str]]:
    """Truth by row and prediction by column, as often as the table says."""
    cells = [
        (row, column) for row, counts in enumerate(table) for column, count in enumerate(counts) for _ in range(count)
    ]
    return [f"{row}" for row, _ in cells], [f"{column}" for _, column in cells]


@pytest.mark.parametrize(
    ("table", "kappa", "error", "ends"),
    [
        # SAS/STAT's User's Guide, PROC FREQ, "Cohen's Kappa Coefficient": 88 patients, two dermatologists.
        ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], 0.3449, 0.0724, (0.2030, 0.4868)),
        # Agresti, Categorical Data Analysis (2002), 10.5: 118 slides, two pathologists.
        ([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]], 0.493, 0.057, None),
    ],
)
def test_kappa_has_the_standard_error_of_fleiss_cohen_and_everitt(
    table: list[list[int]], kappa: float, error: float, ends: tuple[float, float] | None
) -> None:
    """Fleiss, Cohen and Everitt, Large Sample Standard Errors of Kappa and Weighted Kappa (1969)."""
    label, told = of_table(table)
    rows = len(label)
    found = value_and_error(measured("multiclass", label, {1: told}, probabilities={1: [0.5] * rows}), "cohen_kappa")
    # Theirs is over the number of rows, ours over one less.
    assert (found[0], found[1] * ((rows - 1) / rows) ** 0.5) == pytest.approx((kappa, error), abs=5e-4)
    assert ends is None or interval(*found, 0.95) == pytest.approx(ends, abs=1e-3)


@pytest.mark.parametrize(
    ("cells", "accuracy", "f1", "mcc"),
    [
        ((90, 9, 1, 0), 0.90, 0.95, -0.03),
        ((5, 6, 70, 19), 0.24, 0.12, -0.24),
        ((47, 45, 3, 5), 0.52, 0.66, 0.07),
        ((10, 4, 40, 46), 0.56, 0.31, 0.17),
        ((9, 89, 1, 1), 0.10, 0.17, -0.19),
        ((2, 1, 9, 88), 0.90, 0.29, 0.31),
    ],
)
def test_accuracy_flatters_where_matthews_correlation_does_not(
    cells: tuple[int, ...], accuracy: float, f1: float, mcc: float
) -> None:
    """Chicco and Jurman, The Advantages of the Matthews Correlation Coefficient (2020), use cases A1 to C2."""
    label, score = (np.repeat(column, cells) for column in ([1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]))
    values = measured("binary", label, {1: score})[1, None, None].values
    assert [values[name] for name in ("accuracy", "f1", "mcc")] == pytest.approx([accuracy, f1, mcc], abs=5e-3)


def test_four_of_fifteen_hypotheses_are_rejected() -> None:
    """Benjamini and Hochberg, Controlling the False Discovery Rate (1995), section 4: a trial of thrombolysis."""
    found = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    found += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    adjusted = benjamini_hochberg(found)
    assert [value is not None and value <= 0.05 for value in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_values_are_those_of_the_examples_in_scikit_learn_s_documentation() -> None:
    numbers = measured("regression", [3, -0.5, 2, 7.0], {1: [2.5, 0.0, 2, 8]})[1, None, None].values
    names = ("mae", "r2", "median_absolute_error", "explained_variance", "mape", "d2_absolute_error", "rmse")
    documented = [0.5, 0.9486, 0.5, 0.9572, 0.3274, 0.7647, 0.6124]
    assert [numbers[name] for name in names] == pytest.approx(documented, abs=6e-5)
    logarithms = measured("regression", [3, 5, 2.5, 7], {1: [2.5, 5, 4, 8]})[1, None, None].values
    assert logarithms["rmsle"] == pytest.approx(0.199, abs=6e-4)
    scores = measured("binary", [0.0, 0, 1, 1], {1: [0.1, 0.4, 0.35, 0.8]})[1, None, None].values
    assert (scores["roc_auc"], scores["average_precision"]) == pytest.approx((0.75, 0.83), abs=5e-3)
    given = measured("binary", [0.0, 1, 1, 0], {1: [0.1, 0.9, 0.8, 0.3]})[1, None, None].values
    assert given["brier"] == pytest.approx(0.0375)
    assert given["log_loss"] == pytest.approx(0.1976, abs=5e-5)


def test_p_values_of_a_difference_are_those_of_a_normal_table() -> None:
    assert p_value(1.959964, 1.0) == pytest.approx(0.05, abs=1e-7)
    assert p_value(-2.575829, 1.0) == pytest.approx(0.01, abs=1e-7)
