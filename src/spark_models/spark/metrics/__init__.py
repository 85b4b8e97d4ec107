"""The metrics of a comparison, computed by Spark: equal to scikit-learn's, at any size."""

from spark_models.spark.metrics.measurement import Measurement, measure

__all__ = ["Measurement", "measure"]
