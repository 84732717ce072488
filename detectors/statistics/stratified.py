"""Dual-system estimate over strata (Chandra Sekar & Deming 1949).

Where both lists are good in the same places, pooling makes the number of events too low and completeness too high.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from detectors.statistics.two_lists import chapman, lincoln_petersen, seber_variance

Floats = NDArray[np.float64]
_SMALL = 50  # matches below which Chapman's estimate is the less biased one


@dataclass(frozen=True)
class Stratified:
    """Events by strata and pooled.

    Attributes:
        events: sum over strata.
        se: its standard error (strata independent, Seber's variance).
        pooled: Lincoln-Petersen over all strata together.
        completeness1: share of ``events`` on list 1.
        p1, p2: p-values that the capture probabilities of list 1 and list 2 are equal over strata (chi-square); both must
            vary for pooling to mislead.
    """

    events: float
    se: float
    pooled: float | None
    completeness1: float
    p1: float | None
    p2: float | None


def chandrasekaran_deming(n1: ArrayLike, n2: ArrayLike, m: ArrayLike) -> Stratified:
    """Events by strata: ``sum n1 n2 / m``, Chapman's form where fewer than 50 match.

    Args:
        n1: events on list 1, one per stratum.
        n2: events on list 2.
        m: events on both.

    >>> round(chandrasekaran_deming([900, 300], [850, 400], [810, 160]).events, 1)
    1694.4
    """
    a, b, both = (np.asarray(x, dtype=np.float64) for x in (n1, n2, m))
    strata = list(zip(a.tolist(), b.tolist(), both.tolist(), strict=True))
    events = sum(chapman(x, y, z) if z < _SMALL else x * y / z for x, y, z in strata)
    variance = sum(seber_variance(x, y, z) for x, y, z in strata)
    return Stratified(
        events=float(events),
        se=math.sqrt(max(variance, 0.0)),
        pooled=lincoln_petersen(float(a.sum()), float(b.sum()), float(both.sum())),
        completeness1=float(a.sum() / events) if events > 0 else 0.0,
        p1=_equal_shares(both, b),
        p2=_equal_shares(both, a),
    )


def _equal_shares(x: Floats, n: Floats) -> float | None:
    """p-value of the chi-square test that ``x/n`` is one share; none when there is nothing to compare."""
    if x.size < 2 or n.min() <= 0 or not 0 < x.sum() < n.sum():
        return None
    p = x.sum() / n.sum()
    return float(stats.chi2.sf(np.sum((x - n * p) ** 2 / (n * p * (1 - p))), x.size - 1))
