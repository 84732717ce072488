"""Girls registered less completely than boys, in the county as a whole."""

import math
from typing import Any, Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector, observations, pack
from detectors.context import Context, NotApplicable
from detectors.units import ALPHA, county_result, years

_EFFECT: Final = 0.01
_SURE: Final = 0.01  # p-value from which it is medium: one county in twenty would be accused at 0.05
_Z: Final = float(norm.ppf(0.975))


@detector("girls_below_boys", needs_counts=True)
def girls_below_boys(context: Context) -> Result:
    """Completeness of boys less that of girls, from protected counts by sex: flagged at p <= 0.05, one-sided, and 1 point.

    The intervals are of the share of these births that the register holds; that an office treats girls otherwise is a claim about
    more than these births, so the chance of each birth, share (1 - share) / births, is added. The error of linkage is common to
    both sexes and cancels, but stays in: the test is on the careful side. Townships have too few births by sex.
    """
    rows = context.estimates.coverage.filter(pl.col("level") == "county_sex")
    if rows.is_empty() or rows["reason"].eq_missing("no_reference").all():
        raise NotApplicable("no_reference")
    by_sex: dict[str, dict[str, Any]] = {row["sex"]: row for row in rows.iter_rows(named=True)}
    boys, girls = by_sex.get("male"), by_sex.get("female")
    if boys is None or girls is None:
        return county_result(context, "not_estimable", "too_few_births")
    for row in (boys, girls):
        if row["completeness"] is None or row["completeness_low"] is None:
            return county_result(context, "not_estimable", row["reason"] or "too_few_births")
    gap = boys["completeness"] - girls["completeness"]
    se = math.hypot(*(error for row in (boys, girls) for error in _errors(row)))
    p_value = float(norm.sf(gap / max(se, 1e-9)))
    if p_value > ALPHA or gap < _EFFECT:
        return county_result(context, "no_flag", q_value=p_value)
    found = {
        "code": "CMP-GIRLS",
        "severity": "medium" if p_value <= _SURE else "low",
        "period": years(context),
        "subject": "area",
        "observed": girls["completeness"],
        "expected": boys["completeness"],
        "low": girls["completeness_low"],
        "high": girls["completeness_high"],
        "p_value": p_value,
        "q_value": p_value,
        "events": girls["registered"],
        "params": pack(
            {
                "boys": boys["completeness"],
                "gap": gap * 100,
                "gap_high": (gap + _Z * se) * 100,
                "gap_low": (gap - _Z * se) * 100,
                "girls": girls["completeness"],
            }
        ),
    }
    return county_result(context, "flag", q_value=p_value, found=observations([found]))


def _errors(row: dict[str, Any]) -> tuple[float, float]:
    """Standard error of the estimate, and of the share of births that chance alone would have registered."""
    share = row["completeness"]
    births = max(row["registered"] / max(share, 1e-9), 1.0)
    return (row["completeness_high"] - row["completeness_low"]) / (2 * _Z), math.sqrt(share * (1 - share) / births)
