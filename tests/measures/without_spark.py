"""Comparisons of arrays by all of the code that workers run, in this process: frames that are batches of Arrow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from numpy.typing import ArrayLike

from spark_models.core.metrics import METRICS, Task
from spark_models.measures.binary_settings import BinarySettings
from spark_models.spark.metrics.blocks import ALL_ROWS, Layout, _block, _one_row
from spark_models.spark.metrics.errors import Errors, standard_errors
from spark_models.spark.metrics.measurement import Measurement, _measurement, _measures
from spark_models.spark.metrics.totals import totals_of

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

    def collect(self) -> list[dict[str, Any]]:
        return [row for part in self.parts for batch in part for row in batch.to_pylist()]


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
    table |= {f"probability_{version}": values for version, values in probabilities.items()}
    rows = pa.table({name: pa.array(column) for name, column in table.items() if column is not None})
    classes = None
    if task == "multiclass":
        classes = tuple(sorted({str(one) for column in (label, *predictions.values()) for one in column}))
    layout = Layout(tuple(predictions), tuple(slices), weight is not None, cluster is not None, classes)
    bounds = pairwise([0, *sorted(splits), len(rows)])
    blocks = [_one_row(_block(rows.slice(start, end - start), layout)) for start, end in bounds if end > start]
    frame = cast("DataFrame", ArrowFrame([[block] for block in blocks]))
    measures = _measures(task, settings or BinarySettings(), classes or ())
    totals = totals_of(frame, measures, rows_per_range)
    errors = standard_errors(frame, measures, totals)
    for version in layout.versions if totals.states else ():
        measures.curves(totals.states[version, ALL_ROWS], 1.96)
    names = [metric.name for metric in METRICS[task]]
    none = Errors({}, {})
    found = [_measurement(of, measures, errors.get(of[0], none), tuple(slices), names) for of in totals.states.items()]
    return {(one.version, one.slice_column, one.slice_value): one for one in found}


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
