import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spark_models.flavors.parity import Parity, parity
from spark_models.flavors.predictor import Predictor

ROWS = pd.DataFrame({"distance": [1.0, 2.0, np.nan, 4.0], "hour": [1, 2, 3, 4]})


def verdict(native: Callable[[Any], Any], pyfunc: Callable[[Any], Any], rows: Any = ROWS) -> Parity:
    return parity(Predictor("ours", native), Predictor("pyfunc", pyfunc), [("some rows", rows)])


def distance(rows: Any) -> Any:
    return rows["distance"].to_numpy()


def refusing(unwanted: Callable[[Any], Any], kind: type[Exception] = ValueError) -> Callable[[Any], Any]:
    """A predictor of distance that refuses a batch with an unwanted row in it."""

    def predict(rows: Any) -> Any:
        if unwanted(rows).any():
            raise kind("a secret: 1234")
        return distance(rows)

    return predict


def missing(rows: Any) -> Any:
    return rows["distance"].isna()


def early(rows: Any) -> Any:
    return rows["hour"] < 2


def test_the_same_predictions_agree() -> None:
    found = verdict(distance, distance)
    assert (found.agrees, found.reason) == (True, None)


def test_predictions_that_differ_in_the_last_bit_do_not() -> None:
    found = verdict(lambda rows: np.nextafter(distance(rows), np.inf), distance)
    assert not found.agrees
    assert found.reason == "on some rows: 3 of 4 values differ"


def test_rows_that_both_refuse_agree_whatever_they_raise_and_the_others_are_compared() -> None:
    assert verdict(refusing(missing), refusing(missing, TypeError)).agrees

    def shifted(rows: Any) -> Any:
        return refusing(missing)(rows) + 1

    assert verdict(shifted, refusing(missing)).reason == "on some rows: 2 of 2 values differ"


@pytest.mark.parametrize(
    ("native", "pyfunc", "told"),
    [
        (refusing(missing), distance, "only the native predictor refuses some rows, with ValueError"),
        (distance, refusing(missing), "only pyfunc refuses some rows, with ValueError"),
        (
            refusing(lambda rows: missing(rows) | early(rows)),
            refusing(missing),
            "only the native predictor refuses some rows, with ValueError",
        ),
        (
            refusing(missing),
            refusing(lambda rows: missing(rows) | early(rows)),
            "only pyfunc refuses some rows, with ValueError",
        ),
    ],
    ids=["native", "pyfunc", "native, more of them", "pyfunc, more of them"],
)
def test_a_row_that_one_of_them_refuses_does_not_agree(
    native: Callable[[Any], Any], pyfunc: Callable[[Any], Any], told: str
) -> None:
    found = verdict(native, pyfunc)
    assert found.reason == f"on some rows: {told}"
    assert "1234" not in str(found)


def test_of_two_rows_that_both_refuse_together_each_is_tried_alone() -> None:
    found = verdict(refusing(lambda rows: rows["hour"] > 2), refusing(missing), ROWS.tail(2))
    assert found.reason == "on some rows: only the native predictor refuses some rows, with ValueError"


def test_two_that_refuse_everything_have_shown_nothing() -> None:
    def refuse(rows: Any) -> Any:
        raise ValueError(len(rows))

    found = verdict(refuse, refuse)
    assert not found.agrees
    assert "log the model with an input example" in str(found.reason)


def test_arrays_are_halved_too() -> None:
    def roots(rows: Any) -> Any:
        if (rows < 0).any():
            raise ValueError("a secret: 1234")
        return np.sqrt(rows)

    rows = np.array([[1.0], [-4.0], [9.0]])
    assert verdict(roots, roots, rows).agrees
    assert verdict(lambda given: roots(given) * 2, roots, rows).reason == "on some rows: 1 of 1 values differ"


def test_a_model_that_changes_its_rows_does_not_change_the_others() -> None:
    def greedy(rows: Any) -> Any:
        rows["distance"] += 1
        return distance(rows)

    assert verdict(greedy, greedy).agrees
    assert not verdict(greedy, distance).agrees


def test_warnings_of_odd_values_are_no_refusals_and_stay_unsaid() -> None:
    def warning(rows: Any) -> Any:
        warnings.warn("a secret: 1234", stacklevel=1)
        return np.log(rows["distance"] - 2)

    assert verdict(warning, warning).agrees


def test_the_first_batch_that_differs_is_named() -> None:
    ours, theirs = Predictor("ours", lambda rows: distance(rows) * rows["hour"]), Predictor("pyfunc", distance)
    batches = [("the input example", ROWS.head(1)), ("mixed rows", ROWS)]
    assert parity(ours, theirs, batches).reason == "on mixed rows: 2 of 4 values differ"
