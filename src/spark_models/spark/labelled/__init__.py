"""Labelled rows beside the predictions of several versions: joined by workers, and counted by why they are left out."""

from spark_models.spark.labelled.layouts import layout_of
from spark_models.spark.labelled.rows import Labelled, label_rows

__all__ = ["Labelled", "label_rows", "layout_of"]
