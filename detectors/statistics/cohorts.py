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


def reverse_survival(population: ArrayLike, survival: ArrayLike) -> Floats:
    """Births from the children still there: ``B = P(x) / L(x)`` with ``L(x) = (l(x) + l(x+1)) / 2``, ``.3 l(0) + .7 l(1)`` at 0.

    Args:
        population: persons of completed age 0, 1, 2 …, of whom those aged x were born in the year ending x years ago.
        survival: l(0) = 1, l(1), … one value more than ages, of the cohorts' own years; positive.

    Returns:
        Births of each of those years; set against registered births they tell completeness (Moultrie et al. 2013, Tools for
        Demographic Estimation, ch. 5).

    Raises:
        ValueError: not one more survival than ages, or survival is not positive.

    >>> reverse_survival([970, 960], [1.0, 0.97, 0.965]).round(1).tolist()
    [990.8, 992.2]
    """
    persons, left = np.asarray(population, float), np.asarray(survival, float)
    if left.size != persons.size + 1 or np.any(left <= 0):
        raise ValueError("one more survival than ages, all positive")
    lived = (left[:-1] + left[1:]) / 2
    if lived.size:
        lived[0] = 0.3 * left[0] + 0.7 * left[1]
    return np.asarray(persons / lived, dtype=np.float64)
