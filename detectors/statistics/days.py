"""Days and months: peaks in a circle of dates, heaps on days of the month."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
# Months in a year that have each day of the month, 1 to 31 (29 February in one year of four).
DAY_WEIGHT = np.array([12.0] * 28 + [11.25, 11.0, 7.0])


def rayleigh(angles: ArrayLike) -> tuple[float, float]:
    """Rayleigh's test of one peak in a circle: mean resultant length and p-value.

    ``z = n R^2``, ``p = exp(-z) (1 + (2z - z^2)/(4n) - (24z - 132z^2 + 76z^3 - 9z^4)/(288n^2))`` (Mardia & Jupp 2000). It has no
    power against two opposite peaks.

    Args:
        angles: radians, at least one.

    Raises:
        ValueError: no angle.

    >>> r, p = rayleigh(np.radians([55, 60, 65, 95, 100, 110, 260, 275, 285, 295]))
    >>> round(r, 4), round(p, 4)
    (0.2229, 0.6201)
    """
    theta = np.asarray(angles, float)
    n = theta.size
    if n == 0:
        raise ValueError("no angle")
    r = float(np.abs(np.exp(1j * theta).mean()))
    z = n * r * r
    series = 1 + (2 * z - z**2) / (4 * n) - (24 * z - 132 * z**2 + 76 * z**3 - 9 * z**4) / (288 * n**2)
    return r, float(np.clip(np.exp(-z) * series, 0.0, 1.0))


def days_of_month(days: ArrayLike) -> tuple[float, float, Floats]:
    """Heaps on days of the month: chi-square against the days' share of the calendar, 30 degrees of freedom.

    Args:
        days: day of the month of each event, 1 to 31; 160 at least for an expected count near 5.

    Returns:
        The statistic, its upper-tail p-value, and observed over expected per day.

    Raises:
        ValueError: under 160 events, or a day outside 1 to 31.

    >>> days_of_month(list(range(1, 29)) * 12 + [29] * 11 + [30] * 11 + [31] * 7)[1] > 0.99
    True
    """
    x = np.asarray(days, int)
    if x.size < 160 or np.any(x < 1) or np.any(x > 31):
        raise ValueError("needs 160 days between 1 and 31")
    observed = np.bincount(x, minlength=32)[1:]
    expected = x.size * DAY_WEIGHT / DAY_WEIGHT.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return statistic, float(stats.chi2.sf(statistic, 30)), observed / expected
