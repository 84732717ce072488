"""Digits of figures: last digits, whole percentages, and Benford's law with the refusal it needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from detectors.statistics.counts import poisson_binomial_tail

Floats = NDArray[np.float64]


def last_digit_shares(means: ArrayLike) -> Floats:
    """Shares of last digits 0 to 9 that Poisson counts with these means have, averaged.

    They are uniform only from a mean of about 30 on; at a mean of 10 they run from .071 to .129, so a uniform null accuses honest
    offices.

    Args:
        means: one per figure, positive.

    >>> last_digit_shares([40.0]).round(3).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    """
    mu = np.asarray(means, float).ravel()
    top = int(np.ceil((mu.max() + 12 * np.sqrt(mu.max()) + 20) / 10) * 10)
    pmf = np.asarray(stats.poisson.pmf(np.arange(top)[None, :], mu[:, None])).mean(axis=0)
    shares = np.array([pmf[digit::10].sum() for digit in range(10)])
    return np.asarray(shares / shares.sum())


@dataclass(frozen=True)
class LastDigits:
    """Last digits of a set of figures.

    Attributes:
        figures: how many.
        observed: how many end in 0 to 9.
        expected: the same under the null.
        statistic: chi-square on 9 degrees of freedom.
        p_value: upper tail; by Monte Carlo under 50 figures.
        effect: index of dissimilarity, the share of figures that would have to change their digit.
    """

    figures: int
    observed: NDArray[np.int64]
    expected: Floats
    statistic: float
    p_value: float
    effect: float


def last_digits(figures: ArrayLike, shares: ArrayLike | None = None, rng: np.random.Generator | None = None) -> LastDigits:
    """Chi-square of last digits against their null (Beber & Scacco 2012).

    Args:
        figures: whole numbers, not negative.
        shares: null shares of digits 0 to 9, uniform by default; see ``last_digit_shares``.
        rng: for the Monte Carlo that replaces the chi-square under 50 figures.

    Raises:
        ValueError: no figure.

    >>> last_digits([10, 20, 30, 40] * 20).p_value < 1e-9
    True
    """
    x = np.asarray(figures, np.int64).ravel()
    if x.size == 0:
        raise ValueError("no figure")
    null = np.full(10, 0.1) if shares is None else np.asarray(shares, float)
    observed, expected = np.bincount(x % 10, minlength=10), x.size * null
    statistic = float(((observed - expected) ** 2 / expected).sum())
    if x.size >= 50 or rng is None:
        p = float(stats.chi2.sf(statistic, 9))
    else:
        draws = rng.multinomial(x.size, null, 4000)
        p = (1 + int((((draws - expected) ** 2 / expected).sum(axis=1) >= statistic - 1e-9).sum())) / 4001
    return LastDigits(x.size, observed, expected, statistic, p, float(np.abs(observed - expected).sum() / (2 * x.size)))


def extreme_digits(figures: int, most: int, least: int, rng: np.random.Generator, draws: int = 100_000) -> float:
    """Chance that of uniform last digits one is as frequent as ``most`` and one as rare as ``least`` together.

    >>> extreme_digits(100, 10, 10, np.random.default_rng(1), 100)
    1.0
    """
    counts = rng.multinomial(figures, [0.1] * 10, draws)
    return float(((counts.max(axis=1) >= most) & (counts.min(axis=1) <= least)).mean())


def nonadjacent_pairs(figures: int, nonadjacent: int) -> float:
    """Chance of so few figures whose last two digits are neither equal nor neighbours (9 and 0 are): expected 0.7.

    People who invent numbers avoid repeats and favour neighbours (Beber & Scacco 2012).

    >>> round(nonadjacent_pairs(116, 72), 4)
    0.0411
    """
    return float(stats.binom.cdf(nonadjacent, figures, 0.7))


def count_nonadjacent(figures: ArrayLike) -> tuple[int, int]:
    """Figures with two digits at least, and how many of them have last digits neither equal nor neighbours.

    >>> count_nonadjacent([12, 11, 15, 90, 7])
    (4, 1)
    """
    x = np.asarray(figures, np.int64)
    x = x[x >= 10]
    gap = np.abs(x % 10 - x // 10 % 10)
    return int(x.size), int(((gap > 1) & (gap < 9)).sum())


def is_whole(percent: ArrayLike, period: float = 1.0, tolerance: float = 0.05) -> NDArray[np.bool_]:
    """Whether a percentage lies within a tolerance of a multiple of ``period``.

    >>> is_whole([85.04, 85.2]).tolist()
    [True, False]
    """
    x = np.asarray(percent, float)
    return np.abs(x - period * np.round(x / period)) <= tolerance + 1e-9


def whole_chance(numerator: int, denominator: int, period: float = 1.0, tolerance: float = 0.05) -> float:
    """Chance that ``100 k / n`` is whole when ``k ~ Binomial(n, x / n)``, by summation (Kobak, Shpilkin & Pshenichnikov 2016).

    With n = 20, 25, 50 or 100 it is 1: a rule of "one in ten" accuses every small unit.

    Args:
        numerator, denominator: x and n.
        period: 1 for whole percentages, 5 for multiples of five.
        tolerance: in percentage points.

    >>> whole_chance(30, 50), round(whole_chance(160, 200), 3)
    (1.0, 0.5)
    """
    k = np.arange(denominator + 1)
    pmf = stats.binom.pmf(k, denominator, numerator / denominator)
    return float(min(1.0, pmf[is_whole(100 * k / denominator, period, tolerance)].sum()))


@dataclass(frozen=True)
class WholePercentages:
    """Excess of whole percentages.

    Attributes:
        units: reporting units that entered.
        observed, expected, sd: number of whole percentages, its mean and standard deviation by chance.
        z: standardised excess.
        p_value: chance of as many, exact (Poisson-binomial).
    """

    units: int
    observed: int
    expected: float
    sd: float
    z: float
    p_value: float


def whole_percentages(numerators: ArrayLike, denominators: ArrayLike, period: float = 1.0) -> WholePercentages:
    """Whole percentages among units against the exact chance of each.

    Args:
        numerators, denominators: x and n per unit; chosen beforehand (the authors take n >= 100 and shares <= .99).
        period: as in ``whole_chance``.

    Raises:
        ValueError: no unit, or a numerator above its denominator.

    >>> whole_percentages([80, 90], [200, 300]).observed
    2
    """
    x, n = np.asarray(numerators, int), np.asarray(denominators, int)
    if x.size == 0 or np.any(n <= 0) or np.any(x > n) or np.any(x < 0):
        raise ValueError("needs units with 0 <= numerator <= denominator")
    pairs, back = np.unique(np.column_stack([x, n]), axis=0, return_inverse=True)
    chance = np.array([whole_chance(int(a), int(b), period) for a, b in pairs])[back.ravel()]
    observed = int(is_whole(100 * x / n, period).sum())
    expected, sd = float(chance.sum()), float(np.sqrt((chance * (1 - chance)).sum()))
    z = (observed - expected) / sd if sd > 0 else 0.0
    return WholePercentages(x.size, observed, expected, sd, z, poisson_binomial_tail(observed, chance))


@dataclass(frozen=True)
class Benford:
    """First digits against Benford's law.

    Attributes:
        suitable: whether the law can be expected to hold at all.
        why_not: ``too_few``, ``one_magnitude`` or ``bounded``; None when suitable or not checked.
        statistic, p_value: chi-square on 8 degrees of freedom.
        mad: mean absolute deviation of shares; under .006 close, .012 acceptable, .015 marginal, above not (Nigrini 2012).
    """

    suitable: bool
    why_not: str | None
    statistic: float | None = None
    p_value: float | None = None
    mad: float | None = None


def benford_counts(counts: ArrayLike) -> Benford:
    """First-digit counts (1 to 9) against ``log10(1 + 1/d)``, without asking whether that suits the data.

    Passing proves nothing: the accounts of a proven fraud pass.

    >>> benford_counts([301, 176, 125, 97, 79, 67, 58, 51, 46]).mad < 0.001
    True
    """
    x = np.asarray(counts, float)
    law = np.log10(1 + 1 / np.arange(1, 10))
    expected = x.sum() * law
    statistic = float(((x - expected) ** 2 / expected).sum())
    return Benford(True, None, statistic, float(stats.chi2.sf(statistic, 8)), float(np.abs(x / x.sum() - law).mean()))


def benford(figures: ArrayLike, bounded: bool = False) -> Benford:
    """First digits of figures, refused where the law does not apply.

    It needs 500 positive figures over three orders of magnitude without floor, ceiling, target or assignment; births of townships,
    rates and percentages are none of that.

    Args:
        figures: any numbers; those not positive are skipped.
        bounded: whether the figures have a floor, a ceiling or a target.

    >>> benford(list(range(1, 600))).why_not
    'one_magnitude'
    """
    x = np.asarray(figures, float)
    x = x[np.isfinite(x) & (x > 0)]
    if bounded:
        return Benford(False, "bounded")
    if x.size < 500:
        return Benford(False, "too_few")
    if np.log10(np.quantile(x, 0.99) / np.quantile(x, 0.01)) < 3:
        return Benford(False, "one_magnitude")
    first = (x / 10.0 ** np.floor(np.log10(x))).astype(int).clip(1, 9)
    return benford_counts(np.bincount(first, minlength=10)[1:])
