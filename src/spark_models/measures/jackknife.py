"""Standard errors of any statistic whatever: from its values without each of a few groups of rows."""

import numpy as np
from numpy.typing import ArrayLike

from spark_models.measures.sample import Floats


def jackknife_errors(without: ArrayLike) -> Floats:
    """The delete-a-group jackknife's standard error of each of m statistics: shape (m,).

    ``without`` has a row for each of G groups, the statistics without the rows of that group: shape (G, m). The error
    is sqrt((G - 1) / G * sum of (t_g - mean)^2), and NaN of fewer than two groups, or if a statistic is undefined
    without one of them.

    Source: Kott, The Delete-a-Group Jackknife (Journal of Official Statistics 17, 2001); Shao and Tu, The Jackknife and
    Bootstrap (1995).

    >>> jackknife_errors([[2.0], [4.0]]).tolist()
    [1.0]
    """
    values = np.asarray(without, np.float64)
    groups = len(values)
    if groups < 2:
        return np.full(values.shape[1:], np.nan)
    with np.errstate(invalid="ignore"):
        apart = values - values.mean(axis=0)
    errors: Floats = np.sqrt((groups - 1) / groups * (apart**2).sum(axis=0))
    return errors
