"""Many tests at once: false discovery rates, one p-value out of several, tests that could never have flagged."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjusted p-values that bound the false discovery rate (Benjamini & Hochberg 1995, JRSS-B 57:289).

    Valid under independence and positive dependence.

    Args:
        p_values: in [0, 1], any order.

    Returns:
        q-values in the order given; empty for none.

    Raises:
        ValueError: a p-value lies outside [0, 1] or is missing.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.04, 0.04]
    """
    return _adjust(p_values, 1.0)


def benjamini_yekutieli(p_values: ArrayLike) -> Floats:
    """As ``benjamini_hochberg`` under any dependence: times ``1 + 1/2 + … + 1/n`` (Benjamini & Yekutieli 2001).

    >>> benjamini_yekutieli([0.01, 0.04]).round(4).tolist()
    [0.03, 0.06]
    """
    n = np.asarray(p_values).size
    return _adjust(p_values, float((1 / np.arange(1, n + 1)).sum()))


def holm(p_values: ArrayLike) -> Floats:
    """Adjusted p-values that bound the chance of any false rejection (Holm 1979, Scandinavian Journal of Statistics 6:65).

    The k-th smallest of n times ``n - k + 1``, never falling; valid under any dependence.

    Args:
        p_values: in [0, 1], any order.

    Raises:
        ValueError: a p-value lies outside [0, 1] or is missing.

    >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    out = np.empty(p.size)
    out[order] = np.minimum(stepped, 1.0)
    return out


def cauchy_combination(p_values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """One p-value from several dependent ones: mean of ``tan((0.5 - p) pi)`` is standard Cauchy (Liu & Xie 2020).

    Args:
        p_values: at least one; those at 1 are taken just below it.
        weights: same length; equal by default.

    >>> round(cauchy_combination([0.01, 0.6, 0.8]), 4)
    0.0316
    """
    return float(cauchy_combinations(np.asarray(p_values, float)[None, :], weights)[0])


def cauchy_combinations(p_values: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """``cauchy_combination`` of each row of p-values.

    Args:
        p_values: rows of at least one.
        weights: one a column; equal by default.

    >>> cauchy_combinations([[0.01, 0.6, 0.8], [0.5, 0.5, 0.5]]).round(4).tolist()
    [0.0316, 0.5]
    """
    p = np.clip(np.asarray(p_values, float), 1e-300, 1 - 1e-12)
    w = np.full(p.shape[1], 1 / p.shape[1]) if weights is None else np.asarray(weights, float) / np.sum(weights)
    terms = np.where(p < 1e-15, 1 / (p * np.pi), np.tan((0.5 - p) * np.pi))
    return np.asarray(stats.cauchy.sf((w * terms).sum(axis=1)))


def sidak(p_value: float, tests: float) -> float:
    """Chance that the smallest of ``tests`` independent p-values is at most ``p_value``: ``1 - (1 - p)^n``.

    >>> round(sidak(0.01, 10), 4)
    0.0956
    """
    return float(-np.expm1(tests * np.log1p(-min(p_value, 1 - 1e-16))))


def attainable(smallest: Sequence[float], q: float = 0.05) -> list[bool]:
    """Whether each test could have flagged at all: its smallest attainable p-value against q (Tarone 1990).

    Units that could not are *not estimable* and leave the family of tests.

    >>> attainable([0.2, 0.001])
    [False, True]
    """
    return [p <= q for p in smallest]


def _checked(p_values: ArrayLike) -> Floats:
    p = np.asarray(p_values, float)
    if np.any(np.isnan(p)) or np.any(p < 0) or np.any(p > 1):
        raise ValueError("a p-value must lie in [0, 1]")
    return p


def _adjust(p_values: ArrayLike, factor: float) -> Floats:
    p = _checked(p_values)
    n = p.size
    if n == 0:
        return np.zeros(0)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * n * factor / np.arange(1, n + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.empty(n)
    out[order] = np.minimum(stepped, 1.0)
    return out
