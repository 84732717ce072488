"""Percentages whose counts work out to whole numbers more often than counts do: reckoned back from a wished-for rate."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.indicators import usable_indicators
from detectors.judge import Test, judge
from detectors.monthly import span
from detectors.statistics.counts import poisson_binomial_tail
from detectors.statistics.digits import is_whole

_LEAST_DENOMINATOR: Final = 100
_MOST_SHARE: Final = 0.99
_NEAR_TARGET: Final = 0.5  # points: figures this near their target are another detector's
_LEAST: Final = 30  # figures
_EXCESS: Final = 0.10  # share of figures
_AT_ONCE: Final = 256  # figures whose distributions stand in memory together


@detector("whole_percentages")
def whole_percentages(context: Context) -> Result:
    """Whole percentages among figures with denominators of 100 or more, against the exact chance of each (Poisson-binomial).

    ``k ~ Binomial(n, x / n)``; figures within half a point of their target are left out on both sides, also in the null.
    """
    figures = usable_indicators(context).filter("counted")
    if figures.is_empty():
        raise NotApplicable("no_denominator")
    eligible = figures.filter(
        (pl.col("denominator") >= _LEAST_DENOMINATOR) & (pl.col("numerator") <= _MOST_SHARE * pl.col("denominator"))
    )
    at_target = (100 * pl.col("numerator") / pl.col("denominator") - pl.col("target_percent")).abs() <= _NEAR_TARGET
    eligible = eligible.filter(at_target.not_().fill_null(True))
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    for (code,), part in eligible.group_by("area_code", maintain_order=True):
        if part.height < _LEAST:
            reasons[str(code)] = "too_few_figures"
        else:
            tests.append(_test(str(code), part))
    return judge(context, tests, reasons, default="too_few_figures")


def chances(numerators: NDArray[np.int64], denominators: NDArray[np.int64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of a whole percentage of each figure, given that it does not lie within half a point of its target.

    Args:
        numerators, denominators: counts.
        targets: in percent, NaN for none.

    >>> chances(np.array([160]), np.array([200]), np.array([np.nan])).round(3).tolist()
    [0.5]
    """
    parts = [np.empty(0)]
    factorials = special.gammaln(np.arange(int(denominators.max(initial=0)) + 1) + 1.0)
    for start in range(0, numerators.size, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        x, n, target = numerators[some].astype(np.int64), denominators[some].astype(np.int64), targets[some]
        first = np.cumsum(n + 1) - (n + 1)  # all counts 0..n of all figures in one row
        size, of = n.repeat(n + 1), np.arange(n.size).repeat(n + 1)
        k = np.arange(size.size) - first[of]
        p, percent = (x / n)[of], 100 * k / size
        pmf = np.exp(factorials[size] - factorials[k] - factorials[size - k] + special.xlogy(k, p) + special.xlog1py(size - k, -p))
        pmf[np.abs(percent - target[of]) <= _NEAR_TARGET] = 0.0  # no target is NaN, near nothing
        mass = np.add.reduceat(pmf, first)
        whole = np.add.reduceat(np.where(is_whole(percent), pmf, 0.0), first)
        parts.append(np.divide(whole, mass, out=np.zeros(n.size), where=mass > 0))
    return np.clip(np.concatenate(parts), 0.0, 1.0)


def _test(code: str, part: pl.DataFrame) -> Test:
    x, n = part["numerator"].to_numpy(), part["denominator"].to_numpy()
    chance = chances(x, n, part["target_percent"].fill_null(float("nan")).to_numpy().astype(float))
    whole = is_whole(100 * x / n)
    observed, expected = int(whole.sum()), float(chance.sum())
    names = part.filter(pl.Series(whole)).group_by("indicator").len().sort("len", "indicator", descending=[True, False])
    row: dict[str, Any] = {
        "code": "FAB-WHOLE",
        "severity": "medium",
        "period": span(part["year"]),
        "subject": "indicator",
        "observed": observed / part.height,
        "expected": expected / part.height,
        "events": part.height,
        "params": {
            "whole": observed,
            "figures": part.height,
            "expected": expected,
            "indicator": names["indicator"][0] if names.height else "",
        },
    }
    return Test(code, poisson_binomial_tail(observed, chance, mid=True), (observed - expected) / part.height >= _EXCESS, row)
