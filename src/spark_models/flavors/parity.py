"""Whether a native predictor does what ``mlflow.pyfunc`` does: what admits it to score a model.

Only ``predict`` can be checked: pyfunc has no counterpart of ``predict_proba`` and other methods, which are the
library's own, and so right by definition.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from spark_models.flavors.agreement import Refused, disagreement, predictions_or_refusal
from spark_models.flavors.predictor import Predictor


@dataclass(frozen=True)
class Parity:
    """``reason`` says where two predictors differ, and holds no values from rows; None if they agree."""

    reason: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether one may stand in for the other."""
        return self.reason is None


def parity(native: Predictor, pyfunc: Predictor, batches: Iterable[tuple[str, Any]]) -> Parity:
    """Whether both predict the same for all rows, bit for bit.

    A row that both refuse, whatever they raise, counts as the same; a row that one of them refuses does not. They
    must predict some rows, though: two that refuse everything have shown nothing.

    Args:
        native: The predictor that wants to stand in for pyfunc.
        pyfunc: From ``spark_models.flavors.pyfunc.load_unenforced``.
        batches: Rows with what to call them, from ``spark_models.flavors.example_rows``.
    """
    predicted = False
    with warnings.catch_warnings():
        # Of infinities and missing values, which are there on purpose.
        warnings.simplefilter("ignore")
        for name, rows in batches:
            found = _compared(native, pyfunc, rows)
            if found.difference:
                return Parity(f"on {name}: {found.difference}")
            predicted = predicted or found.predicted
    return Parity(None if predicted else "both refuse all rows that were tried: log the model with an input example")


@dataclass(frozen=True)
class _Compared:
    """How predictions for some rows differ, if they do, and whether there are any."""

    difference: str | None
    predicted: bool


def _compared(native: Predictor, pyfunc: Predictor, rows: Any) -> _Compared:
    expected, found = (predictions_or_refusal(one.predict, rows) for one in (pyfunc, native))
    if isinstance(expected, Refused) and isinstance(found, Refused):
        return _compared_in_halves(native, pyfunc, rows)
    if isinstance(found, Refused):
        return _Compared(f"only the native predictor refuses some rows, with {found.kind}", predicted=False)
    if isinstance(expected, Refused):
        return _Compared(f"only pyfunc refuses some rows, with {expected.kind}", predicted=False)
    return _Compared(disagreement(expected, found), predicted=True)


def _compared_in_halves(native: Predictor, pyfunc: Predictor, rows: Any) -> _Compared:
    """A batch that both refuse may hold rows that one of them takes."""
    size = len(rows)
    if size <= 1:
        return _Compared(None, predicted=False)
    halves = [_compared(native, pyfunc, _part(rows, part)) for part in (slice(size // 2), slice(size // 2, size))]
    differences = [half.difference for half in halves if half.difference]
    return _Compared(differences[0] if differences else None, predicted=any(half.predicted for half in halves))


def _part(rows: Any, part: slice) -> Any:
    return rows.iloc[part].reset_index(drop=True) if hasattr(rows, "iloc") else rows[part]
