"""Natural increase that is not the birth rate less the death rate."""

from typing import Any, Final

import numpy as np
import polars as pl

from detectors.base import Result, by_findings, detector, observations
from detectors.context import Context, NotApplicable
from detectors.statistics.accounting import increase_gap, increase_tolerance, rounding_unit

_MEDIUM: Final = 0.3  # per mille
_PARTS: Final = ("birth_rate", "death_rate", "natural_increase_rate")


@detector("natural_increase")
def natural_increase(context: Context) -> Result:
    """Natural increase against its parts, within what rounding of the three figures allows: arithmetic, no test.

    Where most townships of the county are off the same way the figures follow another definition (deaths of another table), and
    each finding is low.
    """
    rates = context.require("vital_rates").filter(pl.col("area_code").is_in(context.areas["area_code"].to_list()))
    whole = rates.drop_nulls(_PARTS).unique(["area_code", "year", *_PARTS], maintain_order=True)
    if whole.is_empty():
        raise NotApplicable("no_vital_rates")
    unit = rounding_unit(np.concatenate([whole[name].to_numpy() for name in _PARTS]))
    gap = increase_gap(*(whole[name].to_numpy() for name in _PARTS))
    tolerance = increase_tolerance(unit) + 1e-9
    off = whole.with_columns(gap=gap).filter(pl.Series(np.abs(gap) > tolerance))
    common = off.height >= 0.5 * whole.height
    found = [_row(row, tolerance, common) for row in off.unique(["area_code", "year"], maintain_order=True).iter_rows(named=True)]
    lacking = {code: "too_few_figures" for code in context.areas["area_code"] if code not in set(whole["area_code"])}
    return by_findings(context, observations(found), lacking)


def _row(row: dict[str, Any], tolerance: float, common: bool) -> dict[str, Any]:
    parts = row["birth_rate"] - row["death_rate"]
    return {
        "area_code": row["area_code"],
        "code": "RAT-NATURAL",
        "severity": "medium" if abs(row["gap"]) >= _MEDIUM and not common else "low",
        "period": str(row["year"]),
        "subject": "area",
        "observed": row["natural_increase_rate"],
        "expected": parts,
        "low": parts - tolerance,
        "high": parts + tolerance,
        "params": {
            "increase": row["natural_increase_rate"],
            "birth_rate": row["birth_rate"],
            "death_rate": row["death_rate"],
            "parts": parts,
        },
    }
