"""What detectors of townships share: q-values, and observations and outcomes from one row per township."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.base import OBSERVATION, OUTCOME, Result, observations, uniform
from detectors.context import Context, once
from detectors.estimates import timeliness
from detectors.estimates.registered import registered
from detectors.statistics.delay import DelayCurve
from detectors.statistics.multiple import benjamini_hochberg

ALPHA: Final = 0.05
RIPE: Final = 0.90


def tested(units: pl.DataFrame, p_values: Sequence[float | None] | NDArray[np.float64]) -> pl.DataFrame:
    """Units with ``p_value`` and ``q_value`` (Benjamini-Hochberg over those that were tested); null, not NaN, where none was.

    >>> tested(pl.DataFrame({"area_code": ["1", "2", "3"]}), [0.01, None, 0.04])["q_value"].to_list()
    [0.02, None, 0.04]
    """
    p = np.array(p_values, dtype=float)
    q, known = np.full(p.shape, np.nan), np.isfinite(p)
    q[known] = benjamini_hochberg(p[known])
    return units.with_columns(
        p_value=pl.Series(p, dtype=pl.Float64).fill_nan(None), q_value=pl.Series(q, dtype=pl.Float64).fill_nan(None)
    )


def area_result(context: Context, units: pl.DataFrame) -> Result:
    """Observations of the flagged townships and an outcome for every one.

    Args:
        context: the county.
        units: ``area_code``, ``flag`` (null: could not be judged), ``reason`` (why not) and columns of ``OBSERVATION``; townships
            that are missing had no birth in the register.
    """
    known = [name for name in units.columns if name in OBSERVATION]
    found = observations(units.filter(pl.col("flag").fill_null(False)).select(known))
    judged = units.select("area_code", "flag", "reason", q_value=pl.col("q_value") if "q_value" in units.columns else pl.lit(None))
    outcomes = context.areas.select("area_code").join(judged, on="area_code", how="left", maintain_order="left")
    outcomes = outcomes.with_columns(
        outcome=pl.when(pl.col("flag"))
        .then(pl.lit("flag"))
        .when(pl.col("flag").not_())
        .then(pl.lit("no_flag"))
        .otherwise(pl.lit("not_estimable")),
        reason=pl.when(pl.col("flag").is_null()).then(pl.col("reason").fill_null("no_births")),
    )
    return Result(found, outcome_frame(outcomes))


def outcomes_of(context: Context, judged: pl.DataFrame, found: pl.DataFrame, lacking: str) -> pl.DataFrame:
    """Outcomes of a detector with several tests per township: flag where one is flagged, and the smallest q-value.

    Args:
        context: the county.
        judged: ``area_code`` and ``q_value`` (null where there was no test), any number of rows per township.
        found: observations.
        lacking: the reason of townships without a test.
    """
    best = judged.group_by("area_code").agg(pl.col("q_value").min())
    joined = context.areas.select("area_code").join(best, on="area_code", how="left", maintain_order="left")
    return settle(joined, found, pl.col("q_value").is_not_null(), lacking)


def settle(units: pl.DataFrame, found: pl.DataFrame, judged: pl.Expr, lacking: str) -> pl.DataFrame:
    """Outcomes in full from one row per unit: flag, no flag where ``judged`` holds, else not estimable with a reason."""
    flagged = pl.col("area_code").is_in(found["area_code"].unique().to_list(), nulls_equal=True)
    outcome = pl.when(flagged).then(pl.lit("flag")).when(judged).then(pl.lit("no_flag")).otherwise(pl.lit("not_estimable"))
    reason = pl.when((flagged | judged).not_()).then(pl.lit(lacking))
    q_value = pl.col("q_value") if "q_value" in units.columns else pl.lit(None)
    return outcome_frame(units.select("area_code", outcome=outcome, reason=reason, q_value=q_value))


def outcome_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame in the columns, order and types of ``OUTCOME``."""
    return frame.cast(OUTCOME).select(OUTCOME.names())


def county_result(
    context: Context, outcome: str, reason: str | None = None, q_value: float | None = None, found: pl.DataFrame | None = None
) -> Result:
    """The outcome of a detector that judges the county as a whole: one row without area code; townships are not applicable."""
    townships = outcome_frame(uniform(context, "not_applicable", "county_only").outcomes)
    whole = pl.DataFrame([(None, outcome, reason, q_value)], schema=OUTCOME, orient="row")
    return Result(observations([]) if found is None else found, pl.concat([townships, whole]))


def registered_by_year(context: Context) -> pl.DataFrame:
    """Distinct births in the register: ``area_code``, ``birth_year``, ``registered``. From the register alone."""
    counted = context.estimates.registered
    if counted.is_empty():
        counted = registered(context.audited, context.areas, context.window)
    return counted.filter(pl.col("level") == "township_year").select("area_code", "birth_year", "registered")


@once
def first_registrations(context: Context) -> pl.DataFrame:
    """One row per birth, of its earliest registration: ``estimates.timeliness.first_registrations`` of the county."""
    return timeliness.first_registrations(context.audited, context.window)


@once
def delay_curves(context: Context) -> dict[str | None, DelayCurve]:
    """The delay curve of each township, the county's under ``None``: ``estimates.timeliness.delay_curves`` of the county."""
    return timeliness.delay_curves(first_registrations(context), context.reference_date)


def unripe_years(context: Context) -> pl.DataFrame:
    """Township-years (``area_code``, ``birth_year``) of whose births less than 90 % can have been registered yet."""
    rows = context.estimates.timeliness
    return rows.filter(pl.col("registered") < RIPE * pl.col("ultimate")).select("area_code", "birth_year")


def span(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Years as the column ``period`` holds them: 2021, or 2018-2025."""
    one, two = first.cast(pl.String), last.cast(pl.String)
    return pl.when(first == last).then(one).otherwise(pl.concat_str(one, pl.lit("-"), two))


def years(context: Context) -> str:
    """The window as ``period`` holds it."""
    first, last = context.window
    return str(first) if first == last else f"{first}-{last}"
