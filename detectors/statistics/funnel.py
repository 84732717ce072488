"""Funnels: limits of observed over expected, overdispersion, and shrinkage for ranking."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from detectors.statistics.counts import garwood

Floats = NDArray[np.float64]


def prediction_quantiles(expected: ArrayLike, tail: ArrayLike) -> Floats:
    """Whole-number control limits: the quantile of a Poisson count of this mean.

    Args:
        expected: expected events, positive.
        tail: probability below, as 0.025.

    >>> prediction_quantiles([10.0], [0.025]).tolist()
    [4.0]
    """
    return np.asarray(stats.poisson.ppf(np.asarray(tail, float), np.asarray(expected, float)))


def prediction_limits(expected: ArrayLike, tail: ArrayLike) -> Floats:
    """Control limits for drawing, interpolated between whole numbers (Spiegelhalter 2005, Stat Med 24:1185, appendix).

    ``r - (F(r) - a) / (F(r) - F(r - 1))`` with ``r`` the quantile. These are limits for an observation given what is expected, not
    confidence limits of one; below 0 means that no lower limit exists.

    Args:
        expected: expected events, positive.
        tail: probability below.

    >>> prediction_limits([10.0], [0.975]).round(3).tolist()
    [16.16]
    """
    mean, a = np.broadcast_arrays(np.asarray(expected, float), np.asarray(tail, float))
    r = stats.poisson.ppf(a, mean)
    upper, lower = stats.poisson.cdf(r, mean), stats.poisson.cdf(r - 1, mean)
    return np.asarray(r - (upper - a) / (upper - lower))


def funnel_garwood(expected: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Limits as FunnelPlotR draws them: Garwood's for an observation at its expectation, over the expectation.

    For comparison only. They lie above the true control limits, so they flag too many low units and miss high ones.

    >>> low, high = funnel_garwood([15.0])
    >>> round(low[0], 4), round(high[0], 4)
    (np.float64(0.5597), np.float64(1.6493))
    """
    mean = np.asarray(expected, float)
    low, high = garwood(mean, alpha)
    return low / mean, high / mean


@dataclass(frozen=True)
class Overdispersion:
    """Spiegelhalter's overdispersion of a set of units.

    Attributes:
        z: ``sqrt(E) ln(O/E)`` per unit.
        phi: mean of z squared, 1 by chance.
        tau2: additive variance between units on the log scale; 0 where there is none.
    """

    z: Floats
    phi: float
    tau2: float


def overdispersion(observed: ArrayLike, expected: ArrayLike, winsorise: float = 0.0) -> Overdispersion:
    """Variance between units beyond Poisson: ``tau2 = (n phi - (n - 1)) / (sum w - sum w^2 / sum w)``, ``w = E``.

    DerSimonian & Laird's moment estimator on log ratios (Spiegelhalter 2005). Winsorising keeps what is sought from widening the
    limits that should find it.

    Args:
        observed: events; 0 counts as half.
        expected: expected events, positive.
        winsorise: share of z drawn in at each end, as 0.1 (R type 7 quantiles).

    Raises:
        ValueError: under two units, or an expectation that is not positive.

    >>> round(overdispersion([100, 150], [108, 112]).phi, 3)
    5.099
    """
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    if o.size < 2 or np.any(e <= 0):
        raise ValueError("needs two units with positive expectations")
    z = np.sqrt(e) * np.log(np.where(o > 0, o, 0.5) / e)
    used = np.clip(z, *np.quantile(z, [winsorise, 1 - winsorise])) if winsorise > 0 else z
    phi, n = float((used**2).mean()), o.size
    tau2 = (n * phi - (n - 1)) / (e.sum() - (e**2).sum() / e.sum()) if n * phi >= n - 1 else 0.0
    return Overdispersion(z, phi, float(max(tau2, 0.0)))


def adjusted_tails(observed: ArrayLike, expected: ArrayLike, tau2: float) -> tuple[Floats, Floats]:
    """Lower and upper mid-p tails of counts with additive variance between units, exact at ``tau2 = 0``.

    A gamma mixture of Poisson counts of relative variance tau2: negative binomial with size ``1 / tau2``.

    >>> low, high = adjusted_tails([10], [10.0], 0.0)
    >>> round(low[0] + high[0], 9)
    np.float64(1.0)
    """
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    law = stats.poisson(e) if tau2 <= 1e-12 else stats.nbinom(1 / tau2, 1 / (1 + tau2 * e))
    half = 0.5 * law.pmf(o)
    return np.asarray(law.cdf(o - 1) + half), np.asarray(law.sf(o) + half)


def adjusted_limits(expected: ArrayLike, tau2: float, tail: float) -> tuple[Floats, Floats]:
    """Control limits as ratios with additive variance between units; ``tail`` is the probability beyond each.

    Without variance Spiegelhalter's interpolated limits, a lower one below 0 as 0; with it quantiles of the negative binomial.

    >>> low, high = adjusted_limits([10.0], 0.0, 0.025)
    >>> round(low[0], 3), round(high[0], 3)
    (np.float64(0.378), np.float64(1.616))
    """
    e = np.asarray(expected, float)
    if tau2 <= 1e-12:
        return np.maximum(prediction_limits(e, tail), 0.0) / e, prediction_limits(e, 1 - tail) / e
    law = stats.nbinom(1 / tau2, 1 / (1 + tau2 * e))
    return np.asarray(law.ppf(tail) / e), np.asarray(law.ppf(1 - tail) / e)


@dataclass(frozen=True)
class Shrunk:
    """Relative risks drawn towards their mean: for ranking and maps, never for a test (small units hide)."""

    nu: float
    alpha: float
    ratio: Floats


def empirical_bayes(observed: ArrayLike, expected: ArrayLike, iterations: int = 500) -> Shrunk:
    """Gamma-Poisson empirical Bayes by moments (Clayton & Kaldor 1987, Biometrics 43:671): ``(O + nu) / (E + alpha)``.

    Args:
        observed: events.
        expected: expected events, positive.
        iterations: at most.

    Returns:
        Gamma parameters and shrunk ratios. Without variance between units every ratio is the common mean (nu, alpha infinite).

    >>> empirical_bayes([9, 39, 11, 0], [1.4, 8.7, 3.0, 4.2]).ratio.round(2).tolist()
    [5.56, 4.42, 3.64, 0.44]
    """
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    nu, alpha = float("inf"), float("inf")
    ratio = o / e
    for _ in range(iterations):
        mean = float(ratio.mean())
        weight = 1.0 if np.isinf(alpha) else 1 + alpha / e
        variance = float((weight * (ratio - mean) ** 2).sum() / (o.size - 1))
        if variance <= 1e-12:
            return Shrunk(float("inf"), float("inf"), np.full(o.size, o.sum() / e.sum()))
        before, nu, alpha = (nu, alpha), mean**2 / variance, mean / variance
        ratio = (o + nu) / (e + alpha)
        if abs(nu - before[0]) + abs(alpha - before[1]) < 1e-10:
            break
    return Shrunk(nu, alpha, ratio)
