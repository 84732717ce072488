"""Delay of registration under right truncation: reverse-time hazard (chain ladder) and the births still to come.

A birth is seen only once it is registered, so the youngest births show short delays alone. With d the delay in days and T the
age of a birth at the end of the extract (METHODS F; Lagakos, Barraj and De Gruttola 1988, Biometrika 75, 515-523)::

    lambda(d) = #{delay = d} / #{delay <= d <= T},    F(d) = prod over u > d of (1 - lambda(u)).
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z: Final = NormalDist().inv_cdf(0.975)
_BINS: Final = (30, 90, 365, 1095)  # days; ends of the bins of delay in which cohorts are compared
_AT_RISK: Final = 20  # births old enough that a delay must be seen among, for the curve to reach that far


@dataclass(frozen=True)
class DelayCurve:
    """Share of births registered by each day, of those registered within ``horizon`` days.

    Attributes:
        cdf: F(0), F(1), ... F(horizon); non-decreasing, 1 at the end.
        variance: of ln F(d), same length; infinite where F is 0.
        horizon: the largest delay the extract can tell of, days.
        n: births the curve rests on.
    """

    cdf: NDArray[np.float64]
    variance: NDArray[np.float64]
    horizon: int
    n: int

    def at(self, days: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """F at some delays in days: 0 before the birth, 1 beyond the horizon.

        >>> curve = reverse_time(np.array([0, 1, 1, 3]), np.array([9, 9, 9, 9]), at_risk=1)
        >>> curve.at(np.array([-1, 0, 1, 2, 50])).round(2).tolist()
        [0.0, 0.25, 0.75, 0.75, 1.0]
        """
        days = np.atleast_1d(days)
        inside = self.cdf[np.clip(days, 0, self.horizon)]
        return np.where(days < 0, 0.0, inside)

    def share_after(self, days: int) -> tuple[float, float]:
        """The share registered more than ``days`` after birth, and its standard error."""
        share = float(self.at(days)[0])
        variance = float(self.variance[min(max(days, 0), self.horizon)])
        return 1.0 - share, share * float(np.sqrt(variance)) if np.isfinite(variance) else 0.0


def reverse_time(delays: NDArray[np.int64], ages: NDArray[np.int64], at_risk: int = _AT_RISK) -> DelayCurve | None:
    """The delay curve of births seen because they are registered.

    Args:
        delays: days from birth to registration, one per registered birth, 0 <= delay <= age.
        ages: days from birth to the end of the extract.
        at_risk: the curve ends at the largest delay that at least so many births could show.

    Returns:
        The curve; none when fewer than ``at_risk`` births are given.

    Raises:
        ValueError: a delay is negative or beyond its age.

    >>> curve = reverse_time(np.array([0, 1, 1, 3]), np.array([9, 9, 9, 9]), at_risk=1)
    >>> curve.n if curve else None
    4
    """
    if len(delays) != len(ages) or (len(delays) and (delays.min() < 0 or (delays > ages).any())):
        raise ValueError("delays must lie between 0 and the age of the birth")
    if len(delays) < at_risk:
        return None
    size = int(ages.max()) + 1
    events = np.bincount(delays, minlength=size)
    seen = np.cumsum(events) - np.concatenate(([0], np.cumsum(np.bincount(ages, minlength=size))[:-1]))
    horizon = int(np.flatnonzero(seen >= at_risk)[-1])
    events, seen = events[: horizon + 1].astype(float), seen[: horizon + 1].astype(float)
    hazard = np.divide(events, seen, out=np.zeros_like(events), where=seen > 0)
    left = seen * (seen - events)
    # Where every birth at risk has this delay, none has a shorter one: F is 0 below, and the variance of its logarithm endless.
    terms = np.divide(events, left, out=np.where(events > 0, np.inf, 0.0), where=left > 0)
    steps = np.log1p(-hazard, out=np.full_like(hazard, -np.inf), where=hazard < 1)
    cdf = np.exp(_later(steps))
    return DelayCurve(cdf=cdf, variance=_later(terms), horizon=horizon, n=len(delays))


def overdispersion(delays: NDArray[np.int64], ages: NDArray[np.int64], cohorts: NDArray[np.int64]) -> float:
    """How much more cohorts differ in delay than chance: Pearson's chi-square over its degrees of freedom, 1 at least.

    For bins of delay (a, b] the births of a cohort with delay <= b and age >= b are binomial trials with the bin's pooled share;
    ``phi = sum (x - n h)^2 / (n h (1 - h)) / (cells - bins)`` (quasi-binomial; McCullagh & Nelder 1989, sec. 4.5; Mack's chain
    ladder has the same factor, 1993, ASTIN Bulletin 23, 213-225). Cells with fewer than 5 births expected on either side are left
    out.

    Args:
        delays, ages: days, one per registered birth, 0 <= delay <= age.
        cohorts: its cohort, as the year of birth.

    Returns:
        phi; 1 with fewer than two cohorts in every bin.

    >>> overdispersion(np.array([5, 40] * 50), np.full(100, 400), np.repeat([2020, 2021], 50))
    1.0
    """
    square, free = 0.0, 0
    years, of = np.unique(cohorts, return_inverse=True)
    for low, high in zip((-1, *_BINS[:-1]), _BINS, strict=True):
        seen = (delays <= high) & (ages >= high)
        n = np.bincount(of[seen], minlength=years.size).astype(float)
        x = np.bincount(of[seen & (delays > low)], minlength=years.size).astype(float)
        share = x.sum() / n.sum() if n.sum() else 0.0
        if not 0 < share < 1:
            continue
        use = n * min(share, 1 - share) >= 5
        if use.sum() >= 2:
            square += float(((x - n * share) ** 2 / np.maximum(n * share * (1 - share), 1e-9))[use].sum())
            free += int(use.sum()) - 1
    return max(1.0, square / free) if free else 1.0


def ultimate(registered: int, reached: float, reached_variance: float = 0.0, phi: float = 1.0) -> tuple[float, float, float] | None:
    """Births of a cohort that will in the end be registered, with a 95 % interval.

    registered / F, with F the mean of the curve over the cohort. Of the births still to come u the interval is log-normal, so
    that it never ends below what is registered: Var = phi (registered (1 - F) / F^2 + registered^2 Var(F) / F^4).

    Args:
        registered: births registered so far.
        reached: mean over the cohort's days of birth of F(age), in (0, 1].
        reached_variance: its variance.
        phi: how much more cohorts differ than chance (``overdispersion``).

    Returns:
        Estimate, lower and upper limit; none when fewer than one birth in ten can have been registered yet.

    >>> ultimate(90, 1.0)
    (90.0, 90.0, 90.0)
    >>> [round(value) for value in ultimate(90, 0.9)]
    [100, 95, 109]
    """
    if reached < 0.1 or registered < 0:
        return None
    estimate = registered / reached
    missing = estimate - registered
    if missing <= 0:
        return estimate, estimate, estimate
    variance = max(phi, 1.0) * (registered * (1 - reached) / reached**2 + registered**2 * reached_variance / reached**4)
    spread = float(np.exp(_Z * np.sqrt(np.log1p(variance / missing**2))))
    return estimate, registered + missing / spread, registered + missing * spread


def waiting(curve: DelayCurve, ages: NDArray[np.int64]) -> tuple[float, float]:
    """Births not yet registered among those as old as these registered ones, and the standard deviation.

    Each registered birth of age T stands for (1 - F(T)) / F(T) that are still to come; F below a tenth is taken as a tenth. Var =
    sum (1 - F) / F^2 + (sum sd(F) / F^2)^2: chance of each birth, and the curve's own error, which all share.

    Args:
        curve: the office's delay curve.
        ages: of the registered births, days.

    >>> curve = reverse_time(np.array([0, 1, 1, 3]), np.array([9, 9, 9, 9]), at_risk=1)
    >>> [round(value, 2) for value in waiting(curve, np.array([1, 2]))] if curve else []
    [0.67, 1.22]
    """
    places = np.clip(ages, 0, curve.horizon)
    reached = np.maximum(curve.at(ages), 0.1)
    error = np.sqrt(np.where(np.isfinite(curve.variance), curve.variance, 0.0))[places]
    variance = float(((1 - reached) / reached**2).sum() + (error / reached).sum() ** 2)
    return float(((1 - reached) / reached).sum()), float(np.sqrt(variance))


def _later(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over all later places; 0 at the last."""
    return np.concatenate((np.cumsum(values[::-1])[::-1][1:], [0.0]))
