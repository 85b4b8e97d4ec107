"""The log loss of one row, shared by binary and multiclass."""

import sys

from pyspark.sql import Column
from pyspark.sql import functions as F

# What scikit-learn's log_loss keeps probabilities away from 0 and 1 by.
EPSILON = sys.float_info.epsilon


def row_log_loss(probability: Column) -> Column:
    """Minus the natural logarithm of the probability given to the true class, clipped as scikit-learn does."""
    return -F.log(F.least(F.greatest(probability, F.lit(EPSILON)), F.lit(1 - EPSILON)))
