"""Events from several lists by log-linear models of the presence patterns (Fienberg 1972; Cormack 1989).

Every model is a guess about which lists depend on each other, and none can be tested against the one pattern nobody sees. So the
whole set is fitted and its spread is the message; a single best model is not.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Floats = NDArray[np.float64]
Term = tuple[int, ...]  # lists that interact, as (0, 2)
_ABSURD: Final = 50  # an estimate beyond this many times the events seen is dropped


@dataclass(frozen=True)
class Fit:
    """One model.

    Attributes:
        name: lists joined by an interaction stand together: ``12,3``.
        events: events, those on no list included.
        se: standard error, ``sqrt(mu + mu^2 var)``.
        deviance: against the saturated model; ``df`` its degrees of freedom.
        aic, bic: ``-2 l + 2 k`` and ``-2 l + k ln(events seen)``.
    """

    name: str
    events: float
    se: float
    deviance: float
    df: int
    aic: float
    bic: float


@dataclass(frozen=True)
class Average:
    """A set of models averaged by their weights ``exp(-(IC - min)/2)``.

    Attributes:
        events, se: weighted mean, and its error with the spread between models in it.
        low, high: smallest and largest estimate among models within 4 units of the best.
        weights: model -> weight.
        dropped: models left out: without a finite error, on the boundary, or absurdly large.
    """

    events: float
    se: float
    low: float
    high: float
    weights: dict[str, float]
    dropped: tuple[str, ...]


def models(lists: int) -> list[tuple[Term, ...]]:
    """All hierarchical models with main effects and any set of pair terms, without and with interactions.

    >>> len(models(3))
    8
    """
    pairs = list(itertools.combinations(range(lists), 2))
    return [tuple(chosen) for size in range(len(pairs) + 1) for chosen in itertools.combinations(pairs, size)]


def fit(histories: Mapping[str, float], terms: Iterable[Term] = ()) -> Fit | None:
    """Fit one model to the patterns seen, by Poisson likelihood.

    Args:
        histories: pattern (one 0/1 per list) -> events, all patterns but the empty one; missing ones are 0.
        terms: interactions beyond the main effects, as ``[(0, 1)]``.

    Returns:
        The fit, or ``None`` when a zero cell leaves an interaction without a finite estimate.

    Example:
        >>> hav = {"001": 63, "010": 55, "011": 18, "100": 69, "101": 17, "110": 21, "111": 28}
        >>> round(fit(hav).events, 2)
        388.48
    """
    chosen = tuple(terms)
    patterns, counts, lists = _cells(histories)
    design = _design(patterns, lists, chosen)
    solved = _poisson(design, counts)
    if solved is None:
        return None
    beta, mean = solved
    information = design.T @ (design * mean[:, None])
    if np.linalg.cond(information) > 1e12:
        return None
    unseen = math.exp(beta[0])
    se = math.sqrt(unseen + unseen**2 * float(np.linalg.inv(information)[0, 0]))
    seen, k = float(counts.sum()), design.shape[1]
    log_likelihood = float(np.sum(special.xlogy(counts, mean) - mean - special.gammaln(counts + 1)))
    deviance = 2 * float(np.sum(special.xlogy(counts, counts / mean) - (counts - mean)))
    return Fit(
        name=name(lists, chosen),
        events=seen + unseen,
        se=se,
        deviance=max(deviance, 0.0),
        df=counts.size - k,
        aic=-2 * log_likelihood + 2 * k,
        bic=-2 * log_likelihood + k * math.log(seen),
    )


def name(lists: int, terms: Sequence[Term]) -> str:
    """The usual name of a model: interacting lists stand together, the others alone, as in ``12,3``.

    >>> name(3, [(0, 1)])
    '12,3'
    """
    joined = ["".join(str(i + 1) for i in term) for term in terms]
    alone = [str(i + 1) for i in range(lists) if not any(i in term for term in terms)]
    return ",".join(joined + alone)


def profile_interval(histories: Mapping[str, float], terms: Iterable[Term] = (), level: float = 0.95) -> tuple[float, float] | None:
    """Limits of the number of events by profile likelihood, of the multinomial kind (Cormack 1992).

    The unseen pattern is given a count, the model refitted with it, and counts are kept whose likelihood stays within the
    chi-square limit. ``None`` where the model has no fit.

    >>> hav = {"001": 63, "010": 55, "011": 18, "100": 69, "101": 17, "110": 21, "111": 28}
    >>> [round(limit) for limit in profile_interval(hav) or ()]
    [350, 435]
    """
    chosen = tuple(terms)
    best = fit(histories, chosen)
    if best is None:
        return None
    patterns, counts, lists = _cells(histories)
    seen = float(counts.sum())
    design = _design(["0" * lists, *patterns], lists, chosen)

    def likelihood(unseen: float) -> float:
        total = seen + unseen
        solved = _poisson(design, np.concatenate([[unseen], counts]))
        if solved is None:
            return -math.inf
        share = solved[1] / total
        observed = np.concatenate([[unseen], counts])
        return float(special.gammaln(total + 1) - special.gammaln(unseen + 1) + np.sum(special.xlogy(observed, share)))

    guess = best.events - seen
    peak = optimize.minimize_scalar(lambda x: -likelihood(x), bounds=(1e-6, 4 * guess + 10), method="bounded")
    cut = -float(peak.fun) - float(stats.chi2.ppf(level, 1)) / 2
    bottom = 1e-6
    low = bottom if likelihood(bottom) >= cut else float(optimize.brentq(lambda x: likelihood(x) - cut, bottom, float(peak.x)))
    top = 4 * guess + 10
    while likelihood(top) > cut:
        top *= 2
    return seen + low, seen + float(optimize.brentq(lambda x: likelihood(x) - cut, float(peak.x), top))


def average(fits: Sequence[Fit | None], seen: float, by: str = "aic") -> Average | None:
    """Average models by AIC or BIC (Burnham & Anderson 2002) and give the range of those within 4 units of the best.

    Args:
        fits: models; ``None`` for those that could not be fitted, counted among the dropped ones.
        seen: events on any list.
        by: ``aic`` or ``bic``.

    >>> hav = {"001": 63, "010": 55, "011": 18, "100": 69, "101": 17, "110": 21, "111": 28}
    >>> found = average([fit(hav, terms) for terms in models(3)], 271)
    >>> round(found.low) if found else None
    1313
    """
    kept = [f for f in fits if f is not None and math.isfinite(f.se) and f.events <= _ABSURD * seen]
    if not kept:
        return None
    criterion = np.array([getattr(f, by) for f in kept])
    weights = np.exp(-(criterion - criterion.min()) / 2)
    weights /= weights.sum()
    events = np.array([f.events for f in kept])
    mean = float(weights @ events)
    se = math.sqrt(float(weights @ (np.array([f.se for f in kept]) ** 2 + (events - mean) ** 2)))
    near = events[criterion <= criterion.min() + 4]
    dropped = tuple(f.name if f is not None else "-" for f in fits if f is None or f not in kept)
    return Average(
        mean, se, float(near.min()), float(near.max()), dict(zip((f.name for f in kept), weights.tolist(), strict=True)), dropped
    )


def _cells(histories: Mapping[str, float]) -> tuple[list[str], Floats, int]:
    lists = len(next(iter(histories)))
    patterns = ["".join(bits) for bits in itertools.product("01", repeat=lists) if "1" in bits]
    # Protected counts can fall below zero, which no Poisson likelihood takes.
    return patterns, np.array([max(float(histories.get(p, 0.0)), 0.0) for p in patterns]), lists


def _design(patterns: Sequence[str], lists: int, terms: Sequence[Term]) -> Floats:
    bits = np.array([[int(bit) for bit in pattern] for pattern in patterns], dtype=np.float64)
    columns = [np.ones(len(patterns)), *bits.T, *(bits[:, list(term)].prod(axis=1) for term in terms)]
    assert bits.shape[1] == lists
    return np.column_stack(columns)


def _poisson(design: Floats, counts: Floats, rounds: int = 200) -> tuple[Floats, Floats] | None:
    """Coefficients and means of a Poisson regression by iterated least squares; none when an estimate runs to infinity."""
    mean = counts + 0.5
    eta = np.log(mean)
    previous = math.inf
    for _ in range(rounds):
        work = eta + (counts - mean) / mean
        root = np.sqrt(mean)[:, None]
        beta = np.asarray(np.linalg.lstsq(design * root, work * root[:, 0], rcond=None)[0], dtype=np.float64)
        eta = np.clip(design @ beta, -30, 60)
        mean = np.exp(eta)
        deviance = float(np.sum(special.xlogy(counts, counts / mean) - (counts - mean)))
        if abs(previous - deviance) < 1e-12 * (1 + abs(deviance)):
            # A mean that went to zero is a zero cell fitted exactly: its coefficient is at minus infinity.
            return (beta, mean) if mean.min() > 1e-6 else None
        previous = deviance
    return None
