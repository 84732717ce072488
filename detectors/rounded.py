"""Monthly returns that end in 0 or 5 more often than counts do."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from detectors.base import Result, detector
from detectors.context import Context
from detectors.judge import Test, judge
from detectors.monthly import SERIES, Years, latest_returns, span, township_names, unit_years
from detectors.statistics.counts import poisson_binomial_tail

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
    returns, names = latest_returns(context), township_names(context)
    tests: list[Test] = []
    for series in SERIES:
        years = unit_years(returns, series).sufficient()
        codes = years.keys["area_code"].unique(maintain_order=True)
        tests += [_test(code, series, years.where((years.keys["area_code"] == code).to_numpy()), names[code]) for code in codes]
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


def _test(code: str, series: str, years: Years, township: str) -> Test:
    there = ~np.isnan(years.counts)
    counts = years.counts[there].astype(int)
    chance = np.broadcast_to(expected_multiples(years.totals / years.months)[:, None], there.shape)[there]
    is_multiple = (counts > 0) & (counts % 5 == 0)
    observed, expected = int(is_multiple.sum()), float(chance.sum())
    rounded_share = (observed - expected) / max(1e-9, counts.size - expected)
    enough = observed >= _TIMES * expected or (rounded_share >= _SHARE and observed >= 1.25 * expected)
    p = max(poisson_binomial_tail(observed, chance), neighbours_tail(counts))
    villages = years.keys["village"].fill_null(township)
    per_village = pl.DataFrame({"village": np.repeat(villages.to_numpy(), 12)[there.ravel()], "hit": is_multiple})
    top = (
        per_village.group_by("village").agg(pl.col("hit").sum()).sort("hit", "village", descending=[True, False]).row(0, named=True)
    )
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
            "village": top["village"],
            "in_village": int(top["hit"]),
        },
    }
    return Test(code, p, enough and observed >= _LEAST, row, family=series)
