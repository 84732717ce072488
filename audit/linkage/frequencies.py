"""Term frequencies: two rows that share a common name are less surely one birth than two that share a rare one.

The u probability of an exact level is the chance that unrelated rows agree on any value; that they agree on this one is the value's
own frequency. Its ratio to the mean corrects the weight (Winkler 2000; Yancey 2000), in whole bits and within limits, so that one
record more or less hardly ever moves another pair's weight. Frequencies are counted in one source, the audited register where there
is one, from at most ``ROWS`` rows chosen by what is in them: neither their order nor any other row decides which.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.layout import Part
from audit.linkage.patterns import CHUNK, Patterns
from audit.linkage.spec import Index, Keys, Spec, Term
from audit.linkage.threads import each

ROWS: Final = 200_000
LEAST, MOST = -3, 4  # bits
_EXACT: Final = 1
Bits = NDArray[np.int8]


@dataclass(frozen=True)
class Common:
    """How common values of one field are.

    Attributes:
        term: the field.
        keys: values, ascending, whose bits are not those of a value seen once.
        bits: log2 of how much more often than on average strangers agree on each, in whole bits.
        once: bits of values seen once or never.
    """

    term: Term
    keys: Keys
    bits: Bits
    once: int

    def of(self, values: Keys) -> Bits:
        """Bits of these values."""
        if not self.keys.size:
            return np.full(values.shape, self.once, dtype=np.int8)
        place = np.minimum(np.searchsorted(self.keys, values), self.keys.size - 1)
        return np.where(self.keys[place] == values, self.bits[place], np.int8(self.once))


def frequencies(rows: Any, spec: Spec) -> tuple[Common, ...]:
    """How common the values of the fields that ``spec.terms`` names are among these rows."""
    some = rows if len(rows) <= ROWS or not spec.terms else Part(rows, _sample(rows, spec.terms[0]))
    return tuple(_count(some, term) for term in spec.terms)


def _sample(rows: Any, term: Term) -> Index:
    """Rows by content: those whose hash is below a share of all hashes, whatever the others are."""
    below = np.uint64(int(ROWS / len(rows) * 2**64))
    starts = range(0, len(rows), CHUNK)
    parts = (np.arange(start, min(start + CHUNK, len(rows))) for start in starts)
    return np.concatenate(list(each(lambda part: part[term.among(Part(rows, part)) < below], parts, len(rows))))


def _count(rows: Any, term: Term) -> Common:
    values, once_each = term.value(rows), term.among(rows)
    present = (values != 0) & (once_each != 0)
    _, first = np.unique(once_each[present], return_index=True)
    keys, counts = np.unique(values[present][first], return_counts=True)
    total = float(counts.sum())
    mean = float((counts * (counts - 1.0)).sum()) / max(total * (total - 1), 1.0)
    if mean == 0:
        return Common(term, keys[:0], np.zeros(0, dtype=np.int8), 0)
    # Of those who bear a name one is the row looked at; half a person stands for those not seen.
    bits = np.clip(np.rint(np.log2((counts - 0.5) / total / mean)), LEAST, MOST).astype(np.int8)
    once = int(np.clip(np.rint(np.log2(0.5 / total / mean)), LEAST, MOST))
    return Common(term, keys[bits != once], bits[bits != once], once)


def pair_bits(common: tuple[Common, ...], left: Any, i: Index, patterns: Patterns, which: Index) -> tuple[Bits, Bits]:
    """Bits by which strangers agree more often on what each pair agrees on than strangers do on average.

    Args:
        common: how common values are.
        left: the left source; ``i`` its row in each pair.
        patterns: patterns; ``which`` of them each pair shows.

    Returns:
        Of fields in which relatives are like strangers (the child's name), and of those in which they are not.
    """
    own, family = np.zeros(i.size, dtype=np.int8), np.zeros(i.size, dtype=np.int8)
    for part in common:
        place = next(k for k, comparison in enumerate(patterns.comparisons) if comparison.name == part.term.name)
        exact = patterns.levels[place] == _EXACT
        values, bits = part.term.value(left), family if part.term.shared else own

        def fill(start: int, part: Common = part, exact: Any = exact, values: Keys = values, bits: Bits = bits) -> None:
            agree = start + np.flatnonzero(exact[which[start : start + CHUNK]])
            bits[agree] += part.of(values[i[agree]])

        for _ in each(fill, range(0, i.size, CHUNK), i.size):
            pass
    return own, family
