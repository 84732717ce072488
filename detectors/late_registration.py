"""Townships where more births are registered late than elsewhere in the county."""

from typing import Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context, NotEstimable
from detectors.rows import has, params
from detectors.statistics.delay import DelayCurve
from detectors.statistics.peers import above, median_share
from detectors.units import ALPHA, area_result, delay_curves, tested, years

_EFFECT, _MEDIUM = 0.05, 0.15  # share of late births above the median township
_Z: Final = float(norm.ppf(0.975))


@detector("late_registration")
def late_registration(context: Context) -> Result:
    """Compares the share registered later than the target with the county's median township, truncation corrected.

    The share is 1 - F(target days) of the township's delay curve (reverse-time hazard, METHODS F). One-sided, against the spread
    between townships (``statistics.peers``).
    """
    has(context, "registered_on", "birth_date")
    days = int(context.targets["timely_days"])
    curves = delay_curves(context)
    if None not in curves:
        raise NotEstimable("too_few_births")
    units = _townships(context, curves, days)
    middle = median_share(units["observed"].fill_null(float("nan")))
    units = tested(units, above(units["observed"].fill_null(float("nan")), middle, units["se"].fill_null(0.0)))
    units = units.with_columns(expected=pl.lit(middle).fill_nan(None))
    excess, margin = pl.col("observed") - pl.col("expected"), _Z * pl.col("se")
    units = units.with_columns(
        flag=pl.when(pl.col("p_value").is_not_null()).then((pl.col("q_value") <= ALPHA) & (excess >= _EFFECT)),
        reason=pl.when(pl.col("events").is_null()).then(pl.lit("too_few_births")).otherwise(pl.lit("no_peers")),
        code=pl.lit("TIM-LATE"),
        severity=pl.when(excess >= _MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        period=pl.lit(years(context)),
        subject=pl.lit("area"),
        low=(pl.col("observed") - margin).clip(0, 1),
        high=(pl.col("observed") + margin).clip(0, 1),
        params=params(days=pl.lit(days), share=pl.col("observed"), peers=pl.col("expected"), births=pl.col("events")),
    )
    return area_result(context, units)


def _townships(context: Context, curves: dict[str | None, DelayCurve], days: int) -> pl.DataFrame:
    """Share late (``observed``), its standard error and the births of townships that have a curve of their own."""
    rows: list[tuple[object, ...]] = []
    for code in context.areas["area_code"]:
        curve = curves.get(code)
        if curve is None or curve is curves[None]:
            rows.append((code, None, None, None))
            continue
        share, se = curve.share_after(days)
        # A share of 0 or 1 has no spread of its own: that of half a birth stands in.
        rows.append((code, share, max(se, 0.5 / curve.n), curve.n))
    kinds = {"area_code": pl.String, "observed": pl.Float64, "se": pl.Float64, "events": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row")
