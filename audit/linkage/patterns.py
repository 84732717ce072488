"""Comparison patterns: every pair's levels as one integer, so that training sees patterns and never rows."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.linkage.spec import Comparison, Index, Spec
from audit.linkage.threads import each

CHUNK = 1 << 16
_PER_PAIR = 16  # possible patterns a pair up to which a table of all of them is made
Codes = NDArray[np.uint32]


def encode(left: Any, right: Any, i: Index, j: Index, comparisons: tuple[Comparison, ...]) -> Codes:
    """The pattern of each pair (left[i], right[j]): levels as digits of a mixed-radix number, the first field lowest."""
    codes = np.zeros(i.size, dtype=np.uint32)

    def fill(start: int) -> None:
        part = slice(start, start + CHUNK)
        radix, code = 1, codes[part]
        for comparison in comparisons:
            code += comparison.compare(left, right, i[part], j[part]).astype(np.uint32) * np.uint32(radix)
            radix *= len(comparison.levels)

    for _ in each(fill, range(0, i.size, CHUNK), i.size):  # chunks stay in the processor's cache
        pass
    return codes


def decode(codes: Codes, comparisons: tuple[Comparison, ...]) -> list[NDArray[np.int64]]:
    """Levels of each pattern, one array a comparison."""
    rest, levels = codes.astype(np.int64), []
    for comparison in comparisons:
        levels.append(rest % len(comparison.levels))
        rest //= len(comparison.levels)
    return levels


@dataclass(frozen=True)
class Patterns:
    """Distinct patterns and how often each occurs.

    Attributes:
        codes: distinct patterns, ascending.
        counts: occurrences of each.
        comparisons: what the codes' digits mean.
    """

    codes: Codes
    counts: NDArray[np.float64]
    comparisons: tuple[Comparison, ...]

    @cached_property
    def levels(self) -> list[NDArray[np.int64]]:
        """Levels of each pattern, one array a comparison."""
        return decode(self.codes, self.comparisons)

    def level_counts(self, weights: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Sum of weights per level of each comparison."""
        lengths = (len(comparison.levels) for comparison in self.comparisons)
        return [np.bincount(level, weights, minlength=n).astype(np.float64) for level, n in zip(self.levels, lengths, strict=True)]


def count(codes: Codes, spec: Spec) -> tuple[Patterns, NDArray[np.int64]]:
    """Distinct patterns with counts, and which of them each pair shows."""
    possible = math.prod(len(comparison.levels) for comparison in spec.comparisons)
    if possible > _PER_PAIR * codes.size:
        distinct, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
        return Patterns(distinct, counts.astype(np.float64), spec.comparisons), inverse.reshape(-1)
    # Patterns are small numbers, so that counting is quicker than sorting.
    tally = np.bincount(codes, minlength=possible)
    seen = np.flatnonzero(tally)
    place = np.zeros(possible, dtype=np.int64)
    place[seen] = np.arange(seen.size)
    return Patterns(seen.astype(np.uint32), tally[seen].astype(np.float64), spec.comparisons), place[codes]
