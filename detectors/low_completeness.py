"""Townships whose register surely misses more births than the target allows."""

from typing import Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.rows import params
from detectors.units import ALPHA, area_result, tested, years

_EFFECT: Final = 0.01  # completeness this far below the target, at least
_Z: Final = float(norm.ppf(0.975))


@detector("low_completeness", needs_counts=True)
def low_completeness(context: Context) -> Result:
    """Flags a township whose upper 95 % limit of completeness lies below the target once the number of townships is allowed for.

    p = 2 Phi((completeness - target) / s), with s from the upper half of the interval; q by Benjamini-Hochberg, which for limits
    is the false coverage rate of Benjamini and Yekutieli (2005).
    """
    target = context.targets["completeness"]
    units = context.estimates.coverage.filter(pl.col("level") == "township")
    if units.is_empty() or units["reason"].eq_missing("no_reference").all():
        raise NotApplicable("no_reference")
    units = units.with_columns(s=((pl.col("completeness_high") - pl.col("completeness")) / _Z).clip(1e-6))
    scores = ((units["completeness"] - target) / units["s"]).to_list()
    p_values = [None if score is None else min(1.0, 2 * float(norm.cdf(score))) for score in scores]
    units = tested(units, p_values)
    observed, low, high = pl.col("completeness"), pl.col("completeness_low"), pl.col("completeness_high")
    units = units.with_columns(
        flag=(pl.col("q_value") <= ALPHA) & (observed <= target - _EFFECT),
        code=pl.lit("CMP-LOW"),
        severity=pl.lit("medium"),
        period=pl.lit(years(context)),
        subject=pl.lit("area"),
        observed=observed,
        expected=pl.lit(target),
        low=low,
        high=high,
        events=pl.col("registered"),
        params=params(share=observed, low=low, high=high, target=pl.lit(target), registered=pl.col("registered")),
    )
    return area_result(context, units)
