"""A task's totals on arrays, in two blocks, as workers go over them; and what each row moves a metric by."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spark_models.measures.histogram import cut_points, places_in
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import Bins, Cuts, Task

# By so much of all weight a row's own is changed.
STEP = 1e-6


def totals(task: Task, sample: Sample) -> tuple[Any, Bins]:
    """The task's state, and the rows' bins."""
    cuts: Cuts = tuple(cut_points(each) for each in task.series(sample))
    bins: Bins = tuple(places_in(each, at) for each, at in zip(task.series(sample), cuts, strict=True))
    half = len(sample) // 2
    parts = [(sample.take(p), tuple(each[p] for each in bins)) for p in (slice(0, half), slice(half, None))]
    first, second = (task.sums(rows, places, cuts) for rows, places in parts)
    exact = [task.exact(rows, places, first + second) for rows, places in parts]
    return task.state(first + second, cuts, None if exact[0] is None else exact[0] + exact[1]), bins


def values_of(task: Task, sample: Sample) -> Mapping[str, float]:
    """The task's metrics."""
    return task.values(totals(task, sample)[0])


def influences_of(task: Task, sample: Sample) -> Mapping[str, Floats]:
    """Each row's influence on each metric."""
    state, bins = totals(task, sample)
    return task.influences(state, sample, bins)


def derivatives_of(task: Task, sample: Sample, row: int) -> dict[str, float]:
    """How a metric changes with the share of all weight that one row has: what its influence should be."""
    step = STEP * sample.weight.sum() * (np.arange(len(sample)) == row)
    more, less = (values_of(task, replace(sample, weight=sample.weight + moved)) for moved in (step, -step))
    return {name: (more[name] - less[name]) / (2 * STEP) for name in more}
