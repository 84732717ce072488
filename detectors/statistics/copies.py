"""Copied rows of figures: how likely chance alone makes two rows the same, or as near as they are."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
LEAST, LIMIT = 6, 40  # totals between have an exact table


def identical_poisson(mean: float, cells: int) -> float:
    """Chance that two independent vectors of Poisson counts are identical: ``[exp(-2 l) I0(2 l)]^K``.

    Args:
        mean: per cell, the same in both.
        cells: K.

    >>> f"{identical_poisson(5, 12):.3e}"
    '1.904e-11'
    """
    return float(special.ive(0, 2 * mean) ** cells)


@cache
def identical_given_total(total: int, cells: int) -> float:
    """Chance that two vectors of ``cells`` counts with this same total are identical, all cells alike.

    ``N!^2 K^(-2N)`` times the coefficient of ``t^N`` in ``(sum t^x / x!^2)^K``: exact, and free of the unknown mean.

    Args:
        total: N, not negative.
        cells: K.

    >>> round(identical_given_total(1, 12), 6)
    0.083333
    """
    if total == 0:
        return 1.0
    weight = stats.poisson.pmf(np.arange(total + 1), total / cells) ** 2  # Poisson weights keep the power from overflowing
    out, term, left = np.ones(1), weight, cells
    while left:
        if left & 1:
            out = np.convolve(out, term)[: total + 1]
        term = np.convolve(term, term)[: total + 1]
        left >>= 1
    return float(min(1.0, out[total] / stats.poisson.pmf(total, total) ** 2))


def expected_identical(totals: ArrayLike, cells: int) -> float:
    """Pairs of identical vectors that chance makes among units with these totals.

    >>> round(expected_identical([1, 1], 12), 4)
    0.0833
    """
    values, units = np.unique(np.asarray(totals, int), return_counts=True)
    pairs = units * (units - 1) / 2
    return float(sum(n * identical_given_total(int(total), cells) for total, n in zip(values, pairs, strict=True) if n))


def distance_tail(distance: ArrayLike, first_total: ArrayLike, second_total: ArrayLike, cells: int) -> Floats:
    """Chance that two unrelated vectors with these totals lie as near as they do (L1 distance).

    Given totals both are multinomial with equal cells. Exact for totals of 6 to 40, from one three-way convolution; above, a normal
    tail with the moments of correlated folded normals. Under 6 nothing is said (1).

    Args:
        distance: sum of absolute differences.
        first_total, second_total: totals of the two vectors, the same shape.
        cells: K.

    Returns:
        P(L1 <= distance).

    >>> bool(abs(distance_tail([0], [8], [8], 12)[0] - identical_given_total(8, 12)) < 1e-8)
    True
    """
    d, n1, n2 = (np.asarray(values, int) for values in (distance, first_total, second_total))
    out = np.ones(d.shape)
    told = np.minimum(n1, n2) >= LEAST
    small = told & (n1 <= LIMIT) & (n2 <= LIMIT)
    large = told & ~small
    if small.any():
        table = _minimum_table(cells)
        common = (n1 + n2 - d + 1) // 2  # L1 = N1 + N2 - 2 sum min, so L1 <= d means sum min >= this
        out[small] = table[n1[small], n2[small], np.clip(common[small], 0, LIMIT + 1)]
    if large.any():
        one, other, back = _kinds(n1[large], n2[large])
        mean, sd = _folded(one, other, cells)
        out[large] = special.ndtr((d[large] + 1 - mean[back]) / sd[back])  # L1 moves in steps of 2
    return np.asarray(np.clip(out, 0.0, 1.0))


@cache
def _minimum_table(cells: int) -> Floats:
    """P(sum of cell-wise minima >= s | N1, N2) for all totals up to ``LIMIT``.

    The generating function of one cell in (x, y, min) with Poisson weights, raised to the power of cells by FFT; dividing by the
    chance of the totals removes the Poisson mean.
    """
    size, mean = 64, 20.0 / cells
    x = np.arange(size)
    weight = stats.poisson.pmf(x, mean)
    cube = np.zeros((size, size, size))
    grid_x, grid_y = np.meshgrid(x, x, indexing="ij")
    cube[grid_x, grid_y, np.minimum(grid_x, grid_y)] = np.outer(weight, weight)
    joint = np.fft.irfftn(np.fft.rfftn(cube) ** cells, s=cube.shape, axes=(0, 1, 2))[: LIMIT + 1, : LIMIT + 1, : LIMIT + 1]
    joint = np.clip(joint, 0.0, None)
    marginal = stats.poisson.pmf(np.arange(LIMIT + 1), mean * cells)
    given = joint / np.outer(marginal, marginal)[:, :, None]
    tail = np.zeros((LIMIT + 1, LIMIT + 1, LIMIT + 2))
    tail[:, :, :-1] = np.cumsum(given[:, :, ::-1], axis=2)[:, :, ::-1]
    return tail


def _folded(first: NDArray[np.int64], second: NDArray[np.int64], cells: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the L1 distance of large multinomials: folded normals with correlation -1/(K-1)."""
    sd = np.sqrt((first + second) / cells * (1 - 1 / cells))
    gap = (first - second) / cells
    mean = sd * np.sqrt(2 / np.pi) * np.exp(-(gap**2) / (2 * sd**2)) + gap * (1 - 2 * special.ndtr(-gap / sd))
    own = np.maximum(sd**2 + gap**2 - mean**2, 1e-12)
    r = -1 / (cells - 1)
    shared = sd**2 * 2 / np.pi * (np.sqrt(1 - r * r) + r * np.arcsin(r) - 1)
    return cells * mean, np.sqrt(cells * own + cells * (cells - 1) * shared)


def nearness_limits(first_total: ArrayLike, second_total: ArrayLike, cells: int, limit: float) -> Floats:
    """Largest attainable chance of nearness not above ``limit``, per pair of totals: the expected share of near pairs.

    Distances are whole and few, so a rule "chance at most ``limit``" is met less often than that.

    >>> bool(nearness_limits([6], [6], 12, 1e-3)[0] <= 1e-3)
    True
    """
    n1, n2 = (np.asarray(values, int) for values in (first_total, second_total))
    n1, n2, back = _kinds(n1.ravel(), n2.ravel())
    # All distances each pair of totals can have, one below the other, in one call.
    low, high = np.abs(n1 - n2), n1 + n2
    steps = (high - low) // 2 + 1
    first = np.cumsum(steps) - steps
    place = np.repeat(np.arange(n1.size), steps)
    distance = low[place] + 2 * (np.arange(place.size) - first[place])
    tails = distance_tail(distance, n1[place], n2[place], cells)
    best = np.maximum.reduceat(np.where(tails <= limit, tails, 0.0), first) if n1.size else np.zeros(0)
    return np.asarray(best[back])


def _kinds(first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct pairs of totals, and which of them each pair is."""
    base = int(second.max(initial=0)) + 1
    pairs, back = np.unique(first * base + second, return_inverse=True)
    return pairs // base, pairs % base, back
