"""Candidate pairs: several blocking passes, each taken only if its candidates, counted beforehand, are within a budget."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
        x = attempt.key(left)
        blocks = _blocks(x) if left is right else _blocks(x, attempt.key(right))
        n = int(blocks.count.sum())
        if n <= limit:
            return _pairs(blocks), Taken(attempt.name, wanted.name, n)
    return np.zeros(0, dtype=np.uint64), Taken(None, wanted.name, 0)


@dataclass(frozen=True)
class _Blocks:
    """Rows in order of their keys and, within a key, ascending; of two sources the left one's before the right one's.

    Attributes:
        row: of each place, in its own source.
        low: the place of its first partner.
        count: how many partners there are from that place on, one after the other.
    """

    row: Index
    low: Index
    count: Index


def _blocks(x: Keys, y: Keys | None = None) -> _Blocks:
    """Blocks of rows that share a key, of one source or of two; 0 is no key.

    Key and row are sorted as one number, several times as fast as sorting rows by their keys: the row takes the place of as many
    bits of the key as it needs. Keys that differ in these bits only are told apart afterwards.
    """
    every = x if y is None else np.concatenate([x, y])
    bits = np.uint64(every.size.bit_length())
    rows = np.flatnonzero(every).astype(np.uint64)
    ordered = np.sort((every[rows] >> bits << bits) | rows)
    shared = _run_starts(ordered >> bits)
    shared = ordered[~(shared & np.append(shared[1:], True))]  # a key that one row alone has makes no pair
    row, key = (shared & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), shared >> bits
    full = every[row]
    torn = (key[1:] == key[:-1]) & (full[1:] != full[:-1])
    if torn.any():
        at = np.flatnonzero(np.isin(key, key[1:][torn]))
        row[at] = row[at][np.lexsort((row[at], full[at]))]
        full = every[row]
    starts = np.flatnonzero(_run_starts(full))
    lengths = np.diff(np.append(starts, row.size))
    ends = np.repeat(starts + lengths, lengths)
    if y is None:  # each row pairs with those after it
        low = np.arange(1, row.size + 1)
        return _Blocks(row, low, ends - low)
    left = row < x.size
    n_left = np.add.reduceat(left, starts, dtype=np.int64) if starts.size else starts
    low = np.repeat(starts + n_left, lengths)
    return _Blocks(np.where(left, row, row - x.size), low, np.where(left, ends - low, 0))


def _run_starts(ordered: Keys) -> NDArray[np.bool_]:
    """Whether each value differs from the one before it."""
    return np.concatenate([np.ones(min(ordered.size, 1), dtype=bool), ordered[1:] != ordered[:-1]])


def _pairs(blocks: _Blocks) -> Keys:
    """Left and right row of each pair as one number."""
    some = np.flatnonzero(blocks.count)
    low, count = blocks.low[some], blocks.count[some]
    ends = np.cumsum(count)
    total = int(ends[-1]) if ends.size else 0
    a = np.repeat(blocks.row[some].astype(np.uint64), count)
    b = blocks.row[np.arange(total) + np.repeat(low - (ends - count), count)].astype(np.uint64)
    pairs: Keys = (a << SHIFT) | b
    return pairs


def _distinct(parts: list[Keys]) -> Keys:
    keys = np.sort(np.concatenate(parts))
    return keys[_run_starts(keys)]
