"""Levels among unrelated pairs: u probabilities from pairs that are known not to be one birth.

Which pairs are drawn is decided by what is in their rows, not by where these stand: one row more or less changes the pairs it is in
itself and a few besides, so that u, and with it the links of others, hardly move (DESIGN C3).
"""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.linkage.em import estimate_u
from audit.linkage.patterns import CHUNK
from audit.linkage.spec import Comparison, Distribution, Index, Keys, Spec, mix

RANDOM_PAIRS: Final = 250_000
FREQUENT_PAIRS: Final = 150_000
ROWS: Final = 100_000


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
    hash_i, hash_j = _hashes(left, i, spec), _hashes(right, j, spec)
    random = _draw(hash_i, hash_j, pairs, linked)
    a, b = _frequent_pairs(hash_i, hash_j, key_i, key_j, min(pairs // 2, FREQUENT_PAIRS))
    frequent = a, b
    alone = tuple(c for c in spec.comparisons if c.name not in spec.depends)
    shares = dict(zip(alone, _shares(left, right, i[random[0]], j[random[1]], alone), strict=True))
    apart, together = (_strangers(left, right, i, j, draw, spec, hang_together, linked) for draw in (random, frequent))
    common = _agreement(key_i, key_j, linked)
    for comparison, x, y in zip(hang_together, apart, together, strict=True):
        shares[comparison] = (1 - common) * x + common * y
        if not linked:
            _leave_out_matches(shares[comparison], comparison, 1 / max(i.size, j.size, 1))
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


def _hashes(rows: Any, index: Index, spec: Spec) -> Keys:
    """A number for what is in each row; without ``spec.content`` for where it stands."""
    return spec.content(rows)[index] if spec.content else mix(index.astype(np.uint64) + np.uint64(1))


def _times(pairs: int, n: int) -> int:
    """How often each row is drawn: a power of two, which one row more or less seldom changes."""
    return 1 << int(np.rint(np.log2(max(pairs / max(n, 1), 1.0))))


def _draw(x: Keys, y: Keys, pairs: int, linked: bool) -> tuple[Index, Index]:
    """Random pairs of positions: every row of one side with those of the other whose hashes follow on its own, mixed anew."""
    if not x.size or not y.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    order = np.argsort(y, kind="stable")
    ordered = y[order]
    wanted = [mix(x, np.full(x.shape, k + 1, dtype=np.uint64)) for k in range(_times(pairs, x.size))]
    b = np.concatenate([order[np.searchsorted(ordered, at) % y.size] for at in wanted])
    a = np.tile(np.arange(x.size), len(wanted))
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


def _leave_out_matches(share: NDArray[np.float64], comparison: Comparison, most: float) -> None:
    """Take as many pairs as there can be matches out of the exact levels: where no mother is named, nothing else tells them."""
    exact = np.array([name.split("/")[0] == "exact" for name in comparison.levels])
    total = float(share[exact].sum())
    share[exact] *= max(total - most, 0.0) / max(total, 1e-300)


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


def _frequent_pairs(x: Keys, y: Keys, key_x: Keys, key_y: Keys, pairs: int) -> tuple[Index, Index]:
    """Random pairs of positions that agree on a key, drawn as in ``_draw``."""
    nothing = np.zeros(0, dtype=np.int64)
    some, others = np.flatnonzero(key_x), np.flatnonzero(key_y)
    if not some.size or not others.size:
        return nothing, nothing
    order = others[np.lexsort((y[others], key_y[others]))]
    ordered, low = key_y[order], np.searchsorted(key_y[order], key_x[some], "left")
    count = np.searchsorted(ordered, key_x[some], "right") - low
    some, low, count = some[count > 0], low[count > 0], count[count > 0]
    if not some.size:
        return nothing, nothing
    # Within a block of one key, hashes lie evenly: the place where one would stand is its share of the block.
    found = []
    for k in range(_times(pairs, some.size)):
        at = mix(x[some], np.full(some.shape, k + 1, dtype=np.uint64))
        share = (at >> np.uint64(11)).astype(np.float64) / 2.0**53
        found.append(order[low + (share * count).astype(np.int64)])
    return np.tile(some, len(found)), np.concatenate(found)
