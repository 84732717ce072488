"""Levels among unrelated pairs: u probabilities from pairs that are known not to be one birth."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.em import estimate_u
from audit.linkage.patterns import count, encode
from audit.linkage.spec import Distribution, Index, Keys, Spec

RANDOM_PAIRS: Final = 1_000_000
FREQUENT_PAIRS: Final = 300_000


def u_probabilities(
    left: Any, right: Any, i: Index, j: Index, spec: Spec, rng: np.random.Generator, pairs: int = RANDOM_PAIRS
) -> Distribution:
    """Estimate u.

    Args:
        left, right: the two sources.
        i, j: rows of each from which pairs are drawn. When both have the same length, i[k] and j[k] are taken to be one birth,
            and such pairs are never drawn.
        spec: comparisons; ``frequent`` and ``kin``.
        rng: draws the pairs; seeded by the caller, so that the same files give the same links.
        pairs: how many pairs at most.

    Returns:
        u of each level: random pairs, and in their place pairs that agree on ``spec.frequent`` weighted by how often random pairs do.
    """
    pairs = int(min(pairs, 4 * i.size * j.size))
    key_i, key_j = spec.frequent(left)[i], spec.frequent(right)[j]
    linked = i.size == j.size
    random = _draw(i.size, j.size, pairs, linked, rng)
    frequent = _frequent_pairs(key_i, key_j, min(pairs, FREQUENT_PAIRS), rng)
    whole = _shares(left, right, i[random[0]], j[random[1]], spec)
    apart, together = (_strangers(left, right, i, j, draw, spec, linked) for draw in (random, frequent))
    share = _agreement(key_i, key_j)
    shares = []
    for k, comparison in enumerate(spec.comparisons):
        if comparison.name in spec.depends:
            shares.append((1 - share) * apart[k] + share * together[k])
        else:
            shares.append(whole[k])
    return estimate_u(shares, float(random[0].size), spec)


def _draw(n: int, m: int, pairs: int, linked: bool, rng: np.random.Generator) -> tuple[Index, Index]:
    if not n or not m:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = rng.integers(0, n, pairs), rng.integers(0, m, pairs)
    return (a[a != b], b[a != b]) if linked else (a, b)


def _strangers(
    left: Any, right: Any, i: Index, j: Index, draw: tuple[Index, Index], spec: Spec, linked: bool
) -> list[NDArray[np.float64]]:
    """Shares of levels among drawn pairs of different families."""
    a, b = draw
    keep = (a != b) if linked else np.ones(a.size, dtype=bool)
    x, y = i[a[keep]], j[b[keep]]
    wanted = ~spec.kin(left, right, x, y)
    return _shares(left, right, x[wanted], y[wanted], spec)


def _shares(left: Any, right: Any, x: Index, y: Index, spec: Spec) -> list[NDArray[np.float64]]:
    patterns, _ = count(encode(left, right, x, y, spec.comparisons), spec)
    return [n / max(float(x.size), 1.0) for n in patterns.level_counts(patterns.counts)]


def _agreement(x: Keys, y: Keys) -> float:
    """Share of random pairs that agree on a key."""
    x, y = x[x != 0], y[y != 0]
    if not x.size or not y.size:
        return 0.0
    keys, n_x = np.unique(x, return_counts=True)
    others, n_y = np.unique(y, return_counts=True)
    _, at_x, at_y = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
    return float((n_x[at_x].astype(np.float64) * n_y[at_y]).sum() / x.size / y.size)


def _frequent_pairs(x: Keys, y: Keys, pairs: int, rng: np.random.Generator) -> tuple[Index, Index]:
    """Random pairs of positions that agree on a key."""
    order = np.argsort(y, kind="stable")
    low, high = np.searchsorted(y[order], x, "left"), np.searchsorted(y[order], x, "right")
    partners = np.where(x == 0, 0, high - low)
    total = int(partners.sum())
    if not total:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    draw = np.sort(rng.integers(0, total, min(pairs, 2 * total)))
    ends = np.cumsum(partners)
    a = np.searchsorted(ends, draw, "right")
    return a, order[low[a] + draw - (ends[a] - partners[a])]
