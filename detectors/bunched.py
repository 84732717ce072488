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

_WIDTH: Final = 3.0  # percentage points on each side
_LEAST: Final = 20  # figures in the inner window
_EXCESS: Final = 0.12
_HIGHEST: Final = 97.0  # a target so near 100 leaves no window above it


@detector("bunched")
def bunched(context: Context) -> Result:
    """Share of figures within 3 points of the target that meet it, against the slope of the figures 3 to 6 points away.

    All indicators of a township together. A township that works towards its targets has a slope, and is judged by it.
    """
    figures = usable_indicators(context).filter(pl.col("target_percent") + _WIDTH <= 100)
    if figures.filter(pl.col("target_percent").is_not_null()).is_empty():
        raise NotApplicable("no_target")
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    for (code,), part in figures.group_by("area_code", maintain_order=True):
        found = bunching(part["numerator"].to_numpy(), part["denominator"].to_numpy(), part["target_percent"].to_numpy(), _WIDTH)
        if found is None or found.inside < _LEAST:
            reasons[str(code)] = "too_few_figures"
        else:
            tests.append(Test(str(code), found.p_value, found.excess >= _EXCESS, _row(part, found)))
    return judge(context, tests, reasons, default="no_target")


def _row(part: pl.DataFrame, found: Bunching) -> dict[str, Any]:
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
        },
    }
