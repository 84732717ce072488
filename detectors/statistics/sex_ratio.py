"""Sex ratio at birth: boys per 100 girls, tested against a band of natural ratios."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from detectors.statistics.counts import wilson


def ratio(boys: float, girls: float) -> float:
    """Boys per 100 girls.

    Raises:
        ValueError: no girls.

    >>> round(ratio(535, 465), 2)
    115.05
    """
    if girls <= 0:
        raise ValueError("no girls")
    return 100 * boys / girls


def exact_test(boys: int, births: int, natural: float = 105.0) -> float:
    """Exact two-sided binomial p-value against one natural ratio.

    >>> round(exact_test(535, 1000), 4)
    0.1546
    """
    return float(stats.binomtest(boys, births, natural / (100 + natural)).pvalue)


def composite_test(boys: int, births: int, band: tuple[float, float] = (103.0, 107.0)) -> float:
    """Exact p-value against every ratio of a band: the largest of them, 1 if the ratio lies inside.

    Args:
        boys: boys among the births.
        births: all births, positive.
        band: lowest and highest natural ratio.

    Raises:
        ValueError: no births, or more boys than births.

    >>> composite_test(512, 1000)
    1.0
    """
    if not 0 <= boys <= births or births <= 0:
        raise ValueError("boys must lie between 0 and a positive number of births")
    low, high = (value / (100 + value) for value in band)
    if low * births <= boys <= high * births:
        return 1.0
    nearest = high if boys > high * births else low
    return float(stats.binomtest(boys, births, nearest).pvalue)


def interval(boys: int, births: int, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson limits of the share of boys as sex ratios ``100 p / (1 - p)``.

    >>> [round(value, 1) for value in interval(535, 1000)]
    [101.6, 130.3]
    """
    low, high = wilson([boys], [births], alpha)
    return float(100 * low[0] / (1 - low[0])), float(100 * high[0] / (1 - high[0]))


def too_equal(boys: ArrayLike, births: ArrayLike) -> float:
    """Chance that the ratios of many units lie as near together by themselves: lower tail of their chi-square of homogeneity.

    Args:
        boys, births: per unit; births positive, at least two units.

    Raises:
        ValueError: under two units, or one sex only.

    >>> too_equal([51, 51, 51, 51], [100, 100, 100, 100])
    0.0
    """
    x, n = np.asarray(boys, float), np.asarray(births, float)
    share = x.sum() / n.sum()
    if x.size < 2 or not 0 < share < 1:
        raise ValueError("needs two units and both sexes")
    statistic = float(((x - n * share) ** 2 / (n * share * (1 - share))).sum())
    return float(stats.chi2.cdf(statistic, x.size - 1))
