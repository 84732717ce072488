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
    if index.size:
        for members in _groups(i[index], j[index]):
            chosen[index[members][_best(i[index[members]], j[index[members]], weight[index[members]] - cut)]] = True
    return chosen


def _alone(rows: Index) -> NDArray[np.bool_]:
    _, inverse, counts = np.unique(rows, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse.reshape(-1)] == 1)


def _groups(i: Index, j: Index) -> list[Index]:
    """Connected groups of pairs: positions of the pairs of each."""
    _, x = np.unique(i, return_inverse=True)
    _, y = np.unique(j, return_inverse=True)
    x, y = x.reshape(-1), y.reshape(-1)
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
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


def _best(i: Index, j: Index, gain: Weights) -> Index:
    """Pairs of one group with the greatest sum of gains."""
    rows, x = np.unique(i, return_inverse=True)
    columns, y = np.unique(j, return_inverse=True)
    x, y = x.reshape(-1), y.reshape(-1)
    if rows.size == 1 or columns.size == 1:
        return np.array([int(np.argmax(gain))])
    if max(rows.size, columns.size) > _LARGEST:
        return _mutual_best(x, y, gain)
    if min(rows.size, columns.size) <= _SMALL:
        return _search(x, y, gain) if rows.size <= columns.size else _search(y, x, gain)
    from scipy.optimize import linear_sum_assignment  # slow to import, seldom needed

    matrix, which = np.zeros((rows.size, columns.size)), np.full((rows.size, columns.size), -1)
    matrix[x, y], which[x, y] = gain, np.arange(i.size)
    a, b = linear_sum_assignment(matrix, maximize=True)
    found = which[a, b]
    return np.asarray(found[found >= 0])


def _search(x: Index, y: Index, gain: Weights) -> Index:
    """Exact for groups with few rows on the side of ``x``: best sum by which rows of it are used, one column after another."""
    by_column: dict[int, list[tuple[int, float, int]]] = {}
    for k, (a, b, g) in enumerate(zip(x.tolist(), y.tolist(), gain.tolist(), strict=True)):
        by_column.setdefault(b, []).append((a, g, k))
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for pairs in by_column.values():
        grown = dict(best)
        for used, (total, chosen) in best.items():
            for a, g, k in pairs:
                now = used | 1 << a
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
