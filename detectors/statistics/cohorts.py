"""The same cohort counted twice: a later count above the earlier one means that the earlier missed people."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def cohort_ratio(earlier: ArrayLike, later: ArrayLike, survival: ArrayLike = 1.0) -> Floats:
    """``later / (earlier * s)``, s = survival and net migration; above 1 with s <= 1 the earlier count was short.

    Args:
        earlier, later: counts of the same birth cohort, positive.
        survival: share expected to be there still.

    Raises:
        ValueError: an earlier count is not positive.

    >>> round(float(cohort_ratio(75532610, 85255994)), 4)
    1.1287
    """
    before = np.asarray(earlier, float)
    if np.any(before <= 0):
        raise ValueError("the earlier count must be positive")
    return np.asarray(np.asarray(later, float) / (before * np.asarray(survival, float)))


def largest_completeness(earlier: ArrayLike, later: ArrayLike, survival: ArrayLike = 1.0) -> Floats:
    """The most complete the earlier count can have been: ``min(1, earlier * s / later)``, taking the later as a lower bound.

    >>> round(float(largest_completeness(75532610, 85255994)), 3)
    0.886
    """
    return np.minimum(1.0, 1 / cohort_ratio(earlier, later, survival))
