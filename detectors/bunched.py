"""Indicators that come out just at or above their target more often than the figures around lead to expect."""

from typing import Any, Final

import numpy as np
import polars as pl

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.indicators import usable_indicators
from detectors.judge import Test, judge
from detectors.monthly import span
from detectors.statistics.bunching import Bunching, bunching
from detectors.statistics.multiple import cauchy_combination

_WIDTHS: Final = (3.0, 1.5)  # percentage points on each side: the wide window holds more figures, the narrow one more of the heap
_LEAST: Final = 20  # figures in the wide window
_LEAST_NARROW: Final = 15
_EXCESS: Final = 0.12
_DULL: Final = 0.95  # a window that shows nothing must not cancel what the other shows
_HIGHEST: Final = 97.0  # a target so near 100 leaves no window above it


@detector("bunched")
def bunched(context: Context) -> Result:
    """Share of figures within 3 points of the target that meet it, against the slope of the figures 3 to 6 points away.

    The same with half the width; the two p-values, which are dependent, are put together (Cauchy combination). All indicators of a
    township together. A township that works towards its targets has a slope, and is judged by it.
    """
    figures = usable_indicators(context).filter(pl.col("target_percent") + _WIDTHS[0] <= 100)
    if figures.filter(pl.col("target_percent").is_not_null()).is_empty():
        raise NotApplicable("no_target")
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    for (code,), part in figures.group_by("area_code", maintain_order=True):
        k, n, target = (part[name].to_numpy() for name in ("numerator", "denominator", "target_percent"))
        looks = [(width, bunching(k, n, target, width)) for width in _WIDTHS]
        wide = looks[0][1]
        if wide is None or wide.inside < _LEAST:
            reasons[str(code)] = "too_few_figures"
            continue
        found = [(width, one) for width, one in looks if one is not None and (one is wide or one.inside >= _LEAST_NARROW)]
        p_value = cauchy_combination([min(one.p_value, _DULL) for _, one in found])
        width, best = max(found, key=lambda look: (look[1].excess >= _EXCESS, -look[1].p_value))
        tests.append(Test(str(code), p_value, best.excess >= _EXCESS, _row(part, best, width)))
    return judge(context, tests, reasons, default="no_target")


def _row(part: pl.DataFrame, found: Bunching, width: float) -> dict[str, Any]:
    gap = 100 * part["numerator"] / part["denominator"] - part["target_percent"]
    just = part.filter((gap >= -1e-9) & (gap < 1))
    names = just.group_by("indicator").len().sort("len", "indicator", descending=[True, False])
    share = found.expected / found.inside
    spread = 1.96 * float(np.sqrt(share * (1 - share) / found.inside))
    return {
        "code": "FAB-BUNCH",
        "severity": "medium",
        "period": span(part["year"]),
        "subject": "indicator",
        "observed": found.meeting / found.inside,
        "expected": share,
        "low": max(0.0, share - spread),
        "high": min(1.0, share + spread),
        "events": found.inside,
        "params": {
            "meeting": found.meeting,
            "inside": found.inside,
            "share": found.meeting / found.inside,
            "expected": share,
            "indicator": names["indicator"][0] if names.height else "",
            "just": just.height,
            "width": width,
        },
    }
