"""How far candidates' predictions agree with the first version's on the same rows, in the metrics' own passes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spark_models.measures.agreement import ClassPairs, NumberPairs, Pairs
from spark_models.measures.curves import Curves
from spark_models.measures.forecasts import ForecastTask
from spark_models.measures.histogram import Drawn, cut_points
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import BinaryTask, MulticlassTask, RegressionTask, Task
from spark_models.spark.metrics.blocks import Block


@dataclass(frozen=True)
class Beside:
    """The key of what is added up of a candidate beside the first version, among keys of versions and slices."""

    candidate: int


Cuts = Mapping[Beside, tuple[Floats, ...]]


@dataclass(frozen=True)
class Agreed:
    """How far a candidate agrees with the first version, over all rows: NaN or missing where undefined."""

    figures: Mapping[str, float]
    curves: Curves


def pairs_of(task: Task) -> Pairs | None:
    """How the task's predictions are compared with one another; None if they are not."""
    match task:
        case RegressionTask() | ForecastTask():
            return NumberPairs()
        case BinaryTask():
            return NumberPairs(task.settings.threshold)
        case MulticlassTask():
            return ClassPairs(task.classes)
        case _:
            return None


def drawn_pairs(block: Block, pairs: Pairs) -> dict[Beside, Drawn]:
    """The block's rows, to cut histograms by."""
    return {key: Drawn(pairs.series(one, other)) for key, one, other in _beside(block)}


def pair_cuts(drawn: Mapping[Beside, Drawn]) -> Cuts:
    """Where the histograms of each candidate are cut."""
    return {key: tuple(map(cut_points, one.series)) for key, one in drawn.items()}


def pair_sums(block: Block, pairs: Pairs, cuts: Cuts) -> dict[Beside, Any]:
    """What adds up of each candidate."""
    return {key: pairs.sums(one, other, cuts[key]) for key, one, other in _beside(block)}


def agreed(sums: Mapping[Beside, Any], pairs: Pairs, cuts: Cuts) -> dict[int, Agreed]:
    """What each candidate's sums say."""
    return {key.candidate: Agreed(pairs.figures(one), pairs.curves(one, cuts[key])) for key, one in sums.items()}


def _beside(block: Block) -> Iterator[tuple[Beside, Sample, Sample]]:
    """Each candidate's key, the first version's rows, and the candidate's."""
    (_, first), *candidates = block.samples.items()
    for version, sample in candidates:
        yield Beside(version), first, sample
