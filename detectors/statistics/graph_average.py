"""Events from several lists by averaging decomposable graphical models (Madigan & York 1997), and the trap in it.

Each graph says which lists depend on each other; the complete graph says nothing at all about events on no list, so its posterior
is the prior. With a vague prior it can take nearly all the weight: then the answer rests on nothing and must not be given.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]
Clique = tuple[int, ...]
TRAP: Final = 0.5  # weight of the complete graph above which nothing is estimable

# Decomposable graphs on three lists as cliques over separators (lists counted from 0).
_THREE: Final[tuple[tuple[tuple[Clique, ...], tuple[Clique, ...]], ...]] = (
    (((0,), (1,), (2,)), ((), ())),
    (((0, 1), (2,)), ((),)),
    (((0, 2), (1,)), ((),)),
    (((1, 2), (0,)), ((),)),
    (((0, 1), (0, 2)), ((0,),)),
    (((0, 1), (1, 2)), ((1,),)),
    (((0, 2), (1, 2)), ((2,),)),
    (((0, 1, 2),), ()),
)


@dataclass(frozen=True)
class GraphAverage:
    """Posterior of the number of events.

    Attributes:
        complete: weight of the complete graph.
        mean, low, median, high: of the number of events, ``low`` and ``high`` 95 %.
        estimable: whether the complete graph has at most half of the weight.
    """

    complete: float
    mean: float
    low: int
    median: int
    high: int
    estimable: bool


def average_graphs(histories: Mapping[str, float], most_unseen: int = 2000, delta: float = 1.0) -> GraphAverage:
    """Average over the eight graphs on three lists.

    The prior is hyper-Dirichlet, ``delta`` a cell, on the probabilities of patterns, and ``1/N`` on all events, those on no list
    from 1 to ``most_unseen``; graphs are equally likely.

    Args:
        histories: patterns of three lists (``101``) -> events.
        most_unseen: largest number of events on no list.
        delta: prior observations a cell.

    >>> average_graphs({"001": 63, "010": 55, "011": 18, "100": 69, "101": 17, "110": 21, "111": 28}).estimable
    False
    """
    table = np.zeros((2, 2, 2))
    for pattern, n in histories.items():
        table[tuple(int(bit) for bit in pattern)] = n
    unseen = np.arange(1, most_unseen + 1, dtype=np.float64)
    seen = float(table.sum())
    shared = gammaln(seen + unseen + 1) - gammaln(unseen + 1) - np.log(seen + unseen)
    logs = []
    for cliques, separators in _THREE:
        score = sum((_marginal(table, unseen, c, delta) for c in cliques), np.zeros(unseen.size))
        score = score - sum((_marginal(table, unseen, s, delta) for s in separators), np.zeros(unseen.size))
        logs.append(shared + score)
    weights = np.exp(np.array(logs) - np.max(logs))
    weights /= weights.sum()
    by_events = np.cumsum(weights.sum(axis=0))
    low, median, high = (int(seen + unseen[np.searchsorted(by_events, q)]) for q in (0.025, 0.5, 0.975))
    complete = float(weights[-1].sum())
    mean = float(seen + weights.sum(axis=0) @ unseen)
    return GraphAverage(complete, mean, low, median, high, complete <= TRAP)


def _marginal(table: Floats, unseen: Floats, lists: Clique, delta: float) -> Floats:
    """Log marginal likelihood of the table summed to some lists, for every number of unseen events."""
    others = tuple(i for i in range(3) if i not in lists)
    counts = table.sum(axis=others)
    alpha = delta * 2 ** len(others)
    total = gammaln(8 * delta) - gammaln(8 * delta + table.sum() + unseen)
    out = np.asarray(total, dtype=np.float64)
    for cell in itertools.product((0, 1), repeat=len(lists)):
        n = counts[cell] + (unseen if not any(cell) else 0.0)
        out = out + gammaln(alpha + n) - gammaln(alpha)
    return out
