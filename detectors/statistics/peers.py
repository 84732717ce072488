"""A share of one office against those of the whole county, allowing for the spread that offices have anyway."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

FEWEST: Final = 3  # units without which there is nothing to compare with
_MAD: Final = 1.4826  # median absolute deviation of a normal law -> its standard deviation


def median_share(shares: ArrayLike) -> float:
    """The county's middle: the median over its units, which a few units far off do not move; NaN for fewer than three units.

    >>> median_share([0.1, 0.2, 0.9, float("nan")]), median_share([0.1, 0.2])
    (0.2, nan)
    """
    known = np.asarray(shares, float)
    known = known[np.isfinite(known)]
    return float(np.median(known)) if known.size >= FEWEST else float("nan")


def share_error(share: float, totals: ArrayLike) -> Floats:
    """Standard error of a share of each total, with half an event added so that a share of 0 has one too.

    >>> share_error(0.0, [100]).round(4).tolist(), share_error(0.5, [100]).round(4).tolist()
    ([0.007], [0.05])
    """
    total = np.asarray(totals, float)
    null = (share * total + 0.5) / (total + 1.0)
    return np.asarray(np.sqrt(null * (1 - null) / np.maximum(total, 1.0)), dtype=np.float64)


def above(shares: ArrayLike, expected: float, errors: ArrayLike) -> Floats:
    """One-sided p-values of shares above what is expected.

    ``z = (share - expected) / (error spread)`` where spread is the median absolute deviation of the units' own z, at least 1:
    offices differ for reasons of their own (overdispersion as in Spiegelhalter 2005, Statistics in Medicine 24:1185, with a scale
    that the offices looked for do not widen).

    Args:
        shares: one per unit; NaN where there is none.
        expected: the county's; NaN gives NaN.
        errors: of the shares.

    Returns:
        p-values; NaN where a unit cannot be judged.

    >>> above([0.5, 0.1, 0.1, 0.1], 0.1, [0.1] * 4).round(5).tolist()
    [3e-05, 0.5, 0.5, 0.5]
    """
    share, error = np.asarray(shares, float), np.asarray(errors, float)
    z: Floats = np.divide(share - expected, error, out=np.full_like(share, np.nan), where=error > 0)
    known = z[np.isfinite(z)]
    spread = max(1.0, _MAD * float(np.median(np.abs(known)))) if known.size else 1.0
    return np.asarray(norm.sf(z / spread), dtype=np.float64)
