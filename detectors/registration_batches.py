"""Days on which an office entered many times its usual number of births."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import poisson

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import has, params
from detectors.units import ALPHA, area_result, first_registrations, tested, years

_EFFECT: Final = 0.10  # share of a township's registrations that fall on such days
_TIMES, _LEAST = 5, 8  # a day counts from so many times the usual day, and so many births
_TOWNSHIP: Final = 100  # registrations a township needs
_CLOSING: Final = 7  # last days of the extract, on which every office clears its desk


@detector("registration_batches")
def registration_batches(context: Context) -> Result:
    """Share of registrations on days with at least 8 births and 5 times the usual day.

    The usual day is the mean of the days in use, such days left out. The last week of the extract is not looked
    at. Always low: registration drives look the same (METHODS S).
    """
    has(context, "registered_on")
    births = first_registrations(context).filter(pl.col("registered_on").is_not_null())
    if context.reference_date is not None:
        births = births.filter((pl.lit(context.reference_date) - pl.col("registered_on")).dt.total_days() >= _CLOSING)
    days = births.group_by("area_code", "registered_on").agg(n=pl.len().cast(pl.Int64))
    batch = (pl.col("n") >= _LEAST) & (pl.col("n") >= _TIMES * pl.col("usual"))
    days = days.with_columns(usual=_usual(days)).with_columns(batch=batch)
    units = days.group_by("area_code").agg(
        events=pl.col("n").sum(),
        in_batches=pl.col("n").filter("batch").sum(),
        batches=pl.col("batch").sum().cast(pl.Int64),
        largest=pl.col("n").max(),
        usual=pl.col("usual").first(),
        days=pl.len(),
    )
    units = context.areas.select("area_code").join(units, on="area_code", how="left", maintain_order="left")
    units = tested(units, _chance(units))
    share = pl.col("in_batches") / pl.col("events")
    units = units.with_columns(
        flag=pl.when(pl.col("p_value").is_not_null()).then((pl.col("q_value") <= ALPHA) & (share >= _EFFECT)),
        reason=pl.lit("too_few_births"),
        code=pl.lit("TIM-BATCH"),
        severity=pl.lit("low"),
        period=pl.lit(years(context)),
        subject=pl.lit("area"),
        observed=share,
        params=params(batches=pl.col("batches"), largest=pl.col("largest"), share=share, usual=pl.col("usual")),
    )
    return area_result(context, units)


def _usual(days: pl.DataFrame) -> pl.Series:
    """Mean births of a day in use in the same township, days of 5 times its median day and more left out."""
    cut = pl.max_horizontal(pl.col("n").median().over("area_code") * _TIMES, pl.lit(_LEAST))
    return days.select(pl.when(pl.col("n") < cut).then(pl.col("n")).mean().over("area_code").fill_null(1.0)).to_series()


def _chance(units: pl.DataFrame) -> NDArray[np.float64]:
    """That the largest day comes about by chance: Poisson around the usual day, over all days in use (Sidak)."""
    figures = units.select(pl.col("largest", "usual", "days").cast(pl.Float64).fill_null(np.nan))
    largest, usual, days = (figures[name].to_numpy() for name in figures.columns)
    enough = (units["events"].fill_null(0) >= _TOWNSHIP).to_numpy()
    chance = -np.expm1(days * np.log1p(-np.minimum(poisson.sf(largest - 1, usual), 1 - 1e-16)))
    return np.where(enough, chance, np.nan)
