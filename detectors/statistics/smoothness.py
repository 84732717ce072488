"""Figures that vary less than chance allows: dispersion within a year, and fits that are too good."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dispersion:
    """Pearson's dispersion of one or many sets of cells.

    Attributes:
        statistic: D, sum of (O - E)^2 / E.
        df: degrees of freedom, the mean of D under pure chance.
        variance: of D under pure chance.
        p_lower: chance of a D as small: too smooth.
        p_upper: chance of a D as large.
    """

    statistic: float
    df: float
    variance: float
    p_lower: float
    p_upper: float

    @property
    def ratio(self) -> float:
        """D / df: 1 by chance, under 1 smoother, over 1 more varied."""
        return self.statistic / self.df


def dispersion_within(counts: ArrayLike, exposure: ArrayLike | None = None) -> tuple[Floats, Floats, Floats]:
    """D of each row of counts given the row's total, with the exact mean and variance under the multinomial.

    ``D = sum (x_k - N p_k)^2 / (N p_k)``, mean ``K - 1``, variance ``2 (K - 1) + (sum 1/p_k - K^2 - 2 K + 2) / N``
    (Haldane 1937). Real births are Poisson or more varied, so the lower tail is a clean null; a season only raises D.

    Args:
        counts: rows of K cells (units x months); NaN for a cell not returned.
        exposure: K weights, as days of the months; equal by default.

    Returns:
        D, mean and variance per row; NaN where a row has no event or under two cells.

    >>> d, mean, variance = dispersion_within([[1, 1, 1, 1]])
    >>> float(d[0]), float(mean[0]), float(variance[0])
    (0.0, 3.0, 4.5)
    """
    x = np.atleast_2d(np.asarray(counts, float))
    there = ~np.isnan(x)
    if exposure is None and there.all():
        return _equal_cells(x)
    weight = np.broadcast_to(1.0 if exposure is None else np.asarray(exposure, float), x.shape) * there
    total, cells, mass = np.nansum(x, axis=1), there.sum(axis=1), weight.sum(axis=1)
    ok = (total > 0) & (cells >= 2)
    share = np.where(there, weight / np.where(mass > 0, mass, 1)[:, None], 0.0)
    expected = np.where(there & ok[:, None], total[:, None] * share, 1.0)
    statistic = np.where(there, (np.nan_to_num(x) - expected) ** 2 / expected, 0.0).sum(axis=1)
    inverse = np.where(there & (share > 0), 1 / np.where(share > 0, share, 1.0), 0.0).sum(axis=1)
    safe = np.where(ok, total, 1.0)
    variance = 2 * (cells - 1) + (inverse - cells**2 - 2 * cells + 2) / safe
    blank = np.where(ok, 0.0, np.nan)
    return statistic + blank, cells - 1.0 + blank, variance + blank


def _equal_cells(x: Floats) -> tuple[Floats, Floats, Floats]:
    """``dispersion_within`` where no cell is missing and all weigh the same."""
    cells, total = x.shape[1], x.sum(axis=1)
    ok = (total > 0) & (cells >= 2)
    expected = np.where(ok, total * (1.0 / cells), 1.0)[:, None]
    statistic = ((x - expected) ** 2 / expected).sum(axis=1)
    inverse = np.full(cells, 1 / (1.0 / cells)).sum()
    variance = 2 * (cells - 1) + (inverse - cells**2 - 2 * cells + 2) / np.where(ok, total, 1.0)
    blank = np.where(ok, 0.0, np.nan)
    return statistic + blank, cells - 1.0 + blank, variance + blank


def pooled_dispersion(statistic: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Dispersion:
    """Dispersions of many rows together: their sum against a scaled chi-square of the same mean and variance.

    ``D ~ c chi2(v)`` with ``c = variance / (2 mean)`` and ``v = 2 mean^2 / variance`` (Satterthwaite 1946). NaN rows are left out.

    Raises:
        ValueError: no row is left.

    >>> round(pooled_dispersion([4.0, 5.0], [11.0, 11.0], [22.0, 22.0]).p_lower, 4)
    0.0067
    """
    d, mu, var = (np.asarray(values, float) for values in (statistic, mean, variance))
    keep = ~(np.isnan(d) | np.isnan(mu) | np.isnan(var))
    if not keep.any():
        raise ValueError("no row has events")
    total, df, spread = float(d[keep].sum()), float(mu[keep].sum()), float(var[keep].sum())
    scale, shape = spread / (2 * df), 2 * df * df / spread
    return Dispersion(total, df, spread, float(stats.chi2.cdf(total / scale, shape)), float(stats.chi2.sf(total / scale, shape)))


def index_of_dispersion(counts: ArrayLike) -> Dispersion:
    """Poisson index of dispersion of counts with equal exposure: ``sum (x - mean)^2 / mean`` on n - 1 degrees of freedom.

    Raises:
        ValueError: under two counts, or none above 0.

    >>> round(index_of_dispersion([3, 3, 3, 3, 3]).p_lower, 6)
    0.0
    """
    x = np.asarray(counts, float)
    if x.size < 2 or x.sum() <= 0:
        raise ValueError("needs two counts and an event")
    statistic = float(((x - x.mean()) ** 2).sum() / x.mean())
    df = float(x.size - 1)
    return Dispersion(statistic, df, 2 * df, float(stats.chi2.cdf(statistic, df)), float(stats.chi2.sf(statistic, df)))


def ratio_fit(pairs: ArrayLike, ratio: float) -> Dispersion:
    """How well pairs of counts fit an expected ratio, too well included (Fisher 1936 on Mendel's 3 : 1).

    Args:
        pairs: rows (a, b); a is expected ``ratio`` times as large as b.
        ratio: a to b.

    >>> round(ratio_fit([[5474, 1850]], 3).statistic, 4)
    0.2629
    """
    x = np.atleast_2d(np.asarray(pairs, float))
    total = x.sum(axis=1, keepdims=True)
    expected = total * np.array([ratio, 1.0]) / (ratio + 1)
    statistic, df = float(((x - expected) ** 2 / expected).sum()), float(len(x))
    return Dispersion(statistic, df, 2 * df, float(stats.chi2.cdf(statistic, df)), float(stats.chi2.sf(statistic, df)))


def yearly_changes(counts: ArrayLike) -> tuple[float, float]:
    """How little counts depart from a constant yearly growth, against chance; the lower tail.

    With d_t = ln x_t - ln x_{t-1}, variance v_t = 1/x_t + 1/x_{t-1} and mean d weighted by 1/v: ``Q = sum (d_t - d)^2 / v_t`` over
    its expectation. Steps share a year (covariance -1/x_t), so mean and variance of Q are traces of the quadratic form and the tail
    is that of the scaled chi-square with both (Satterthwaite).

    Args:
        counts: consecutive years, all positive.

    Returns:
        The ratio, 1 by chance, and the chance of one as small. A steady rise or fall is no chance and no departure.

    Raises:
        ValueError: under four years, or a count of 0.

    >>> ratio, p = yearly_changes([100, 101, 100, 101, 100])
    >>> ratio < 0.02, p < 0.01
    (True, True)
    >>> ratio, p = yearly_changes([500, 450, 405, 364, 328, 295])
    >>> p < 1e-6
    True
    """
    x = np.asarray(counts, float)
    if x.size < 4 or np.any(x <= 0):
        raise ValueError("needs four years, each with events")
    change, variance = np.diff(np.log(x)), 1 / x[1:] + 1 / x[:-1]
    covariance = np.diag(variance) - np.diag(1 / x[1:-1], 1) - np.diag(1 / x[1:-1], -1)
    weight = 1 / variance
    centre = np.eye(change.size) - np.outer(np.ones(change.size), weight / weight.sum())
    form = centre.T @ np.diag(weight) @ centre
    mean = float(np.trace(form @ covariance))
    spread = 2 * float(np.trace(form @ covariance @ form @ covariance))
    found = float(change @ form @ change)
    scale, shape = spread / (2 * mean), 2 * mean**2 / spread
    return found / mean, float(stats.chi2.cdf(found / scale, shape))
