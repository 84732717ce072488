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
from detectors.statistics.counts import poisson_binomial_tails
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
    parts = {str(code): part for (code,), part in eligible.group_by("area_code", maintain_order=True)}
    reasons = {code: "too_few_figures" for code, part in parts.items() if part.height < _LEAST}
    enough = {code: part for code, part in parts.items() if code not in reasons}
    observed = [int(_whole(part).sum()) for part in enough.values()]
    chance = [_chances(part) for part in enough.values()]
    tails = poisson_binomial_tails(observed, chance, mid=True).tolist()
    tests = [
        _test(code, part, float(own.sum()), tail) for (code, part), own, tail in zip(enough.items(), chance, tails, strict=True)
    ]
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
    share = np.asarray(numerators / denominators, float)
    log, log_not = np.asarray(special.xlogy(1.0, share)), np.asarray(special.xlog1py(1.0, -share))
    for start in range(0, numerators.size, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        n, target = denominators[some].astype(np.int64), targets[some]
        first = np.cumsum(n + 1) - (n + 1)  # all counts 0..n of all figures in one row
        size, of = n.repeat(n + 1), np.arange(n.size).repeat(n + 1)
        k = np.arange(size.size) - first[of]
        percent = 100 * k / size
        pmf = np.exp(
            factorials[size] - factorials[k] - factorials[size - k] + _times(k, log[some][of]) + (size - k) * log_not[some][of]
        )
        pmf[np.abs(percent - target[of]) <= _NEAR_TARGET] = 0.0  # no target is NaN, near nothing
        mass = np.add.reduceat(pmf, first)
        whole = np.add.reduceat(np.where(is_whole(percent), pmf, 0.0), first)
        parts.append(np.divide(whole, mass, out=np.zeros(n.size), where=mass > 0))
    return np.clip(np.concatenate(parts), 0.0, 1.0)


def _times(k: NDArray[np.int64], log: NDArray[np.float64]) -> NDArray[np.float64]:
    """``k log p``, 0 for none of a chance of 0."""
    return np.multiply(k, log, out=np.zeros(k.size), where=k > 0)


def _whole(part: pl.DataFrame) -> NDArray[np.bool_]:
    return is_whole(100 * part["numerator"].to_numpy() / part["denominator"].to_numpy())


def _chances(part: pl.DataFrame) -> NDArray[np.float64]:
    targets = part["target_percent"].fill_null(float("nan")).to_numpy().astype(float)
    return chances(part["numerator"].to_numpy(), part["denominator"].to_numpy(), targets)


def _test(code: str, part: pl.DataFrame, expected: float, tail: float) -> Test:
    whole = _whole(part)
    observed = int(whole.sum())
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
    return Test(code, tail, (observed - expected) / part.height >= _EXCESS, row)
