"""Townships where more births are registered late than elsewhere in the county."""

from typing import Final

import numpy as np
import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context, NotEstimable
from detectors.estimates.timeliness import delay_curves, first_registrations
from detectors.rows import has, params
from detectors.statistics.delay import DelayCurve
from detectors.units import ALPHA, adjusted, area_result

_EFFECT, _MEDIUM = 0.05, 0.15  # share of late births above the rest of the county
_Z: Final = float(norm.ppf(0.975))


@detector("late_registration")
def late_registration(context: Context) -> Result:
    """Compares the share registered later than the target with that of the other townships together, truncation corrected.

    The share is 1 - F(target days) of the township's delay curve (reverse-time hazard, METHODS F). z is taken against the spread
    between townships too (winsorised overdispersion, never below 1): offices do differ. One-sided.
    """
    has(context, "registered_on", "birth_date")
    days = int(context.targets["timely_days"])
    births = first_registrations(context.audited, context.window)
    curves = delay_curves(births, context.reference_date)
    if None not in curves:
        raise NotEstimable("too_few_births")
    units = _townships(context, curves, days)
    late, se = units["observed"].to_numpy(), units["se"].to_numpy()
    p_values = peer_p_values(late, units["expected"].to_numpy(), se)
    units = units.with_columns(
        p_value=pl.Series(p_values, dtype=pl.Float64), q_value=pl.Series(adjusted(p_values), dtype=pl.Float64)
    )
    excess = pl.col("observed") - pl.col("expected")
    units = units.with_columns(
        flag=pl.when(pl.col("p_value").is_not_null()).then((pl.col("q_value") <= ALPHA) & (excess >= _EFFECT)),
        severity=pl.when(excess >= _MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        low=(pl.col("observed") - _Z * pl.col("se")).clip(0, 1),
        high=(pl.col("observed") + _Z * pl.col("se")).clip(0, 1),
    )
    said = params(days=pl.lit(days), share=pl.col("observed"), peers=pl.col("expected"), births=pl.col("events"))
    return area_result(context, units.with_columns(params=said).drop("se"))


def peer_p_values(shares: np.ndarray, peers: np.ndarray, se: np.ndarray) -> list[float | None]:
    """One-sided p-values of shares above their peers', allowing for the spread that townships have anyway.

    phi is the mean of z^2 with the outer tenths of z drawn in (Spiegelhalter 2005), at least 1; none where a share or se is NaN.
    """
    with np.errstate(invalid="ignore"):
        z = (shares - peers) / se
    known = z[np.isfinite(z)]
    if len(known) == 0:
        return [None] * len(z)
    drawn_in = np.clip(known, *np.quantile(known, [0.1, 0.9]))
    phi = max(1.0, float(np.mean(drawn_in**2)))
    return [float(norm.sf(value / np.sqrt(phi))) if np.isfinite(value) else None for value in z]


def _townships(context: Context, curves: dict[str | None, DelayCurve], days: int) -> pl.DataFrame:
    """Share late (``observed``), its standard error, and the share of all other townships together (``expected``)."""
    own = {code: curve for code, curve in curves.items() if code is not None and curve is not curves[None]}
    sums = {code: curve.n * curve.share_after(days)[0] for code, curve in own.items()}
    n, late = sum(curve.n for curve in own.values()), sum(sums.values())
    rows = []
    for code in context.areas["area_code"]:
        curve = own.get(code)
        reason = "too_few_births" if curve is None else "no_peers" if len(own) < 2 else None
        row: dict[str, object] = {
            "area_code": code,
            "reason": reason,
            "observed": None,
            "se": None,
            "expected": None,
            "events": None,
        }
        if curve is not None and reason is None:
            share, se = curve.share_after(days)
            # A share of 0 or 1 has no spread of its own: that of half a birth stands in.
            floor = 0.5 / curve.n
            row |= {"observed": share, "se": max(se, floor), "expected": (late - sums[code]) / (n - curve.n), "events": curve.n}
        rows.append(row)
    kinds = {"area_code": pl.String, "reason": pl.String, "observed": pl.Float64, "se": pl.Float64, "expected": pl.Float64}
    frame = pl.DataFrame(rows, schema={**kinds, "events": pl.Int64})
    first, last = context.window
    return frame.with_columns(code=pl.lit("TIM-LATE"), subject=pl.lit("area"), period=pl.lit(f"{first}-{last}"))
