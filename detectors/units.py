"""What detectors of townships share: q-values, and observations and outcomes from one row per township."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from detectors.base import OBSERVATION, OUTCOME, Result, observations
from detectors.context import Context
from detectors.estimates.timeliness import first_registrations

ALPHA: Final = 0.05


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg q-values over the units that were tested; none where there was no test.

    >>> adjusted([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    tested = [place for place, p in enumerate(p_values) if p is not None]
    q_values: list[float | None] = [None] * len(p_values)
    if tested:
        raw = np.array([p_values[place] for place in tested], dtype=float)
        for place, q in zip(tested, false_discovery_control(raw), strict=True):
            q_values[place] = float(q)
    return q_values


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
    return Result(found, outcomes.select(pl.col(name).cast(kind) for name, kind in OUTCOME.items()))


def registered_by_year(context: Context) -> pl.DataFrame:
    """Distinct births in the register: ``area_code``, ``birth_year``, ``registered``. From the register alone."""
    rows = context.estimates.coverage.filter(pl.col("level") == "township_year")
    if not rows.is_empty():
        return rows.select("area_code", "birth_year", "registered")
    births = first_registrations(context.audited, context.window)
    return births.group_by("area_code", "birth_year").agg(registered=pl.len().cast(pl.Int64)).sort("area_code", "birth_year")


def span(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Years as the column ``period`` holds them: 2021, or 2018-2025."""
    one, two = first.cast(pl.String), last.cast(pl.String)
    return pl.when(first == last).then(one).otherwise(pl.concat_str(one, pl.lit("-"), two))
