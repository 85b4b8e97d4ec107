"""Comparisons of arrays by all of the code that workers run, in this process: frames that are batches of Arrow."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from spark_models.core.metrics import Task
from spark_models.measures.binary_settings import BinarySettings
from spark_models.spark.metrics import Layout, Measurement, measure
from spark_models.spark.metrics.blocks import block_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Batches = list[pa.RecordBatch]
# Version, column of slices and the slice's value.
Place = tuple[int, str | None, str | None]


@dataclass(frozen=True)
class ArrowFrame:
    """What passes ask of a data frame: each part is what one task would have."""

    parts: list[Batches]

    def mapInArrow(self, function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]], _: str) -> Any:  # noqa: N802 - Spark's name
        return ArrowFrame([list(function(iter(part))) for part in self.parts])

    def repartition(self, _: str) -> Any:
        return ArrowFrame([[batch for part in self.parts for batch in part]])

    def groupBy(self, _: str) -> Any:  # noqa: N802 - Spark's name
        by_key: dict[bytes, Batches] = {}
        for batch in (batch for part in self.parts for batch in part):
            by_key.setdefault(batch["key"][0].as_py(), []).append(batch)
        return ArrowFrame(list(by_key.values()))

    def applyInArrow(self, function: Callable[[pa.Table], pa.Table], _: str) -> Any:  # noqa: N802 - Spark's name
        return ArrowFrame([function(pa.Table.from_batches(part)).to_batches() for part in self.parts])

    def toArrow(self) -> pa.Table:  # noqa: N802 - Spark's name
        schema = pa.schema([("key", pa.binary()), ("value", pa.binary())])
        return pa.Table.from_batches([batch for part in self.parts for batch in part], schema)


def measured(  # noqa: PLR0913 - the columns of a comparison, and how they are cut up
    task: Task,
    label: ArrayLike | Sequence[str],
    predictions: Mapping[int, Any],
    *,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    probabilities: Mapping[int, ArrayLike] = MappingProxyType({}),
    slices: Mapping[str, Sequence[str | None]] = MappingProxyType({}),
    splits: Iterable[int] = (),
    settings: BinarySettings | None = None,
    rows_per_range: int = 10**6,
) -> dict[Place, Measurement]:
    """What ``measure`` gives, by version and slice; blocks end at ``splits``."""
    table = {"label": label, "weight": weight, "cluster": cluster}
    table |= {f"slice_{number}": pa.array(values, pa.string()) for number, values in enumerate(slices.values())}
    table |= {f"prediction_{version}": values for version, values in predictions.items()}
    classes = None
    if task == "multiclass":
        classes = tuple(sorted({str(one) for column in (label, *predictions.values()) for one in column}))
        table |= {
            f"probabilities_{version}": _of_true_class(label, probabilities.get(version), classes)
            for version in predictions
        }
    rows = pa.table({name: pa.array(column) for name, column in table.items() if column is not None})
    width = None if classes is None else len(classes)
    layout = Layout(tuple(predictions), tuple(slices), weight is not None, cluster is not None, classes, width)
    bounds = pairwise([0, *sorted(splits), len(rows)])
    blocks = [block_of(rows.slice(start, end - start), layout) for start, end in bounds if end > start]
    batches = [pa.RecordBatch.from_pydict({"block": pa.array([pickle.dumps(block, 5)])}) for block in blocks]
    frame = cast("DataFrame", ArrowFrame([[batch] for batch in batches]))
    found = measure(frame, layout, task, settings=settings, rows_per_range=rows_per_range)
    return {(one.version, one.slice_column, one.slice_value): one for one in found}


def _of_true_class(label: Any, probability: ArrayLike | None, classes: Sequence[str]) -> Any:
    """A row of probabilities for each label, of which only the label's own is known."""
    places = [classes.index(str(one)) for one in label]
    rows = np.full((len(places), len(classes)), np.nan)
    if probability is not None:
        rows[np.arange(len(places)), places] = probability
    return pa.array(rows.tolist(), pa.list_(pa.float64()))


def overall(found: Mapping[Place, Measurement], version: int = 1) -> Mapping[str, float | None]:
    """A version's values over all rows."""
    return found[version, None, None].values


def same(found: Mapping[str, float | None], expected: Mapping[str, float], smallest: float = 1e-9) -> list[str]:
    """The metrics that are not what is expected, in words; what is not finite is to be None."""
    wrong = []
    for name, value in expected.items():
        ours, defined = found.get(name), value - value == 0
        near = ours is not None and abs(ours - value) <= max(smallest, 1e-9 * abs(value))
        if (ours is not None) != defined or (defined and not near):
            wrong.append(f"{name}: {ours} instead of {value}")
    return wrong
