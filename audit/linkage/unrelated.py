"""Levels among unrelated pairs: u probabilities from pairs that are known not to be one birth."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.linkage.em import estimate_u
from audit.linkage.patterns import CHUNK
from audit.linkage.spec import Comparison, Distribution, Index, Keys, Spec

RANDOM_PAIRS: Final = 250_000
FREQUENT_PAIRS: Final = 150_000
ROWS: Final = 100_000
SAMPLE: Final = 60_000  # rows among which pairs that agree are looked for


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
        u of each level: counted where it means equality; else from random pairs, and for fields that hang together with
        ``spec.frequent`` from pairs that agree on it, weighted by how often random pairs do.
    """
    linked = i.size == j.size
    left, right, i, j = _fewer(left, right, i, j, linked, rng)
    pairs = int(min(pairs, 4 * i.size * j.size))
    hang_together = tuple(c for c in spec.comparisons if c.name in spec.depends)
    key_i, key_j = spec.frequent(left)[i], spec.frequent(right)[j]
    random = _draw(i.size, j.size, pairs, linked, rng)
    some_i, some_j = (rng.choice(x.size, SAMPLE, replace=False) if x.size > SAMPLE else np.arange(x.size) for x in (i, j))
    a, b = _frequent_pairs(key_i[some_i], key_j[some_j], min(pairs // 2, FREQUENT_PAIRS), rng)
    frequent = some_i[a], some_j[b]
    alone = tuple(c for c in spec.comparisons if c.name not in spec.depends)
    shares = dict(zip(alone, _shares(left, right, i[random[0]], j[random[1]], alone), strict=True))
    apart, together = (_strangers(left, right, i, j, draw, spec, hang_together, linked) for draw in (random, frequent))
    common = _agreement(key_i, key_j, linked)
    for comparison, x, y in zip(hang_together, apart, together, strict=True):
        shares[comparison] = (1 - common) * x + common * y
    for comparison in alone:
        _count_equal(shares[comparison], comparison, left, right, i, j, linked)
    return estimate_u([shares[c] for c in spec.comparisons], float(random[0].size), spec)


def _fewer(left: Any, right: Any, i: Index, j: Index, linked: bool, rng: np.random.Generator) -> tuple[Any, Any, Index, Index]:
    """At most ``ROWS`` rows of each side, by themselves."""
    some = [rng.choice(x.size, ROWS, replace=False) if x.size > ROWS else np.arange(x.size) for x in (i, j)]
    if linked:
        some[1] = some[0]
    i, j = i[some[0]], j[some[1]]
    if left is right and linked:
        rows = left.take(i)
        return rows, rows, np.arange(i.size), np.arange(i.size)
    return left.take(i), right.take(j), np.arange(i.size), np.arange(j.size)


def _draw(n: int, m: int, pairs: int, linked: bool, rng: np.random.Generator) -> tuple[Index, Index]:
    if not n or not m:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = rng.integers(0, n, pairs), rng.integers(0, m, pairs)
    return (a[a != b], b[a != b]) if linked else (a, b)


def _strangers(
    left: Any,
    right: Any,
    i: Index,
    j: Index,
    draw: tuple[Index, Index],
    spec: Spec,
    comparisons: tuple[Comparison, ...],
    linked: bool,
) -> list[NDArray[np.float64]]:
    """Shares of levels among drawn pairs of different families."""
    a, b = draw
    keep = (a != b) if linked else np.ones(a.size, dtype=bool)
    x, y = i[a[keep]], j[b[keep]]
    wanted = ~spec.kin(left, right, x, y)
    return _shares(left, right, x[wanted], y[wanted], comparisons)


def _shares(left: Any, right: Any, x: Index, y: Index, comparisons: tuple[Comparison, ...]) -> list[NDArray[np.float64]]:
    totals = [np.zeros(len(c.levels)) for c in comparisons]
    for start in range(0, x.size, CHUNK):
        part = slice(start, start + CHUNK)
        for comparison, total in zip(comparisons, totals, strict=True):
            total += np.bincount(comparison.compare(left, right, x[part], y[part]), minlength=total.size)
    return [total / max(float(x.size), 1.0) for total in totals]


def _count_equal(
    share: NDArray[np.float64], comparison: Comparison, left: Any, right: Any, i: Index, j: Index, linked: bool
) -> None:
    """Put counted shares in place of sampled ones, for the levels that mean equality."""
    finer = 0.0
    for level, key in enumerate(comparison.agree, start=1):
        whole = _agreement(key(left)[i], key(right)[j], linked)
        counted = max(whole - finer, 0.0)
        last = comparison.levels.index("other")
        share[last] = max(share[last] + share[level] - counted, 0.0)
        share[level], finer = counted, whole


def _agreement(x: Keys, y: Keys, linked: bool) -> float:
    """Share of pairs of different births, of all such pairs, that agree on a key."""
    pairs = float(x.size) * y.size - (x.size if linked else 0)
    if pairs <= 0:
        return 0.0
    own = float(((x == y) & (x != 0)).sum()) if linked else 0.0
    both = _counts(x).join(_counts(y), on="key")
    together = both.select((pl.col("len").cast(pl.UInt64) * pl.col("len_right")).sum()).item()
    return max(float(together) - own, 0.0) / pairs


def _counts(keys: Keys) -> pl.DataFrame:
    return pl.DataFrame({"key": keys}).filter(pl.col("key") != 0).group_by("key").len()


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
