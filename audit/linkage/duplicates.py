"""Rows of one source that are one birth, found from that source alone."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.births import WITHIN
from audit.linkage.blocking import candidates
from audit.linkage.em import Model, train
from audit.linkage.frequencies import Common, frequencies, pair_bits
from audit.linkage.layout import Index, Rows
from audit.linkage.pairing import SURE, budget
from audit.linkage.patterns import Patterns, count, encode
from audit.linkage.spec import Spec, mix
from audit.linkage.unrelated import u_probabilities

LIKELY: Final = 1.75  # log2 odds from which two rows of a source are one birth


@dataclass(frozen=True)
class Within:
    """Weighted pairs of rows of one source, the smaller row first."""

    i: Index
    j: Index
    weight: NDArray[np.float64]
    model: Model


def pairs_within(
    rows: Rows, seed: int = 0, model: Model | None = None, common: tuple[Common, ...] | None = None, spec: Spec = WITHIN
) -> Within:
    """Weighted pairs of a source with itself.

    Args:
        rows: the source.
        seed: of the pairs drawn for u.
        model: a trained model, held fixed; by default one is trained.
        common: how common names are; by default as in this source.
        spec: what is compared; by default as for a source that stands alone.
    """
    every = np.arange(len(rows))
    a, b = _identical(rows)
    i, j, _ = candidates(rows, rows, spec.passes, min(budget(len(rows)), 10.0))
    patterns, which = count(encode(rows, rows, i, j, spec.comparisons), spec)
    if model is None:
        u = u_probabilities(rows, rows, every, every, spec, np.random.default_rng(seed))
        nothing = Patterns(np.zeros(0, dtype=np.uint32), np.zeros(0), spec.comparisons)
        model = train(nothing, patterns, u, max(len(rows) * (len(rows) - 1) / 2, 1.0), spec)
    bits = pair_bits(frequencies(rows, spec) if common is None else common, rows, i, patterns, which)
    weight = np.concatenate([np.full(a.size, SURE), model.pair_weights(patterns, which, bits)])
    return Within(np.concatenate([a, i]), np.concatenate([b, j]), weight, model)


def _identical(rows: Rows) -> tuple[Index, Index]:
    """Each row that is another's copy in every field, with the copy before it: blocks of copies too large to be compared."""
    key = mix(*(getattr(rows, field.name).astype(np.uint64) + np.uint64(1) for field in fields(rows)))
    telling = (
        (rows.name != 0) & ~rows.placeholder & (rows.date != 0) & ((rows.id != 0) | (rows.mother != 0) | (rows.mother_id != 0))
    )
    key[~telling] = 0
    order = np.argsort(key, kind="stable")
    same = (key[order][1:] == key[order][:-1]) & (key[order][1:] != 0)
    return order[:-1][same], order[1:][same]


def group(n: int, i: Index, j: Index, weight: NDArray[np.float64], least: float) -> NDArray[np.uint32]:
    """Groups of rows connected by pairs of at least this weight: one number a row, counted from 0 in order of first rows."""
    keep = weight >= least
    smallest = smallest_connected(n, i[keep], j[keep])
    number = np.cumsum(smallest == np.arange(n)) - 1  # of each row that is the smallest of its group
    return number[smallest].astype(np.uint32)


def smallest_connected(n: int, a: Index, b: Index) -> Index:
    """The smallest of all that links (a[k], b[k]) hold together with it, itself included, for each of ``n``."""
    parent = np.arange(n)
    while a.size:  # pointer jumping; groups have two or three rows
        low = np.minimum(parent[a], parent[b])
        before = parent
        parent = parent.copy()
        np.minimum.at(parent, a, low)
        np.minimum.at(parent, b, low)
        parent = parent[parent]
        if np.array_equal(before, parent):
            break
    return parent
