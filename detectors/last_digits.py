"""Last digits of monthly counts that chance does not make, where counts are large enough to have one."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.base import Result, detector
from detectors.context import Context
from detectors.judge import Test, judge
from detectors.monthly import SERIES, Years, span, unit_years
from detectors.statistics import digits

_LEAST_MEAN: Final = 10.0
_LEAST: Final = 80  # figures
_EFFECT: Final = 0.12  # share of figures that would have to end otherwise, beyond what chance alone makes
_Figures = tuple[NDArray[np.int64], NDArray[np.float64], list[int]]  # counts, the means of their years, years
_NONE: Final[_Figures] = (np.zeros(0, int), np.zeros(0), [])


@detector("last_digits")
def last_digits(context: Context) -> Result:
    """Chi-square of last digits against those of Poisson counts with the means of their years; villages, else whole townships.

    Means under 10 are left out: their digits are those of the mean. Even at 20 they are not uniform, hence the Poisson null.
    """
    tests: list[Test] = []
    for series in SERIES:
        tables = [_large(unit_years(context, series, rows)).by_township() for rows in ("villages", "townships")]
        for code in context.areas["area_code"]:
            figures = [_figures(table[code]) for table in tables if code in table]
            counts, means, years = max(figures, key=lambda part: part[0].size, default=_NONE)
            if counts.size >= _LEAST:
                tests.append(_test(code, series, counts, means, years))
    return judge(context, tests, default="too_few_figures")


def _large(years: Years) -> Years:
    """Unit-years whose months are large enough."""
    return years.where(years.totals >= _LEAST_MEAN * np.maximum(years.months, 1))


def _figures(own: Years) -> _Figures:
    there = ~np.isnan(own.counts)
    mean = np.broadcast_to((own.totals / np.maximum(own.months, 1))[:, None], there.shape)
    return own.counts[there].astype(np.int64), mean[there], own.keys["year"].to_list()


def _test(code: str, series: str, counts: NDArray[np.int64], means: NDArray[np.float64], years: list[int]) -> Test:
    found = digits.last_digits(counts, digits.last_digit_shares(np.maximum(means, 1.0)))
    by_chance = float(np.sqrt(2 * found.expected / np.pi).sum() / (2 * found.figures))
    top = int(np.argmax(found.observed - found.expected))
    return Test(code, found.p_value, found.effect - by_chance >= _EFFECT, _row(series, found, top, years), family=series)


def _row(series: str, found: digits.LastDigits, top: int, years: list[int]) -> dict[str, Any]:
    return {
        "code": f"FAB-DIGIT-{series.upper()}",
        "severity": "medium",
        "period": span(years),
        "subject": "return",
        "key": series,
        "observed": float(found.observed[top]) / found.figures,
        "expected": float(found.expected[top]) / found.figures,
        "events": found.figures,
        "params": {
            "figures": found.figures,
            "digit": top,
            "observed": int(found.observed[top]),
            "expected": float(found.expected[top]),
            "moved": found.effect,
        },
    }
