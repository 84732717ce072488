"""Monthly returns of one village-year that repeat another's."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detectors.base import Result, detector
from detectors.context import Context
from detectors.judge import Test, judge
from detectors.monthly import SERIES, Years, span, unit_years
from detectors.statistics.copies import distance_tail, nearness_limits

_PAIRS: Final = 3  # near pairs, at least
_COPIES: Final = 2  # village-years beyond one of each set of like ones, at least
_NEAR: Final = 2e-4  # chance of a pair as near, at most
_BY_CHANCE: Final = 0.05  # near pairs that a township may have by chance, at most


@detector("copied")
def copied(context: Context) -> Result:
    """Village-years of a township whose twelve months are the same, or nearly, as another's.

    Compared are years of one village and villages of one year. A pair is near when unrelated months with the same totals would
    lie as close (L1 distance) at most once in 5,000 times, and seldom enough that the whole township has under .05 such pairs by
    chance; the number of repeats (village-years beyond the first of each like set) is set against the Poisson of that expectation.
    Totals under six, where small figures repeat by themselves, are left out.
    """
    tests: list[Test] = []
    for series in SERIES:
        years = unit_years(context, series)
        years = years.where((years.months == 12) & (years.totals >= 6) & years.keys["village"].is_not_null().to_numpy())
        for code, part in years.by_township().items():
            if part.keys.height >= 3:
                tests.append(_test(code, series, part))
    return judge(context, tests, default="too_few_births")


def _test(code: str, series: str, years: Years) -> Test:
    first, second = _comparable(years.keys)
    counts, totals = years.counts.astype(int), years.totals.astype(int)
    limit = min(_NEAR, _BY_CHANCE / max(1, first.size))
    distance = np.abs(counts[first] - counts[second]).sum(axis=1)
    near = distance_tail(distance, totals[first], totals[second], 12) <= limit
    expected = float(nearness_limits(totals[first], totals[second], 12, limit).sum())
    a, b = first[near], second[near]
    groups = _groups(a, b, years.keys.height)
    copies = int((np.bincount(groups[groups >= 0]) - 1).sum()) if (groups >= 0).any() else 0
    row = _row(series, years, a, b, copies, expected) if a.size else {}
    p = float(stats.poisson.sf(copies - 1, expected)) if copies else 1.0
    return Test(code, p, a.size >= _PAIRS and copies >= _COPIES, row, family=series)


def _comparable(keys: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of one village, or of one year."""
    village, year = keys["village"].rank("dense").to_numpy(), keys["year"].to_numpy()
    first, second = np.triu_indices(keys.height, 1)
    like = (village[first] == village[second]) | (year[first] == year[second])
    return first[like], second[like]


def _groups(first: NDArray[np.int64], second: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Connected sets of near pairs: the set's number per village-year, -1 outside."""
    if not first.size:
        return np.full(size, -1)
    _, label = connected_components(coo_array((np.ones(first.size), (first, second)), shape=(size, size)), directed=False)
    label = np.where(np.isin(np.arange(size), np.concatenate([first, second])), label, -1)
    renumbered = np.full(size, -1)
    inside = label >= 0
    renumbered[inside] = np.unique(label[inside], return_inverse=True)[1]
    return renumbered


def _row(
    series: str, years: Years, first: NDArray[np.int64], second: NDArray[np.int64], copies: int, expected: float
) -> dict[str, Any]:
    keys = years.keys
    distance = np.abs(years.counts[first] - years.counts[second]).sum(axis=1)
    # The pair shown is the nearest one with the most events.
    best = int(np.lexsort((-years.totals[first], distance))[0])
    one, other = (keys.row(int(index), named=True) for index in (first[best], second[best]))
    involved = np.unique(np.concatenate([first, second]))
    return {
        "code": f"FAB-COPY-{series.upper()}",
        "severity": "medium",
        "period": span(keys["year"].gather(involved)),
        "subject": "return",
        "key": series,
        "observed": float(copies),
        "expected": expected,
        "events": int(involved.size),
        "params": {
            "pairs": int(first.size),
            "identical": int((distance == 0).sum()),
            "villages": keys["village"].gather(involved).n_unique(),
            "village": one["village"],
            "year": one["year"],
            "other_village": other["village"],
            "other_year": other["year"],
            "difference": int(distance[best]),
            "events": int(years.totals[first[best]]),
        },
    }
