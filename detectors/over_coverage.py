"""Townships where more registered births are unknown to every reference than the references' own gaps explain."""

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.rows import params
from detectors.units import ALPHA, area_result, tested, years

_EFFECT, _MEDIUM = 0.03, 0.05


@detector("over_coverage", needs_counts=True)
def over_coverage(context: Context) -> Result:
    """Excess of registered births that no reference knows, one-sided against its standard deviation, noise and linkage included.

    Needs two references: with one, its own gaps cannot be told from births that are not there.
    """
    units = context.estimates.coverage.filter(pl.col("level") == "township")
    if units.is_empty() or (units["method"] == "none").all():
        raise NotApplicable("no_reference")
    parts = context.estimates.working.get("coverage_parts")
    if parts is None or (units["method"] == "one_reference").all():
        raise NotApplicable("one_reference")
    parts = parts.filter(pl.col("level") == "township").select("area_code", "excess", "excess_sd")
    units = units.join(parts, on="area_code", how="left", maintain_order="left")
    z = units.select(pl.when(pl.col("over_coverage").is_not_null()).then(pl.col("excess") / pl.col("excess_sd"))).to_series()
    units = tested(units, norm.sf(z.cast(pl.Float64).fill_null(float("nan")).to_numpy()))
    share, low, high = pl.col("over_coverage"), pl.col("over_coverage_low"), pl.col("over_coverage_high")
    units = units.with_columns(
        flag=pl.when(pl.col("p_value").is_not_null()).then((pl.col("q_value") <= ALPHA) & (share >= _EFFECT)),
        code=pl.lit("CMP-OVER"),
        severity=pl.when(share >= _MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        period=pl.lit(years(context)),
        subject=pl.lit("area"),
        observed=share,
        expected=pl.lit(0.0),
        low=low,
        high=high,
        events=pl.col("registered"),
        params=params(share=share, low=low, high=high, registered=pl.col("registered")),
    )
    return area_result(context, units)
