"""What the engine is told of the fields it compares: comparisons, levels, where training starts, how keys are made.

The engine (``patterns``, ``em``, ``weights``, ``blocking``, ``assign``) knows nothing of births; ``births`` holds the
specification for births, and a benchmark brings another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Levels = NDArray[np.uint8]
Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Comparison:
    """One field compared, or two that belong together.

    Attributes:
        name: of the field.
        levels: names of its levels; level 0 is *missing* and says nothing.
        compare: (left, right, i, j) -> level of each pair (left[i], right[j]).
        start: m probabilities training starts from, one a level; that of level 0 is not used.
        weight: pairs' worth of confidence in ``start``.
        rare: u probability of a level that no pair of the u sample showed; the sample's size bounds it.
        groups: which levels belong together: probabilities add up to one within a group, so that a missing value says nothing.
            By default level 0 alone and all others.
        least: shares that some levels of one group have among matches at the least, whatever training says: what is a match must
            not drift (a register without duplicates would call its twins so).
        agree: for levels 1, 2, … that mean equality of something, its key, the finest first: how often unrelated rows agree on
            it is counted, not sampled. 0 is missing.
    """

    name: str
    levels: tuple[str, ...]
    compare: Callable[[Any, Any, Index, Index], Levels]
    start: tuple[float, ...]
    rare: tuple[float, ...]
    groups: tuple[int, ...] = ()
    least: tuple[tuple[float, tuple[int, ...]], ...] = ()
    agree: tuple[Callable[[Any], "Keys"], ...] = ()
    weight: float = 20.0

    def __post_init__(self) -> None:
        if not self.groups:
            object.__setattr__(self, "groups", (0,) + (1,) * (len(self.levels) - 1))


@dataclass(frozen=True)
class Pass:
    """One blocking pass.

    Attributes:
        name: of the pass.
        key: rows -> 64-bit key of each row, 0 where a field of it is missing.
        tighter: passes to take instead, in order, when this one has too many candidates.
    """

    name: str
    key: Callable[[Any], Keys]
    tighter: tuple["Pass", ...] = ()


@dataclass(frozen=True)
class Term:
    """A field whose values are not all equally telling (``frequencies``).

    Attributes:
        name: of its comparison; level 1 of it means that the values are equal.
        value: rows -> value of each row, 0 where it is missing.
        among: rows -> what a value is counted once for: a mother's name counts once a family, not once a child.
        shared: whether relatives have the same value as a rule, so that they agree on a rare one as on a common one.
    """

    name: str
    value: Callable[[Any], Keys]
    among: Callable[[Any], Keys]
    shared: bool = False


@dataclass(frozen=True)
class Spec:
    """Everything the engine needs to link rows of one kind.

    Attributes:
        comparisons: fields compared.
        passes: blocking passes; together they find the candidates.
        frequent: key on which a second, larger sample of unrelated pairs agrees (births: the date), for the fields that
            hang together with it.
        depends: names of those fields.
        kin: whether a pair belongs to one family: kept out of the unrelated pairs.
        relatives: (m, u, candidate patterns) -> distributions of further classes that are not matches (births: twins, siblings).
        terms: fields whose common values count for less than rare ones.
        content: rows -> a number for all that is in each row, so that rows can be drawn by it.
    """

    comparisons: tuple[Comparison, ...]
    passes: tuple[Pass, ...]
    frequent: Callable[[Any], Keys]
    depends: tuple[str, ...]
    kin: Callable[[Any, Any, Index, Index], NDArray[np.bool_]]
    relatives: Callable[["Distribution", "Distribution", Any], tuple["Distribution", ...]]
    terms: tuple[Term, ...] = ()
    content: Callable[[Any], Keys] | None = None


Distribution = tuple[NDArray[np.float64], ...]  # per comparison the probability of each level


def mix(*parts: NDArray[Any]) -> Keys:
    """One 64-bit key of several fields; 0 if any of them is 0."""
    key = np.zeros(parts[0].shape, dtype=np.uint64)
    missing = np.zeros(parts[0].shape, dtype=bool)
    for part in parts:
        missing |= part == 0
        key ^= part.astype(np.uint64)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(32)
    key[missing] = 0
    return key
