"""One-to-one assignment: the set of links with the greatest sum of weights, every row at most once on its side.

Pairs fall into connected groups. Most groups are a single pair or a star and need no search; the others, twins above all, are
small enough for the Hungarian method (Kuhn 1955; scipy's ``linear_sum_assignment``).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.spec import Index

CUT: Final = -4.0  # log2 odds: a pair nothing better competes for is one birth rather than two that both lack their partner
_SMALL: Final = 5  # rows of the shorter side up to which a plain search is faster than setting up a matrix
_LARGEST: Final = 500  # rows of one side of a group; beyond it, mutual best pairs
Weights = NDArray[np.floating[Any]]


def one_to_one(i: Index, j: Index, weight: Weights, cut: float = CUT) -> NDArray[np.bool_]:
    """Which pairs are links.

    Args:
        i, j: rows of the pairs; each pair once.
        weight: log2 of the odds of each.
        cut: pairs below it are never linked.

    Returns:
        One flag a pair.
    """
    chosen = np.zeros(i.size, dtype=bool)
    index = np.flatnonzero(weight > cut)
    alone = _alone(i[index]) & _alone(j[index])
    chosen[index[alone]] = True
    index = index[~alone]
    if not index.size:
        return chosen
    order, starts = _groups(i[index], j[index])
    index = index[order]
    rows, columns, gain = i[index], j[index], weight[index] - cut
    star = _all_equal(rows, starts) | _all_equal(columns, starts)
    chosen[index[_greatest(gain, starts)[star]]] = True
    ends = np.append(starts[1:], index.size)
    for start, end in zip(starts[~star].tolist(), ends[~star].tolist(), strict=True):
        chosen[index[start + _best(rows[start:end], columns[start:end], gain[start:end])]] = True
    return chosen


def _alone(rows: Index) -> NDArray[np.bool_]:
    return np.asarray(np.bincount(rows)[rows] == 1)


def _groups(i: Index, j: Index) -> tuple[Index, Index]:
    """Connected groups of pairs: positions of the pairs, group by group and ascending in each, and where each group starts."""
    x, y = _numbered(i), _numbered(j)
    label = np.arange(x.size, dtype=np.int64)  # smallest pair known to be in the same group
    while True:
        by_x, by_y = np.full(x.max() + 1, x.size), np.full(y.max() + 1, y.size)
        np.minimum.at(by_x, x, label)
        new = by_x[x]
        np.minimum.at(by_y, y, new)
        new = by_y[y]
        if np.array_equal(new, label):
            break
        label = new
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    return order, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _numbered(rows: Index) -> Index:
    """Rows numbered from 0, without gaps and in their order."""
    there = np.zeros(int(rows.max()) + 1, dtype=bool)
    there[rows] = True
    return (np.cumsum(there) - 1)[rows]


def _all_equal(rows: Index, starts: Index) -> NDArray[np.bool_]:
    """Of each group whether it has one row only."""
    return np.asarray(np.minimum.reduceat(rows, starts) == np.maximum.reduceat(rows, starts))


def _greatest(gain: Weights, starts: Index) -> Index:
    """Of each group the pair with the greatest gain, the first of equal ones."""
    lengths = np.diff(np.append(starts, gain.size))
    hits = np.flatnonzero(gain == np.repeat(np.maximum.reduceat(gain, starts), lengths))
    return hits[np.searchsorted(hits, starts)]


def _best(i: Index, j: Index, gain: Weights) -> Index:
    """Pairs of one group, with several rows on both sides, with the greatest sum of gains."""
    rows, columns = len(set(i.tolist())), len(set(j.tolist()))
    if max(rows, columns) > _LARGEST:
        return _mutual_best(i, j, gain)
    if min(rows, columns) <= _SMALL:
        return _search(i, j, gain) if rows <= columns else _search(j, i, gain)
    from scipy.optimize import linear_sum_assignment  # slow to import, seldom needed

    x, y = _numbered(i), _numbered(j)
    matrix, which = np.zeros((rows, columns)), np.full((rows, columns), -1)
    matrix[x, y], which[x, y] = gain, np.arange(i.size)
    a, b = linear_sum_assignment(matrix, maximize=True)
    found = which[a, b]
    return np.asarray(found[found >= 0])


def _search(x: Index, y: Index, gain: Weights) -> Index:
    """Exact for groups with few rows on the side of ``x``: best sum by which rows of it are used, one column after another."""
    by_column: dict[int, list[tuple[int, float, int]]] = {}
    bit: dict[int, int] = {}
    for k, (a, b, g) in enumerate(zip(x.tolist(), y.tolist(), gain.tolist(), strict=True)):
        by_column.setdefault(b, []).append((1 << bit.setdefault(a, len(bit)), g, k))
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for pairs in by_column.values():
        grown = dict(best)
        for used, (total, chosen) in best.items():
            for a, g, k in pairs:
                now = used | a
                if now != used and total + g > grown.get(now, (-1.0, ()))[0]:
                    grown[now] = (total + g, (*chosen, k))
        best = grown
    return np.array(max(best.values())[1], dtype=np.int64)


def _mutual_best(x: Index, y: Index, gain: Weights) -> Index:
    """Greedy: pairs in descending order of gain, each row once. For groups too large to search."""
    order = np.lexsort((y, x, -gain))
    used_x, used_y, chosen = set(), set(), []
    for k in order.tolist():  # only degenerate data come here
        if x[k] not in used_x and y[k] not in used_y:
            used_x.add(x[k])
            used_y.add(y[k])
            chosen.append(k)
    return np.array(chosen, dtype=np.int64)
