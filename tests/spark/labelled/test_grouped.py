from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from spark_models.spark.labelled.grouped import grouped
from spark_models.spark.metrics.blocks import Layout

LAYOUT = Layout((1, 2), slices=("shop",), has_weight=True, has_cluster=True, at=(1,))
# Items of three groups, in no order; the lowest hash that there is begins the first one.
LOWEST = np.iinfo(np.int64).min
GROUP = [7, LOWEST, 7, 3, 3, LOWEST]


def items(**changed: list[Any]) -> pa.Table:
    columns = {
        "group": GROUP,
        "label": [0.0, 1.0, 2.0, 0.0, 0.0, 0.0],
        "prediction_1": [0.1, 0.9, 0.5, 0.3, 0.2, 0.8],
        "prediction_2": [0.5, 0.8, 0.1, 0.3, 0.2, 0.9],
        "weight": [2.0, 1.0, 2.0, 3.0, 3.0, 1.0],
        "cluster": [1, 2, 1, 3, 3, 2],
        "slice_0": [None, "A", None, "B", "B", "A"],
    }
    return pa.table({**columns, **changed})


def test_a_block_has_a_row_a_group_with_the_metrics_of_each_version() -> None:
    (block,) = grouped(items(), LAYOUT).blocks()
    # In the order of their hashes.
    for version, first in ((1, [1.0, np.nan, 1.0]), (2, [0.0, np.nan, 0.0])):
        sample = block.samples[version]
        assert len(sample) == 3
        np.testing.assert_array_equal(sample.more["precision_at_1"], first)
    np.testing.assert_array_equal(block.samples[2].more["mrr"], [0.5, np.nan, 0.5])
    assert block.samples[1].weight.tolist() == [1.0, 3.0, 2.0]
    assert block.clusters is not None
    assert block.clusters.tolist() == [2, 3, 1]
    codes, shops = block.slices[0]
    assert [shops[code] for code in codes] == ["A", "B", None]
    sample = block.samples[1].take(np.array([2]))
    assert sample.more["precision_at_1"].tolist() == [1.0]


def test_groups_are_counted_and_so_are_those_without_a_relevant_item() -> None:
    counts = grouped(items(), LAYOUT).counts()
    assert {name: count for name, count in counts.items() if count} == {"groups": 3, "groups_without_relevant_item": 1}


@pytest.mark.parametrize(
    ("changed", "groups"),
    [
        ({"weight": [2.0, 1.0, 2.5, 3.0, 3.0, 1.0]}, 1),
        ({"cluster": [1, 2, 0, 3, 4, 5]}, 3),
        ({"slice_0": ["A", "A", None, "B", "C", "A"]}, 2),
    ],
)
def test_groups_whose_items_differ_in_what_a_group_has_are_counted(changed: dict[str, list[Any]], groups: int) -> None:
    counts = grouped(items(**changed), LAYOUT).counts()
    assert {name: count for name, count in counts.items() if name.startswith("varying_") and count} == {
        f"varying_{next(iter(changed))}": groups
    }


def test_a_part_without_compared_items_has_no_groups() -> None:
    # A part that lacks a version's rows lacks its column, too.
    groups = grouped(items().drop_columns(["prediction_2"]).slice(0, 0), LAYOUT)
    assert not any(groups.counts().values())
    assert list(groups.blocks()) == []


def test_one_group_alone_is_a_group() -> None:
    groups = grouped(items().filter(pa.array([value == 7 for value in GROUP])), LAYOUT)
    assert groups.counts()["groups"] == 1
    (block,) = groups.blocks()
    assert block.samples[1].more["precision_at_1"].tolist() == [1.0]
