"""Fellegi-Sunter model trained on pattern counts: m by expectation-maximisation, u fixed, further classes derived from both.

Fellegi & Sunter 1969; expectation-maximisation as in Winkler 1988, in the space of all pairs: pairs that no blocking pass found
count as unrelated, so class sizes are numbers of pairs of the whole product.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.patterns import CHUNK, Patterns
from audit.linkage.spec import Comparison, Distribution, Spec
from audit.linkage.threads import each

ROUND: Final = 2  # significant digits of m and u (DESIGN C3: one record moves the links of others as little as can be)
ITERATIONS: Final = 60
NOISY_FLOOR: Final = 0.5


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        m: probabilities of levels among matches; ``noisy`` those of the second, careless kind of match, if trained.
        u: among unrelated pairs.
        relatives: among classes that are not matches but nearly.
        sizes: expected pairs of each class: matches, noisy matches, relatives …, unrelated.
        comparisons: what the levels are.
    """

    m: Distribution
    noisy: Distribution | None
    u: Distribution
    relatives: tuple[Distribution, ...]
    sizes: tuple[float, ...]
    comparisons: tuple[Comparison, ...]

    def classes(self) -> list[Distribution]:
        """All classes in the order of ``sizes``: first those that are matches."""
        return [self.m, *([] if self.noisy is None else [self.noisy]), *self.relatives, self.u]

    @property
    def n_match(self) -> int:
        """How many of the classes are matches."""
        return 1 if self.noisy is None else 2

    def weights(self, patterns: Patterns, relatives: float = 1.0) -> NDArray[np.float64]:
        """Match weight of each pattern: log2 of the odds that a pair with it is one birth.

        Args:
            patterns: the patterns.
            relatives: share of the relatives' class sizes to reckon with.
        """
        sizes = np.array(self.sizes)
        sizes[self.n_match : -1] *= relatives
        match, kin, strangers = self._parts(patterns, relatives)
        return match - np.logaddexp2(kin, strangers)

    def pair_weights(
        self, patterns: Patterns, which: NDArray[np.int64], bits: tuple[NDArray[np.int8], NDArray[np.int8]], relatives: float = 1.0
    ) -> NDArray[np.float64]:
        """Match weight of each pair, what it agrees on being rare or common (``frequencies``).

        Args:
            patterns: the patterns; ``which`` of them each pair shows.
            bits: of each pair, for relatives and strangers alike, and for strangers only.
            relatives: as in ``weights``.
        """
        match, kin, strangers = self._parts(patterns, relatives)
        out, (own, family) = np.zeros(which.size), bits

        def fill(start: int) -> None:
            part = slice(start, start + CHUNK)
            pattern, alike = which[part], own[part].astype(np.float64)
            out[part] = match[pattern] - np.logaddexp2(kin[pattern] + alike, strangers[pattern] + alike + family[part])

        for _ in each(fill, range(0, which.size, CHUNK), which.size):
            pass
        return out

    def _parts(self, patterns: Patterns, relatives: float) -> list[NDArray[np.float64]]:
        """Log2 of the expected pairs of each pattern that are matches, relatives, strangers."""
        sizes = np.array(self.sizes)
        sizes[self.n_match : -1] *= relatives
        joint = log_joint(patterns, self.classes(), sizes)
        parts = (joint[: self.n_match], joint[self.n_match : -1], joint[-1:])
        return [np.logaddexp.reduce(part, axis=0, initial=-np.inf) / np.log(2) for part in parts]


def log_joint(patterns: Patterns, classes: list[Distribution], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of class size times probability of each pattern; shape (classes, patterns)."""
    out = np.repeat(np.log(np.maximum(sizes, 1e-12))[:, None], patterns.codes.size, axis=1)
    for k, distribution in enumerate(classes):
        for probabilities, level in zip(distribution, patterns.levels, strict=True):
            out[k] += np.log(np.maximum(probabilities, 1e-12))[level]
    return out


def normalise(values: NDArray[np.float64], groups: tuple[int, ...]) -> NDArray[np.float64]:
    """Make values add up to one within each group of levels."""
    index = np.array(groups)
    shares: NDArray[np.float64] = values / np.maximum(np.bincount(index, values), 1e-300)[index]
    return shares


def estimate_u(shares: list[NDArray[np.float64]], n_pairs: float, spec: Spec) -> Distribution:
    """u probabilities from a sample of unrelated pairs.

    Args:
        shares: per comparison the share of each level in the sample.
        n_pairs: size of the sample.
        spec: gives ``rare``, used for levels the sample is too small to show.
    """
    out = []
    for comparison, share in zip(spec.comparisons, shares, strict=True):
        index = np.array(comparison.groups)
        total = np.bincount(index, share)[index] * n_pairs
        rare = normalise(np.maximum(np.array(comparison.rare), 1e-12), comparison.groups)
        unseen = np.where(total > 0, np.minimum(rare, 0.5 / np.maximum(total, 1)), rare)
        seen = np.where(total > 0, normalise(share, comparison.groups), 0)
        out.append(rounded(normalise(np.where(seen > 0, seen, unseen), comparison.groups)))
    return tuple(out)


def train(certain: Patterns, candidates: Patterns, u: Distribution, n_pairs: float, spec: Spec, noisy: bool = False) -> Model:
    """Estimate m and the class sizes.

    Args:
        certain: patterns of pairs linked by the cascade; matches by definition.
        candidates: patterns of candidate pairs.
        u: u probabilities, fixed.
        n_pairs: pairs of the whole product.
        spec: gives starting values and the classes of relatives.
        noisy: whether to train a second class of matches with many errors (large registers).
    """
    known = certain.level_counts(certain.counts)
    prior = tuple(normalise(np.maximum(np.array(c.start), 1e-6), c.groups) * c.weight for c in spec.comparisons)
    m: Distribution = tuple(normalise(k + p, c.groups) for k, p, c in zip(known, prior, spec.comparisons, strict=True))
    careless: Distribution | None = _floor(m, spec) if noisy else None
    n_known = float(certain.counts.sum())
    n_start = max(10.0, 0.2 * float(np.sqrt(n_pairs)))
    n_relatives = len(spec.relatives(m, u, candidates))
    sizes = np.array([n_known + n_start, *([0.2 * n_start] if noisy else []), *([0.02 * n_start] * n_relatives), n_pairs])
    for _ in range(ITERATIONS):
        classes = [m, *([careless] if careless else []), *spec.relatives(m, u, candidates), u]
        joint = log_joint(candidates, classes, sizes_without(sizes, n_known))
        posterior = np.exp(joint - np.logaddexp.reduce(joint, axis=0)) * candidates.counts
        found = candidates.level_counts(posterior[0])
        new = tuple(
            held(normalise(k + f + p, c.groups), c) for k, f, p, c in zip(known, found, prior, spec.comparisons, strict=True)
        )
        if careless is not None:
            careless = _careless(candidates.level_counts(posterior[1]), prior, spec)
        totals = posterior.sum(axis=1) + 0.5
        totals[0] += n_known
        totals[-1] = max(n_pairs - totals[:-1].sum(), 1.0)
        change = max(float(np.abs(a - b).max()) for a, b in zip(m, new, strict=True))
        m, sizes = new, totals
        if change < 1e-5:
            break
    m = tuple(rounded(values) for values in m)
    relatives = spec.relatives(m, u, candidates)
    final = sizes_without(sizes, n_known)
    return Model(m, careless, u, relatives, tuple(float(f"{x:.2g}") for x in final), spec.comparisons)


def sizes_without(sizes: NDArray[np.float64], n_known: float) -> NDArray[np.float64]:
    """Class sizes among the candidates: the cascade's links are out of them."""
    out = sizes.copy()
    out[0] = max(out[0] - n_known, 1.0)
    return out


def held(m: NDArray[np.float64], comparison: Comparison) -> NDArray[np.float64]:
    """m probabilities with the least shares that the comparison asks for."""
    m = m.copy()
    groups = np.array(comparison.groups)
    for share, levels in comparison.least:
        inside = np.zeros(m.size, dtype=bool)
        inside[list(levels)] = True
        others = (groups == groups[levels[0]]) & ~inside
        total = m[inside].sum()
        if 0 < total < share:
            m[inside] *= share / total
            m[others] *= (1 - share) / max(1 - total, 1e-12)
    return m


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities to two significant digits."""
    return np.array([float(f"{value:.{ROUND}g}") for value in values])


def _floor(m: Distribution, spec: Spec) -> Distribution:
    out = []
    for values, comparison in zip(m, spec.comparisons, strict=True):
        spread = normalise(np.ones(values.size), comparison.groups)
        out.append(normalise(0.6 * values + 0.4 * spread, comparison.groups))
    return tuple(out)


def _careless(found: list[NDArray[np.float64]], prior: Distribution, spec: Spec) -> Distribution:
    """m of careless matches: free, but every exact level stays at ``NOISY_FLOOR`` or above.

    Without the floor the class turns into pairs that agree on the date alone.
    """
    out = []
    for values, start, comparison in zip(found, prior, spec.comparisons, strict=True):
        free = normalise(values + start, comparison.groups)
        exact = np.array([name.split("/")[-1] == "exact" for name in comparison.levels])
        if exact.any():
            groups = np.array(comparison.groups)
            share = np.bincount(groups, np.where(exact, free, 0))[groups]
            lift = np.where(share < NOISY_FLOOR, NOISY_FLOOR / np.maximum(share, 1e-9), 1.0)
            rest = np.where(share < NOISY_FLOOR, (1 - NOISY_FLOOR) / np.maximum(1 - share, 1e-9), 1.0)
            free = np.where(exact, free * lift, free * rest)
        out.append(normalise(free, comparison.groups))
    return tuple(out)
