"""Events from how often each was seen: lower bounds and closed models that need no names of the lists."""

import math
from collections.abc import Mapping, Sequence

from scipy import optimize


def chao_lower_bound(seen: float, once: float, twice: float, lists: int | None = None) -> float:
    """At least this many events, under heterogeneity and no negative dependence (Chao 1987).

    ``seen + k f1^2/(2 f2)``; ``k = (t - 1)/t`` for ``t`` lists, 1 for repeat counts. Bias-corrected form when none is seen twice.

    Args:
        seen: events seen at all.
        once: of them seen exactly once.
        twice: seen exactly twice.
        lists: number of lists; none for repeat counts in one register.

    Example:
        >>> round(chao_lower_bound(68, 25, 22, lists=6), 3)
        79.837
    """
    factor = 1.0 if lists is None else (lists - 1) / lists
    if twice > 0:
        return seen + factor * once**2 / (2 * twice)
    return seen + factor * max(once * (once - 1), 0.0) / (2 * (twice + 1))


def truncated_poisson(frequencies: Mapping[int, float], most: int | None = None) -> float | None:
    """Events if the number of sightings is Poisson: ``seen / (1 - exp(-rate))``, the rate by maximum likelihood.

    Args:
        frequencies: times seen -> events.
        most: more sightings than this cannot occur; without it any number can. R's Rcapture takes the most that was seen.

    Returns:
        Events; ``None`` when no event was seen more than once.

    >>> round(truncated_poisson({1: 1645, 2: 183, 3: 37, 4: 13, 5: 1, 6: 1}, most=6) or 0.0, 1)
    7079.9
    """
    seen = sum(frequencies.values())
    mean = sum(k * n for k, n in frequencies.items()) / seen if seen > 0 else 0.0
    if mean <= 1:
        return None
    ks = range(1, (most or max(frequencies) + 100) + 1)

    def moments(rate: float) -> tuple[float, float]:
        """Sum of rate^k/k! over the times seen, and the mean."""
        weights = [math.exp(k * math.log(rate) - math.lgamma(k + 1)) for k in ks]
        return sum(weights), sum(k * w for k, w in zip(ks, weights, strict=True)) / sum(weights)

    rate = float(optimize.brentq(lambda x: moments(x)[1] - mean, 1e-9, mean + 10))
    return seen + seen / moments(rate)[0]


def equal_catchability(seen: float, sightings: float, lists: int) -> float | None:
    """Events when all lists catch alike (model M0): the Poisson likelihood's root of ``seen = N (1 - (1 - s/(t N))^t)``.

    >>> round(equal_catchability(68, 145, 6) or 0.0, 2)
    75.43
    """
    return independent_lists(seen, [sightings / lists] * lists)


def independent_lists(seen: float, sizes: Sequence[float]) -> float | None:
    """Events when lists differ but are independent (model Mt; Darroch 1958): root of ``1 - seen/N = prod(1 - n_j/N)``.

    Args:
        seen: events on any list.
        sizes: events on each list.

    Returns:
        Events; ``None`` when no list repeats another, so that nothing bounds them.

    >>> round(independent_lists(68, [16, 28, 20, 26, 23, 32]) or 0.0, 2)
    75.07
    """
    if sum(sizes) <= seen:
        return None
    if max(sizes) >= seen:
        return float(seen)

    def gap(n: float) -> float:
        return (1 - seen / n) - math.prod(1 - size / n for size in sizes)

    top = 2.0 * seen
    while gap(top) < 0 and top < 1e12:
        top *= 2
    return float(optimize.brentq(gap, seen, top)) if gap(top) > 0 else None
