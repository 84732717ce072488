"""Candidate pairs: several blocking passes, each taken only if its candidates, counted beforehand, are within a budget."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from audit.linkage.spec import Index, Keys, Pass
from audit.linkage.threads import each

BUDGET: Final = 1.0  # candidates a pass may have per row
SHIFT: Final = np.uint64(32)
MASK: Final = np.uint64(0xFFFF_FFFF)


@dataclass(frozen=True)
class Taken:
    """One pass as it was taken.

    Attributes:
        name: of the pass that was within its budget; none if no fallback was.
        wanted: the pass first asked for.
        candidates: pairs it gave, before those of other passes are left out.
    """

    name: str | None
    wanted: str
    candidates: int


def candidates(left: Any, right: Any, passes: tuple[Pass, ...], budget: float) -> tuple[Index, Index, list[Taken]]:
    """Pairs that agree on the key of at least one pass.

    Args:
        left, right: the two sources; the same object links a source with itself (each pair once, the smaller row first).
        passes: blocking passes, each with its fallbacks.
        budget: candidates per row (of the longer side) that one pass may have.

    Returns:
        Positions in ``left`` and ``right`` of distinct pairs, ascending, and what became of each pass.
    """
    limit = int(budget * max(len(left), len(right), 1000))
    found, taken = [np.zeros(0, dtype=np.uint64)], []
    for keys, took in each(lambda wanted: _take(wanted, left, right, limit), passes, len(left) + len(right)):
        found.append(keys)
        taken.append(took)
        if sum(part.size for part in found) > 4 * limit:
            found = [_distinct(found)]
    keys = _distinct(found)
    return (keys >> SHIFT).astype(np.int64), (keys & MASK).astype(np.int64), taken


def _take(wanted: Pass, left: Any, right: Any, limit: int) -> tuple[Keys, Taken]:
    """The pairs of a pass, or of the first of its fallbacks within the limit."""
    for attempt in (wanted, *wanted.tighter):
        x = _Sorted(attempt.key(left))
        y = x if left is right else _Sorted(attempt.key(right))
        low, high = np.searchsorted(y.keys, x.keys, "left"), np.searchsorted(y.keys, x.keys, "right")
        if left is right:  # of rows with one key each pairs with those after it
            low = np.arange(1, x.keys.size + 1)
        n = int((high - low).sum())
        if n <= limit:
            return _pairs(x, y, low, high - low, left is right), Taken(attempt.name, wanted.name, n)
    return np.zeros(0, dtype=np.uint64), Taken(None, wanted.name, 0)


class _Sorted:
    """Keys in order, those of rows that lack a field left out, and the row of each."""

    def __init__(self, keys: Keys) -> None:
        rows = np.flatnonzero(keys)
        order = np.argsort(keys[rows])
        self.rows = rows[order].astype(np.uint32)
        self.keys = keys[rows][order]


def _pairs(x: _Sorted, y: _Sorted, low: Index, count: Index, within: bool) -> Keys:
    some = np.flatnonzero(count)
    low, count = low[some], count[some]
    ends = np.cumsum(count)
    total = int(ends[-1]) if ends.size else 0
    a = np.repeat(x.rows[some].astype(np.uint64), count)
    b = y.rows[np.arange(total) + np.repeat(low - (ends - count), count)].astype(np.uint64)
    if within:
        a, b = np.minimum(a, b), np.maximum(a, b)
    pairs: Keys = (a << SHIFT) | b
    return pairs


def _distinct(parts: list[Keys]) -> Keys:
    keys = np.sort(np.concatenate(parts))
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if keys.size else keys
