"""From weighted pairs to births: links between sources closed over all of them, at most one person per source in a birth.

Order (by weight within each step): sure duplicates of a source are one person; links of the one-to-one assignments; all other
links that contradict none of these; likely duplicates; persons no other source knows join one of their own source that they
resemble, unless they are clearly another child.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.assign import CUT, one_to_one
from audit.linkage.duplicates import LIKELY, Within, group, smallest_connected
from audit.linkage.layout import Index
from audit.linkage.pairing import Pairs

SURE_DUPLICATE: Final = 12.0
NOT_ANOTHER_CHILD: Final = -3.0
Groups = NDArray[np.uint32]
Links = tuple[Index, Index, NDArray[np.float64]]  # persons, persons, weight


@dataclass(frozen=True)
class Persons:
    """Rows of every source grouped into persons, and persons numbered through all sources.

    Attributes:
        of_row: per source the person of each row.
        source: source of each person.
    """

    of_row: tuple[Index, ...]
    source: NDArray[np.int64]


def persons(groups: list[Groups]) -> Persons:
    """Number the persons of all sources through."""
    of_row, source, start = [], [], 0
    for k, numbers in enumerate(groups):
        n = int(numbers.max()) + 1 if numbers.size else 0
        of_row.append(numbers.astype(np.int64) + start)
        source.append(np.full(n, k, dtype=np.int64))
        start += n
    return Persons(tuple(of_row), np.concatenate(source) if source else np.zeros(0, dtype=np.int64))


def sure_groups(n_rows: int, within: Within) -> Groups:
    """Persons of a reference: rows that are surely one birth."""
    return group(n_rows, within.i, within.j, within.weight, SURE_DUPLICATE)


def close(people: Persons, between: Mapping[tuple[int, int], Pairs], within: Mapping[int, Within], cut: float = CUT) -> Index:
    """Births of all rows.

    Args:
        people: persons by source.
        between: weighted pairs of each two sources.
        within: weighted pairs of a source with itself, for the sources whose duplicates are still open (not the audited one).
        cut: least weight of a link.

    Returns:
        The birth of each person, as the smallest person in it.
    """
    edges = {pair: _edges(people.of_row[pair[0]], people.of_row[pair[1]], p.i, p.j, p.weight, cut) for pair, p in between.items()}
    first, then = [], []
    for x, y, w in edges.values():
        chosen = one_to_one(x, y, w, cut)
        first.append((x[chosen], y[chosen], w[chosen]))
        then.append((x[~chosen], y[~chosen], w[~chosen]))
    duplicates = [_edges(people.of_row[k], people.of_row[k], p.i, p.j, p.weight, NOT_ANOTHER_CHILD) for k, p in within.items()]
    births, clashing = _components(people.source, [*first, *then, *duplicates])
    who = np.flatnonzero(clashing)
    place = np.zeros(clashing.size, dtype=np.int64)
    place[who] = np.arange(who.size)
    first, then, duplicates = ([_among(clashing, place, links) for links in group] for group in (first, then, duplicates))
    forest = _Forest(people.source[who])
    for links in (first, then):
        for a, b in _descending(links):
            forest.join(a, b)
    for a, b in _descending([(x[w >= LIKELY], y[w >= LIKELY], w[w >= LIKELY]) for x, y, w in duplicates]):
        forest.join(a, b, same_source=True)
    _leftovers(forest, duplicates)
    births[who] = who[np.array([forest.find(a) for a in range(who.size)], dtype=np.int64)]
    return births


def _components(source: NDArray[np.int64], links: list[Links]) -> tuple[Index, NDArray[np.bool_]]:
    """Persons that any link holds together, as the smallest of them, and which persons have another of their own source there.

    Where each source has one person at most no link can contradict another, whatever their order, so that all of them stand. That
    is the case for nearly all births, and only the rest need be looked at link by link.
    """
    n = source.size
    x, y = (np.concatenate([link[side] for link in links] or [np.zeros(0, dtype=np.int64)]) for side in (0, 1))
    smallest = smallest_connected(n, x, y)
    width = int(source.max()) + 1 if n else 1
    crowded = np.zeros(n, dtype=bool)
    crowded[np.flatnonzero(np.bincount(smallest * width + source) > 1) // width] = True
    return smallest, crowded[smallest]


def _among(some: NDArray[np.bool_], place: Index, links: Links) -> Links:
    """Links among some persons, by their places among these."""
    x, y, w = links
    keep = some[x]
    return place[x[keep]], place[y[keep]], w[keep]


def _edges(of_i: Index, of_j: Index, i: Index, j: Index, weight: NDArray[np.float64], cut: float) -> Links:
    """Pairs of persons: each once, with the greatest weight of the rows' pairs."""
    keep = weight > cut
    x, y, w = of_i[i[keep]], of_j[j[keep]], weight[keep]
    differ = x != y
    both, w = (x[differ] << 32) | y[differ], w[differ]
    order = np.argsort(both)
    both, w = both[order], w[order]
    if not both.size:
        return both, both, w
    starts = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]]))
    return both[starts] >> 32, both[starts] & 0xFFFF_FFFF, np.maximum.reduceat(w, starts)


def _descending(links: list[Links]) -> list[tuple[int, int]]:
    if not links:
        return []
    x, y, w = (np.concatenate(parts) for parts in zip(*links, strict=True))
    order = np.lexsort((y, x, -w))
    return list(zip(x[order].tolist(), y[order].tolist(), strict=True))


def _leftovers(forest: "_Forest", duplicates: list[Links]) -> None:
    """Join persons whom no other source knows to a known one of their own source, unless they are clearly another child.

    A twin would as a rule be known elsewhere; a row that nobody knows beside one that all know is more likely the same birth.
    """
    for a, b in _descending(duplicates):
        for lone, known in ((a, b), (b, a)):
            if forest.alone(lone) and not forest.alone(known):
                forest.join(lone, known, same_source=True)


class _Forest:
    """Union-find over persons; a birth knows which person of each source it has."""

    def __init__(self, source: NDArray[np.int64]) -> None:
        self.source: list[int] = source.tolist()
        self.parent = list(range(len(self.source)))
        self.members: dict[int, dict[int, int]] = {}

    def find(self, a: int) -> int:
        """The birth of a person."""
        while self.parent[a] != a:
            self.parent[a] = self.parent[self.parent[a]]
            a = self.parent[a]
        return a

    def _members(self, root: int) -> dict[int, int]:
        return self.members.get(root) or {self.source[root]: root}

    def member(self, a: int, source: int) -> int | None:
        """The person of a source in the birth of ``a``."""
        return self._members(self.find(a)).get(source)

    def alone(self, a: int) -> bool:
        """Whether a person is linked with no other."""
        return self.find(a) == a and a not in self.members

    def join(self, a: int, b: int, same_source: bool = False) -> bool:
        """Make two births one, unless a source would be in it with two persons.

        Args:
            a, b: persons.
            same_source: the persons are duplicates, so their own source may be in both, if no other is.
        """
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        x, y = self._members(a), self._members(b)
        both = x.keys() & y.keys()
        if len(both) > int(same_source):
            return False
        low, high = min(a, b), max(a, b)
        self.parent[high] = low
        self.members[low] = {**y, **x} if low == a else {**x, **y}
        self.members.pop(high, None)
        return True
