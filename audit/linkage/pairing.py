"""Two sources, or one with itself, to weighted pairs: cascade, blocking, comparison, training."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.births import BIRTHS
from audit.linkage.blocking import Taken, candidates
from audit.linkage.cascade import cascade
from audit.linkage.em import Model, train
from audit.linkage.frequencies import Common, frequencies, pair_bits
from audit.linkage.layout import Index, Part, Rows
from audit.linkage.patterns import count, encode
from audit.linkage.unrelated import u_probabilities

COUNTY_ROWS: Final = 50_000
COUNTY_BUDGET: Final = 40.0  # candidates per row a pass may have in a county, where all pairs of a village can be looked at
LARGE_BUDGET: Final = 1.0
NOISY_ROWS: Final = 200_000  # from here a second class of matches, with many errors, can be told from chance
WITHOUT_PARTNERS: Final = 0.03  # share of twins of whom each source knows another one only
SURE: Final = 60.0  # weight given to the cascade's links


@dataclass(frozen=True)
class Pairs:
    """Weighted pairs of rows.

    Attributes:
        i, j: positions in the left and right source.
        weight: log2 of the odds that the pair is one birth.
        free: the same for a pair whose rows have no other partner, where twins whose own partners are missing are rare.
        n_sure: how many pairs, at the head, come from the cascade.
        model: what the weights rest on.
        passes: what became of each blocking pass.
    """

    i: Index
    j: Index
    weight: NDArray[np.float64]
    free: NDArray[np.float64]
    n_sure: int
    model: Model
    passes: list[Taken]


def budget(rows: int) -> float:
    """Candidates per row that one pass may have."""
    return COUNTY_BUDGET if rows <= COUNTY_ROWS else LARGE_BUDGET


def pair(left: Rows, right: Rows, seed: int = 0, model: Model | None = None, common: tuple[Common, ...] | None = None) -> Pairs:
    """Weighted pairs of two sources.

    Args:
        left, right: the sources.
        seed: of the pairs drawn for u.
        model: a trained model, held fixed; by default one is trained.
        common: how common names are; by default as in the left source.

    Returns:
        The cascade's links first, then every candidate among the rows they leave.
    """
    a, b = cascade(left, right)
    i, j = rest(len(left), a), rest(len(right), b)
    x, y, passes = candidates(Part(left, i), Part(right, j), BIRTHS.passes, budget(max(len(left), len(right))))
    x, y = i[x], j[y]
    patterns, which = count(encode(left, right, x, y, BIRTHS.comparisons), BIRTHS)
    if model is None:
        sure, _ = count(encode(left, right, a, b, BIRTHS.comparisons), BIRTHS)
        few = a.size < 500
        u = u_probabilities(
            left,
            right,
            np.arange(len(left)) if few else a,
            np.arange(len(right)) if few else b,
            BIRTHS,
            np.random.default_rng(seed),
        )
        noisy = min(len(left), len(right)) >= NOISY_ROWS
        model = train(sure, patterns, u, float(len(left)) * len(right), BIRTHS, noisy)
    sure_weight = np.full(a.size, SURE)
    bits = pair_bits(frequencies(left, BIRTHS) if common is None else common, left, x, patterns, which)
    weight, free = (
        np.concatenate([sure_weight, model.pair_weights(patterns, which, bits, share)]) for share in (1.0, WITHOUT_PARTNERS)
    )
    return Pairs(np.concatenate([a, x]), np.concatenate([b, y]), weight, free, a.size, model, passes)


def rest(n: int, gone: Index) -> Index:
    """Positions below n that are not among ``gone``, ascending."""
    left = np.ones(n, dtype=bool)
    left[gone] = False
    return np.flatnonzero(left)
