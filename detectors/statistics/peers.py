"""A share of one office against the same share of all others together, allowing for the spread offices have anyway."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

_TAILS: Final = (0.1, 0.9)


def others(counts: ArrayLike, totals: ArrayLike) -> Floats:
    """The share of all other units together; NaN where there are none.

    >>> others([10, 0, 5], [20, 10, 10]).round(3).tolist()
    [0.25, 0.5, 0.333]
    """
    count, total = np.asarray(counts, float), np.asarray(totals, float)
    left = np.nansum(total) - total
    rest: Floats = np.divide(np.nansum(count) - count, left, out=np.full_like(left, np.nan), where=left > 0)
    return rest


def share_error(counts: ArrayLike, totals: ArrayLike) -> Floats:
    """Standard error of a share, with half an event added to either side so that a share of 0 or 1 has one too.

    >>> share_error([0, 50], [100, 100]).round(3).tolist()
    [0.007, 0.05]
    """
    count, total = np.asarray(counts, float), np.asarray(totals, float)
    share = np.divide(count + 0.5, total + 1.0)
    return np.asarray(np.sqrt(share * (1 - share) / np.maximum(total, 1.0)), dtype=np.float64)


def above(shares: ArrayLike, expected: ArrayLike, errors: ArrayLike) -> Floats:
    """One-sided p-values of shares above what is expected.

    ``z = (share - expected) / (error sqrt(phi))`` where phi is the mean of z^2 over the units, its outer tenths drawn in, and at
    least 1 (Spiegelhalter 2005, Statistics in Medicine 24:1185): offices differ for reasons of their own.

    Args:
        shares, expected, errors: one per unit; NaN where there is none.

    Returns:
        p-values; NaN where a unit cannot be judged.

    >>> above([0.5, 0.1, 0.1, 0.1], [0.1] * 4, [0.1] * 4).round(3).tolist()
    [0.002, 0.5, 0.5, 0.5]
    """
    share, centre, error = (np.asarray(values, float) for values in (shares, expected, errors))
    z: Floats = np.divide(share - centre, error, out=np.full_like(share, np.nan), where=error > 0)
    known = z[np.isfinite(z)]
    if not known.size:
        return z
    phi = max(1.0, float(np.mean(np.clip(known, *np.quantile(known, _TAILS)) ** 2)))
    return np.asarray(norm.sf(z / np.sqrt(phi)), float)
