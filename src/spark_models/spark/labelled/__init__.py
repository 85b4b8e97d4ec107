"""Labelled rows beside the predictions of several versions: joined by workers, and counted by why they are left out."""

from spark_models.spark.labelled.classes import classes_of
from spark_models.spark.labelled.rows import Labelled, label_rows

__all__ = ["Labelled", "classes_of", "label_rows"]
