"""Monthly returns that end in 0 or 5 more often than counts do."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from detectors.base import Result, detector
from detectors.context import Context
from detectors.judge import Test, judge
from detectors.monthly import SERIES, Years, span, township_names, unit_years
from detectors.statistics.counts import poisson_binomial_tails

_TIMES: Final = 2.0  # observed over expected, at least
_SHARE: Final = 0.06  # or: this share of the months rounded, where many months are multiples of five by chance
_LEAST: Final = 5  # multiples of five, at least
_NEIGHBOURS: Final = 0.4  # most a smooth distribution puts on the middle of three neighbouring counts, with room


@detector("rounded")
def rounded(context: Context) -> Result:
    """Positive multiples of 5 among village-months against two nulls, both of which must fail.

    The Poisson of the village-year says how many to expect; and within 4-5-6, 9-10-11 and so on the middle count cannot hold much
    over a third, whatever the spread of the months (reporting in bursts makes large counts, but not fives).
    """
    tests: list[Test] = []
    for series in SERIES:
        years = unit_years(context, series).sufficient()
        if years.keys.height:
            tests += _tests(series, years, township_names(context))
    return judge(context, tests, default="too_few_births")


def expected_multiples(mean: NDArray[np.float64], base: int = 5) -> NDArray[np.float64]:
    """Chance that a Poisson count of this mean is a positive multiple of ``base``.

    >>> expected_multiples(np.array([5.0])).round(3).tolist()
    [0.194]
    """
    mu = np.asarray(mean, float)
    top = int(mu.max(initial=1.0) + 12 * np.sqrt(mu.max(initial=1.0)) + 3 * base)
    pmf: NDArray[np.float64] = np.asarray(stats.poisson.pmf(np.arange(base, top, base)[:, None], mu[None, :]))
    return np.asarray(pmf.sum(axis=0))


def neighbours_tail(counts: NDArray[np.int64], share: float = _NEIGHBOURS, base: int = 5) -> float:
    """Chance of as many multiples of ``base`` among counts within 1 of one, when at most ``share`` of those are.

    >>> neighbours_tail(np.array([5] * 20 + [4, 6])) < 0.001
    True
    """
    near = np.isin(counts % base, [0, 1, base - 1]) & (counts >= base - 1)
    exact = near & (counts % base == 0)
    return float(stats.binom.sf(exact.sum() - 1, near.sum(), share)) if near.any() else 1.0


def _tests(series: str, years: Years, names: dict[str, str]) -> list[Test]:
    """One test of each township."""
    there = ~np.isnan(years.counts)
    hits = (years.counts > 0) & (years.counts % 5 == 0)
    chance = np.broadcast_to(expected_multiples(years.totals / years.months)[:, None], there.shape)
    by_village = years.keys.with_columns(hits=hits.sum(axis=1)).group_by("area_code", "village").agg(pl.col("hits").sum())
    by_village = by_village.with_columns(pl.col("village").fill_null(pl.col("area_code").replace_strict(names)))
    top = by_village.sort("area_code", "hits", "village", descending=[False, True, False]).unique("area_code", keep="first")
    parts = years.by_township()
    places = np.split(np.arange(years.keys.height), np.cumsum([part.keys.height for part in parts.values()])[:-1])
    chances = [chance[place][there[place]] for place in places]
    tails = poisson_binomial_tails([int(hits[place].sum()) for place in places], chances)
    villages = {code: (village, count) for code, village, count in top.select("area_code", "village", "hits").iter_rows()}
    return [
        _test(code, series, part, own, tail, villages[code])
        for (code, part), own, tail in zip(parts.items(), chances, tails.tolist(), strict=True)
    ]


def _test(code: str, series: str, years: Years, chance: NDArray[np.float64], tail: float, top: tuple[str, int]) -> Test:
    counts = years.counts[~np.isnan(years.counts)].astype(int)
    is_multiple = (counts > 0) & (counts % 5 == 0)
    observed, expected = int(is_multiple.sum()), float(chance.sum())
    rounded_share = (observed - expected) / max(1e-9, counts.size - expected)
    enough = observed >= _TIMES * expected or (rounded_share >= _SHARE and observed >= 1.25 * expected)
    p = max(tail, neighbours_tail(counts))
    row: dict[str, Any] = {
        "code": f"FAB-ROUND-{series.upper()}",
        "severity": "medium",
        "period": span(years.keys["year"]),
        "subject": "return",
        "key": series,
        "observed": float(observed),
        "expected": expected,
        "events": int(counts.size),
        "params": {
            "observed": observed,
            "expected": expected,
            "months": int(counts.size),
            "village": top[0],
            "in_village": top[1],
        },
    }
    return Test(code, p, enough and observed >= _LEAST, row, family=series)
