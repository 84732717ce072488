"""What the linker expects to have missed and to have linked falsely, from the weights of what it left out and took in."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from audit.linkage.closure import Persons
from audit.linkage.layout import Index
from audit.linkage.pairing import Pairs

Shares = NDArray[np.float64]


def expectations(people: Persons, births: Index, between: Mapping[tuple[int, int], Pairs]) -> tuple[Shares, Shares]:
    """Expected misses and expected false links of each person of the audited source.

    Args:
        people: persons by source, the audited one first.
        births: birth of each person.
        between: weighted pairs of each two sources.

    Returns:
        Per person: the probability that a reference knows the birth though nothing was linked, and that what was linked is false;
        both 0 for persons of references. Pairs count as if no other explanation competed (``Pairs.free``): what is left over has
        no better partner.
    """
    n = people.source.size
    missed, false = np.ones(n), np.ones(n)
    audited = np.zeros(n, dtype=bool)
    audited[births[people.source == 0]] = True  # births that hold an audited person, by their root
    linked = _linked(people, births)
    for (left, right), pairs in between.items():
        if left != 0:
            continue
        x, y = people.of_row[0][pairs.i], people.of_row[right][pairs.j]
        odds = np.exp2(np.clip(pairs.free, -60, 60))
        doubt = 1 / (1 + odds)
        together = births[x] == births[y]
        np.multiply.at(false, x[together], doubt[together])
        open_pairs = ~together & ~linked[x] & ~audited[births[y]]
        np.multiply.at(missed, x[open_pairs], doubt[open_pairs])
    own = people.source == 0
    return np.where(own & ~linked, 1 - missed, 0.0), np.where(own & linked, np.minimum(false, 1.0), 0.0)


def _linked(people: Persons, births: Index) -> NDArray[np.bool_]:
    """Whether a person's birth is known to another source."""
    n = births.size
    low, high = np.full(n, n), np.full(n, -1)
    np.minimum.at(low, births, people.source)
    np.maximum.at(high, births, people.source)
    shared: NDArray[np.bool_] = low[births] != high[births]
    return shared
