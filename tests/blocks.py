"""Labelled rows in blocks, without a join."""

import pickle
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from spark_models.spark.frames import local_frame
from spark_models.spark.metrics.blocks import Layout, block_of


def blocks_of(spark: SparkSession, columns: Mapping[str, Any], layout: Layout) -> DataFrame:
    """Two blocks of columns by name; slices are named as in the layout."""
    table = pa.table({name: pa.array(list(column)) for name, column in columns.items()})
    names = {name: f"slice_{place}" for place, name in enumerate(layout.slices)}
    rows = table.rename_columns([names.get(name, name) for name in table.column_names])
    half = -(-len(rows) // 2)
    parts = [part for part in (rows.slice(0, half), rows.slice(half)) if len(part)]
    return local_frame(spark, [(pickle.dumps(block_of(part, layout), 5),) for part in parts], "block binary")
