import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spark_models.flavors.agreement import disagreement

NAN = float("nan")
NEXT_TO_ONE = float(np.nextafter(1.0, 2.0))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (np.array([1.0, NAN]), np.array([1.0, NAN])),
        (np.array([1.0, np.inf]), np.array([1.0, np.inf])),
        (np.array([1.0, 0.5]), np.array([1.0, 0.5], dtype=np.float32)),
        (np.array(["a", None], dtype=object), ["a", None]),
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0, 2.0]]),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})),
        ({"a": np.array([1.0])}, {"a": np.array([1.0])}),
    ],
)
def test_the_same_predictions_agree(expected: Any, found: Any) -> None:
    assert disagreement(expected, found) is None


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, NEXT_TO_ONE]), "1 of 2 values differ"),
        (np.array([1.0, NAN]), np.array([1.0, 2.0]), "1 of 2 values differ"),
        (np.array([1.0, 2.0]), np.array([NAN, 2.0]), "1 of 2 values differ"),
        (np.array([np.inf]), np.array([-np.inf]), "1 of 1 values differ"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "the values are float64 instead of int64"),
        (np.array([1.0, 2.0]), np.array([[1.0], [2.0]]), r"the shape is \(2, 1\) instead of \(2,\)"),
        (np.array(["a", None], dtype=object), ["a", NAN], "1 of 2 values differ"),
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0, 3.0]], "1 of 2 values differ"),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]}), "column 'a': 1 of 2 values differ"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), "the columns have other names"),
        (pd.DataFrame({"a": [1]}), np.array([1]), "the columns have other names"),
    ],
)
def test_other_predictions_are_told_apart(expected: Any, found: Any, told: str) -> None:
    problem = disagreement(expected, found)
    assert problem is not None
    assert re.fullmatch(told, problem)


def test_numbers_may_be_apart_by_a_share_of_the_larger() -> None:
    assert disagreement(np.array([1.0, NAN]), np.array([NEXT_TO_ONE, NAN]), relative=1e-12) is None
    assert disagreement(np.array([1.0]), np.array([1.0 + 1e-9]), relative=1e-12) == "1 of 1 values differ"
    assert disagreement(np.array([np.inf]), np.array([1e308]), relative=1e-12) == "1 of 1 values differ"
