"""Counts and proportions: exact and approximate limits, tails with the mid-p correction, sums of unequal coins."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
_Z95: Final = float(stats.norm.ppf(0.975))
_MOST_TRIALS: Final = 2000  # of an exact distribution
_LOOK_AGAIN: Final = 64  # trials after which chances of nothing are cut off


def garwood(count: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Exact limits of a Poisson mean: ``chi2inv(a/2, 2x)/2`` and ``chi2inv(1 - a/2, 2x + 2)/2`` (Garwood 1936).

    Args:
        count: events, any shape, not negative.
        alpha: 1 minus the confidence.

    Returns:
        Lower and upper limits, in events.

    Raises:
        ValueError: a count is negative.

    >>> low, high = garwood([10])
    >>> round(low[0], 4), round(high[0], 4)
    (np.float64(4.7954), np.float64(18.3904))
    """
    x = _counts(count)
    low = np.where(x > 0, stats.chi2.ppf(alpha / 2, 2 * np.maximum(x, 1)) / 2, 0.0)
    return low, np.asarray(stats.chi2.ppf(1 - alpha / 2, 2 * x + 2) / 2)


def byar(count: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Byar's approximation to Poisson limits (Breslow & Day 1987); good from 10 events on, exact 0 below for none.

    Args:
        count: events, any shape, not negative.
        alpha: 1 minus the confidence.

    Returns:
        Lower and upper limits, in events.

    Raises:
        ValueError: a count is negative.

    >>> low, high = byar([65])
    >>> round(low[0], 3), round(high[0], 3)
    (np.float64(50.163), np.float64(82.849))
    """
    x = _counts(count)
    z = stats.norm.ppf(1 - alpha / 2)
    safe = np.maximum(x, 1)
    low = np.where(x > 0, safe * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3, 0.0)
    up = x + 1
    return low, up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3


def wilson(successes: ArrayLike, trials: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Wilson's score limits of a proportion (Wilson 1927).

    Args:
        successes, trials: counts of the same shape; trials positive.
        alpha: 1 minus the confidence.

    Returns:
        Lower and upper limits, as shares.

    Raises:
        ValueError: no trials, or more successes than trials.

    >>> low, high = wilson([65], [100])
    >>> round(low[0], 4), round(high[0], 4)
    (np.float64(0.5525), np.float64(0.7364))
    """
    x, n = _counts(successes), _counts(trials)
    if np.any(n <= 0) or np.any(x > n):
        raise ValueError("successes must lie between 0 and a positive number of trials")
    z = _Z95 if alpha == 0.05 else float(stats.norm.ppf(1 - alpha / 2))
    p, z2 = x / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return centre - half, centre + half


def poisson_tails(count: ArrayLike, mean: ArrayLike, mid: bool = True) -> tuple[Floats, Floats]:
    """Lower and upper tail probabilities of Poisson counts, with half of the observed point each (mid-p) or all of it.

    Args:
        count: observed events.
        mean: expected events, positive.
        mid: mid-p (Lancaster 1961), less conservative in a false-discovery procedure than the exact tail.

    >>> low, high = poisson_tails([3], [3.0])
    >>> round(low[0] + high[0], 6)
    np.float64(1.0)
    """
    x, mu = _counts(count), np.asarray(mean, float)
    share = 0.5 if mid else 1.0
    point = share * np.asarray(stats.poisson.pmf(x, mu))
    return np.asarray(stats.poisson.cdf(x - 1, mu)) + point, np.asarray(stats.poisson.sf(x, mu)) + point


def beta_binomial(count: ArrayLike, trials: ArrayLike, a: float, b: float) -> Floats:
    """Chance of so many successes of trials whose common chance is drawn from a beta law.

    ``C(n, k) B(k + a, n - k + b) / B(a, b)``.

    Args:
        count: k, between 0 and n.
        trials: n.
        a, b: of the beta law, positive.

    >>> beta_binomial([0, 1, 2], 2, 1.0, 1.0).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    k, n = np.asarray(count), np.asarray(trials)
    ways = -np.log(n + 1) - special.betaln(n - k + 1, k + 1)
    return np.asarray(np.clip(np.exp(ways + special.betaln(k + a, n - k + b) - special.betaln(a, b)), 0, 1))


def poisson_binomial(probabilities: ArrayLike) -> Floats:
    """Distribution of the number of successes of independent trials with unequal chances, by exact convolution.

    Args:
        probabilities: one chance a trial, in [0, 1]; or rows of them, one row a set of trials.

    Returns:
        Probability of 0, 1, …, n successes; of each row.

    Raises:
        ValueError: a chance lies outside [0, 1].

    >>> poisson_binomial([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    chances = np.clip(np.asarray(probabilities, float), 0, None)
    if np.any(chances > 1 + 1e-9) or np.any(np.isnan(chances)):
        raise ValueError("a probability must lie in [0, 1]")
    trials = np.minimum(chances, 1.0)
    pmf = np.zeros((*trials.shape[:-1], trials.shape[-1] + 1))
    pmf[..., 0] = 1.0
    some = 1  # numbers of successes that have a chance: that of many rare ones is soon too small for a float
    for done in range(trials.shape[-1]):  # each step needs the one before
        p = trials[..., done, None]
        success = pmf[..., :some] * p
        pmf[..., :some] *= 1 - p
        pmf[..., 1 : some + 1] += success
        some += 1
        if done % _LOOK_AGAIN == 0:
            some = int(np.flatnonzero(pmf.reshape(-1, pmf.shape[-1]).any(axis=0))[-1]) + 1
    return pmf


def poisson_binomial_tail(observed: int, probabilities: ArrayLike, mid: bool = False) -> float:
    """Chance of at least ``observed`` successes of trials with unequal chances.

    Exact up to 2,000 trials; above, the normal approximation with continuity and skewness corrected (Volkova 1996), whose error is
    of the order of 1 / variance.

    >>> poisson_binomial_tail(2, [0.5, 0.5])
    0.25
    """
    return float(poisson_binomial_tails([observed], [probabilities], mid)[0])


def poisson_binomial_tails(observed: Sequence[int], probabilities: Sequence[ArrayLike], mid: bool = False) -> Floats:
    """``poisson_binomial_tail`` of several sets of trials, which are gone through together.

    >>> poisson_binomial_tails([2, 1], [[0.5, 0.5], [0.25]]).tolist()
    [0.25, 0.25]
    """
    sets = [np.asarray(chances, float).ravel() for chances in probabilities]
    exact = [place for place, chances in enumerate(sets) if chances.size <= _MOST_TRIALS]
    trials = np.zeros((len(exact), max((sets[place].size for place in exact), default=0)))
    for row, place in enumerate(exact):
        trials[row, : sets[place].size] = sets[place]  # a trial that cannot succeed changes nothing
    distribution = dict(zip(exact, poisson_binomial(trials), strict=True))
    tails = np.empty(len(sets))
    for place, (count, chances) in enumerate(zip(observed, sets, strict=True)):
        if place not in distribution:
            tails[place] = _refined_normal(count - (0.0 if mid else 0.5), chances)
            continue
        pmf = distribution[place][: chances.size + 1]
        tails[place] = pmf[max(count, 0) :].sum()
        if mid and 0 <= count < pmf.size:
            tails[place] -= 0.5 * pmf[count]
    return np.clip(tails, 0.0, 1.0)


def _refined_normal(point: float, chances: Floats) -> float:
    """Chance of a sum of trials above ``point``: normal, with the first term of its Edgeworth expansion."""
    variance = float((chances * (1 - chances)).sum())
    if variance <= 0:
        return float(point <= chances.sum())
    z = (point - float(chances.sum())) / np.sqrt(variance)
    skew = float((chances * (1 - chances) * (1 - 2 * chances)).sum()) / variance**1.5
    return float(np.clip(stats.norm.sf(z) - skew * (1 - z * z) * stats.norm.pdf(z) / 6, 0.0, 1.0))


def _counts(values: ArrayLike) -> Floats:
    x = np.asarray(values, float)
    if np.any(x < 0) or np.any(np.isnan(x)):
        raise ValueError("a count is negative or missing")
    return x
