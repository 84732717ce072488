"""Links so sure that no model is asked: two keys, unique on both sides, taken before anything is compared at length.

On clean registers they make nine links of ten, so that what is left can afford loose blocking passes. A row that is not unique
on its side goes on to full scoring, so that a duplicate never steals a link.
"""

import numpy as np

from audit.linkage.layout import Index, Rows
from audit.linkage.spec import Keys, mix
from audit.linkage.threads import each


def cascade(left: Rows, right: Rows, i: Index | None = None, j: Index | None = None) -> tuple[Index, Index]:
    """Sure links between two sources.

    Args:
        left, right: the sources.
        i, j: rows that take part; all by default.

    Returns:
        Positions of the linked rows, each row at most once.
    """
    i = np.arange(len(left)) if i is None else i
    j = np.arange(len(right)) if j is None else j
    a, b = _unique_pairs(left.id[i], right.id[j])
    a, b = i[a], j[b]
    same = [
        (left.name[a] == right.name[b]) & (left.name[a] != 0) & ~left.placeholder[a],
        (left.date[a] == right.date[b]) & (left.date[a] != 0),
        (left.mother[a] == right.mother[b]) & (left.mother[a] != 0),
        (left.village[a] == right.village[b]) & (left.village[a] != 0),
    ]
    sure = np.sum(same, axis=0) >= 2
    a, b = a[sure], b[sure]
    i, j = _without(i, a, len(left)), _without(j, b, len(right))
    c, d = _unique_pairs(_key(left)[i], _key(right)[j])
    c, d = i[c], j[d]
    x, y = left.id[c], right.id[d]
    agrees = (x == y) | (x == 0) | (y == 0)
    # The same name, day, sex and village with another mother is another child.
    p, q, u, v = left.mother_sound[c], right.mother_sound[d], left.mother_id[c], right.mother_id[d]
    agrees &= ((p == q) | (p == 0) | (q == 0)) & ((u == v) | (u == 0) | (v == 0) | (p == q))
    return np.concatenate([a, c[agrees]]), np.concatenate([b, d[agrees]])


def _key(rows: Rows) -> Keys:
    key = mix(rows.name, rows.date, rows.sex, rows.village)
    key[rows.placeholder] = 0
    return key


def _without(rows: Index, gone: Index, n: int) -> Index:
    left = np.ones(n, dtype=bool)
    left[gone] = False
    return rows[left[rows]]


def _unique_pairs(x: Keys, y: Keys) -> tuple[Index, Index]:
    """Positions where two arrays share a key that each has once."""
    (at_x, own), (at_y, theirs) = each(_once, (x, y), x.size + y.size)
    if not theirs.size:
        return at_y, at_y
    place = np.minimum(np.searchsorted(theirs, own), theirs.size - 1)
    same = theirs[place] == own
    return at_x[same], at_y[place[same]]


def _once(keys: Keys) -> tuple[Index, Keys]:
    """Positions and values, in order of the values, of keys that occur once; 0 is no key."""
    order = np.argsort(keys)
    ordered = keys[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    once = new[:-1] & new[1:] & (ordered != 0)
    return order[once], ordered[once]
