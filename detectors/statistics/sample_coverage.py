"""Events from three or more lists by sample coverage (Chao & Tsay 1998), which allows the lists to depend on each other."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SampleCoverage:
    """Estimates of the number of events.

    Attributes:
        seen: events on some list.
        overlap: mean events on more than one list, ``D``.
        coverage: sample coverage ``C``, from 0 to 1.
        independent: ``D / C``.
        high_coverage: for ``C`` of about .55 and more; unstable below.
        one_step: for low coverage.
    """

    seen: float
    overlap: float
    coverage: float
    independent: float | None
    high_coverage: float | None
    one_step: float | None


def sample_coverage(histories: Mapping[str, float]) -> SampleCoverage:
    """Sample coverage estimates.

    Args:
        histories: presence pattern (one 0/1 per list, as ``101``) -> events; the pattern of zeros must not be among them.

    Example:
        >>> hav = {"001": 63, "010": 55, "011": 18, "100": 69, "101": 17, "110": 21, "111": 28}
        >>> round(sample_coverage(hav).one_step)
        508
    """
    t = len(next(iter(histories)))
    seen = sum(histories.values())

    def total(*lists: int) -> float:
        return sum(n for pattern, n in histories.items() if all(pattern[i] == "1" for i in lists))

    def only(lists: tuple[int, ...]) -> float:
        """Records, per list, of events on some of these lists and on no other."""
        return sum(
            n * pattern.count("1") for pattern, n in histories.items() if all(p == "0" or i in lists for i, p in enumerate(pattern))
        )

    sizes = [total(i) for i in range(t)]
    alone = [only((i,)) for i in range(t)]
    overlap = seen - sum(alone) / t
    coverage = 1 - sum(s / n for s, n in zip(alone, sizes, strict=True)) / t if min(sizes) > 0 else 0.0
    if coverage <= 0:
        return SampleCoverage(seen, overlap, max(coverage, 0.0), None, None, None)
    first = overlap / coverage
    pairs = list(itertools.combinations(range(t), 2))
    a = {pair: only(pair) for pair in pairs}
    ratio = {(i, j): total(i, j) / (sizes[i] * sizes[j]) for i, j in pairs}
    denominator = t * coverage - sum(a[pair] * ratio[pair] for pair in pairs)
    high = (t * overlap - sum(a.values())) / denominator if denominator > 0 else None
    second = first + sum(a[pair] * (first * ratio[pair] - 1) for pair in pairs) / (t * coverage)
    one_step = first + sum(a[pair] * (ratio[pair] * second - 1) for pair in pairs) / (t * coverage)
    return SampleCoverage(seen, overlap, coverage, first, high, one_step)
