"""Candidate pairs: several blocking passes, each taken only if its candidates, counted beforehand, are within a budget."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from audit.linkage.spec import Index, Keys, Pass

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


def candidates(
    left: Any, right: Any, i: Index, j: Index, passes: tuple[Pass, ...], budget: float
) -> tuple[Index, Index, list[Taken]]:
    """Pairs that agree on the key of at least one pass.

    Args:
        left, right: the two sources; the same object links a source with itself (each pair once, the smaller row first).
        i, j: rows of each that take part.
        passes: blocking passes, each with its fallbacks.
        budget: candidates per row (of the longer side) that one pass may have.

    Returns:
        Positions in ``left`` and ``right`` of distinct pairs, ascending, and what became of each pass.
    """
    found, taken = [np.zeros(0, dtype=np.uint64)], []
    limit = int(budget * max(i.size, j.size, 1000))
    for wanted in passes:
        for attempt in (wanted, *wanted.tighter):
            x, y = (_frame(attempt.key(rows)[index], index) for rows, index in ((left, i), (right, j)))
            n = _count(x, y, self_join=left is right)
            if n <= limit:
                found.append(_join(x, y, self_join=left is right))
                taken.append(Taken(attempt.name, wanted.name, n))
                break
        else:
            taken.append(Taken(None, wanted.name, 0))
        if len(found) > 3:
            found = [_distinct(found)]
    keys = _distinct(found)
    return (keys >> SHIFT).astype(np.int64), (keys & MASK).astype(np.int64), taken


def _frame(keys: Keys, index: Index) -> pl.DataFrame:
    return pl.DataFrame({"key": keys, "row": index.astype(np.uint32)}).filter(pl.col("key") != 0)


def _count(x: pl.DataFrame, y: pl.DataFrame, self_join: bool) -> int:
    """Exact number of candidates, before any is made."""
    n_x = x.group_by("key").len()
    if self_join:
        n = pl.col("len").cast(pl.UInt64)
        return int(n_x.select((n * (n - 1) // 2).sum()).item())
    both = n_x.join(y.group_by("key").len(), on="key")
    return int(both.select((pl.col("len").cast(pl.UInt64) * pl.col("len_right")).sum()).item())


def _join(x: pl.DataFrame, y: pl.DataFrame, self_join: bool) -> Keys:
    pairs = x.join(y, on="key").select("row", "row_right")
    if self_join:
        pairs = pairs.filter(pl.col("row") < pl.col("row_right"))
    keys: Keys = (pairs["row"].to_numpy().astype(np.uint64) << SHIFT) | pairs["row_right"].to_numpy()
    return keys


def _distinct(parts: list[Keys]) -> Keys:
    keys = np.sort(np.concatenate(parts))
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if keys.size else keys
