"""Births past the term that must still be waiting for registration, by the office's own delay curve."""

from typing import Final

import numpy as np
import polars as pl
from scipy.special import logit

from detectors.base import Result, detector
from detectors.context import Context, NotEstimable
from detectors.estimates.timeliness import delays_of
from detectors.rows import has, params
from detectors.statistics.delay import DelayCurve, waiting
from detectors.statistics.peers import above, median_share
from detectors.units import ALPHA, area_result, delay_curves, first_registrations, tested, years

_EFFECT, _MEDIUM = 0.05, 0.15
_SOME: Final = 0.002  # a share of none is taken as this
_LEAST: Final = 10.0  # births waiting, below which there is nothing to work off


@detector("backlog")
def backlog(context: Context) -> Result:
    """Births of the last year that are older than the term and not yet registered.

    The sum of (1 - F(age)) / F(age) over those that are, as a share of all births of that age, set against the median
    township (``statistics.peers``). Rests on the register alone: how many will still come, not who.
    """
    has(context, "registered_on", "birth_date")
    days = int(context.targets["timely_days"])
    curves = delay_curves(context)
    if None not in curves:
        raise NotEstimable("too_few_births")
    recent = delays_of(first_registrations(context), context.reference_date).filter(pl.col("age").is_between(days + 1, days + 365))
    units = _townships(context, curves, recent)
    total = pl.col("events") + pl.col("waiting")
    units = units.with_columns(observed=pl.col("waiting") / total, se=pl.col("sd") / total)
    units = _against_median(units)
    excess = pl.col("observed") - pl.col("expected")
    enough = (pl.col("q_value") <= ALPHA) & (excess >= _EFFECT) & (pl.col("waiting") >= _LEAST)
    units = units.with_columns(
        flag=pl.when(pl.col("p_value").is_not_null()).then(enough),
        reason=pl.when(pl.col("events").is_null()).then(pl.lit("too_few_births")).otherwise(pl.lit("no_peers")),
        code=pl.lit("TIM-WAIT"),
        severity=pl.when(excess >= _MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        period=pl.lit(years(context)),
        subject=pl.lit("area"),
        params=params(
            days=pl.lit(days), peers=pl.col("expected"), share=pl.col("observed"), waiting=pl.col("waiting").round().cast(pl.Int64)
        ),
    )
    return area_result(context, units)


def _against_median(units: pl.DataFrame) -> pl.DataFrame:
    """With ``expected``, the median share, and p-values of log odds: the error of a share grows with the share itself."""
    share, se = (units[name].fill_null(np.nan).to_numpy() for name in ("observed", "se"))
    middle = median_share(share)
    log_odds, centre = (logit(np.clip(value, _SOME, 1 - _SOME)) for value in (share, middle))
    p_values = above(log_odds, float(centre), se / np.clip(share * (1 - share), 1e-6, None))
    return tested(units, p_values).with_columns(expected=pl.lit(middle).fill_nan(None))


def _townships(context: Context, curves: dict[str | None, DelayCurve], recent: pl.DataFrame) -> pl.DataFrame:
    """Registered births past the term (``events``), those still to come (``waiting``) and their standard deviation."""
    ages = recent.partition_by("area_code", as_dict=True)
    rows: list[tuple[object, ...]] = []
    for code in context.areas["area_code"]:
        curve, part = curves.get(code), ages.get((code,))
        if curve is None or curve is curves[None] or part is None:
            rows.append((code, None, None, None))
            continue
        to_come, sd = waiting(curve, part["age"].to_numpy())
        rows.append((code, part.height, to_come, max(sd, 0.5)))
    kinds = {"area_code": pl.String, "events": pl.Int64, "waiting": pl.Float64, "sd": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")
