"""Heaping of ages on round numbers, and how far two age structures differ. Screening only: real cohorts are irregular too.

Age is completed years, from 0 or ``first``; counts may be any non-negative numbers.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def whipple(counts: ArrayLike, first: int = 0) -> float:
    """Whipple's ratio for digits 0 and 5: ``5 * sum(25, 30 … 60) / sum(23 … 62)``; 1 without heaping, 5 if all is heaped.

    Under 1.05 highly accurate, 1.10 fairly, 1.25 approximate, 1.75 rough, above very rough (UN Manual II).

    Args:
        counts: by single year of age.
        first: the age of the first count.

    Raises:
        ValueError: ages 23 to 62 are not all there, or empty.

    >>> whipple([10] * 91)
    1.0
    """
    ages = _ages(counts, first, 23, 62)
    return float(5 * ages[2::5].sum() / ages.sum())


def abcc(whipple_index: float) -> float:
    """Share of correctly stated ages in percent: ``100 (1 - (W - 100) / 400)``, 100 below W = 100 (A'Hearn, Baten & Crayen 2009).

    >>> abcc(174.5541887)
    81.361452825
    """
    return float(100 * (1 - (max(whipple_index, 100.0) - 100) / 400))


def myers(counts: ArrayLike, low: int = 10, high: int = 89, first: int = 0) -> tuple[float, Floats]:
    """Myers' blended index (1940): 0 without preference of a digit, 90 if one digit holds all.

    For digit ``(low + o) mod 10``: ``T = (o + 1) S1 + (9 - o) S2``, S1 its ages without the last decade, S2 without the first;
    index ``50 sum |T / sum T - .1|``.

    Args:
        counts: by single year of age.
        low, high: range of ages, a multiple of 10 long.
        first: the age of the first count.

    Returns:
        The index, and each digit's blended share in percent, digit 0 first.

    Raises:
        ValueError: the range is not whole decades, or counts lack or are empty there.

    >>> round(myers([10] * 91)[0], 9)
    0.0
    """
    if (high - low + 1) % 10:
        raise ValueError("the range must be whole decades")
    ages = _ages(counts, first, low, high).reshape(-1, 10)
    offsets = np.arange(10)
    blended = (offsets + 1) * ages[:-1].sum(axis=0) + (9 - offsets) * ages[1:].sum(axis=0)
    share = np.empty(10)
    share[(low + offsets) % 10] = blended / blended.sum()
    return float(50 * np.abs(share - 0.1).sum()), 100 * share


def bachi(counts: ArrayLike, low: int = 23, high: int = 77, first: int = 0) -> float:
    """Bachi's index (1951): 0 without preference of a digit, 90 if one digit holds all.

    For each digit the share of its ages in windows of whole decades that begin at the age in ``low … low + 4`` equal to the digit
    modulo 5, and one year later; the mean of the two against a tenth.

    Raises:
        ValueError: counts lack or are empty there.

    >>> round(bachi([10] * 91, 25, 65), 9)
    0.0
    """
    x, total = np.asarray(counts, float), 0.0
    for digit in range(10):
        start = low + (digit - low) % 5
        shares = []
        for begin in (start, start + 1):
            decades = (high - begin + 1) // 10
            window = _ages(x, first, begin, begin + 10 * decades - 1)
            shares.append(window[(digit - begin) % 10 :: 10].sum() / window.sum())
        total += abs(float(np.mean(shares)) - 0.1)
    return 50 * total


def noumbissi(counts: ArrayLike, low: int = 20, high: int = 64, first: int = 0) -> Floats:
    """Noumbissi's ratio per digit (1992): ``5 sum P(ages ending in d) / sum of five-year groups centred there``; 1 without heaping.

    Raises:
        ValueError: counts lack or are empty there.

    >>> noumbissi([10] * 91).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    x = np.asarray(counts, float)
    out = np.empty(10)
    for digit in range(10):
        ages = range(low + (digit - low) % 10, high + 1, 10)
        groups = sum(_ages(x, first, age - 2, age + 2).sum() for age in ages)
        out[digit] = 5 * sum(_ages(x, first, age, age, empty=True)[0] for age in ages) / groups
    return out


def spoorenberg(counts: ArrayLike, low: int = 20, high: int = 64, first: int = 0) -> float:
    """Spoorenberg's total modified Whipple index (2007): ``sum_d |1 - W_d|``; 0 without heaping, at most 16.

    >>> spoorenberg([10] * 91)
    0.0
    """
    return float(np.abs(1 - noumbissi(counts, low, high, first)).sum())


def dissimilarity(one: ArrayLike, other: ArrayLike) -> float:
    """Index of dissimilarity of two distributions, in the unit of the shares given in percent: ``0.5 sum |p - q|``.

    Both are scaled to 100 first.

    Raises:
        ValueError: shapes differ, or a distribution is empty.

    >>> round(dissimilarity([50, 50], [60, 40]), 9)
    10.0
    """
    p, q = np.asarray(one, float), np.asarray(other, float)
    if p.shape != q.shape or p.sum() <= 0 or q.sum() <= 0:
        raise ValueError("needs two distributions of the same length")
    return float(50 * np.abs(p / p.sum() - q / q.sum()).sum())


def heaping_p_value(counts: ArrayLike, low: int, high: int, rng: np.random.Generator, draws: int = 2000) -> float:
    """Chance of a Myers index as large without heaping: multinomial draws from the ages smoothed over eleven years.

    All indices of heaping lie above 0 by chance; under some 2,000 persons they are noise.

    Args:
        counts: by single year of age, from 0.
        low, high: range of ages, whole decades.
        rng: source of the draws.
        draws: how many.

    >>> heaping_p_value([100] * 91, 10, 89, np.random.default_rng(1), 200)
    1.0
    """
    x = np.asarray(counts, float)
    observed = myers(x, low, high)[0]
    smooth = np.convolve(x, np.ones(11) / 11, mode="same")[low : high + 1]
    simulated = rng.multinomial(int(x[low : high + 1].sum()), smooth / smooth.sum(), draws)
    larger = sum(myers(row, low, high, first=low)[0] >= observed for row in simulated)
    return (1 + larger) / (1 + draws)


def _ages(counts: ArrayLike, first: int, low: int, high: int, empty: bool = False) -> Floats:
    x = np.asarray(counts, float)
    part = x[low - first : high - first + 1] if low >= first else x[:0]
    if part.size < high - low + 1 or (not empty and part.sum() <= 0):
        raise ValueError(f"no counts at ages {low} to {high}")
    return part
