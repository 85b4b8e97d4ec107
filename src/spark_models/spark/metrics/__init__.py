"""The metrics of a comparison, computed by Spark's workers: scikit-learn's at any size, with standard errors."""

from spark_models.spark.metrics.blocks import Layout
from spark_models.spark.metrics.measurement import Measurement, measure

__all__ = ["Layout", "Measurement", "measure"]
