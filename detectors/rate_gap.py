"""The birth rate that the register implies against the one that was published, and the births the gap stands for."""

from typing import Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import params
from detectors.units import ALPHA, adjusted, area_result, registered_by_year, span

_EFFECT, _MEDIUM, _RIPE = 0.05, 0.10, 0.97
_LEAST: Final = 30  # published births below which a gap says nothing


@detector("rate_gap")
def rate_gap(context: Context) -> Result:
    """Compares registered births with published births, pooled over the years whose registration is as good as finished.

    Published births are the rate times the mean of two year-end populations (the year's own where the year before is not given),
    unless the table gives them. Years of birth of which less than 97 % can have been registered yet, by the delay curve, are left
    out: they would look like a gap. Gap = registered / published - 1, z = (registered - published) / sqrt(published).
    """
    published = published_births(context.require("vital_rates"), context.window)
    years = registered_by_year(context).join(_ripe_years(context), on=["area_code", "birth_year"], how="anti")
    pooled = published.join(years, on=["area_code", "birth_year"]).group_by("area_code").agg(
        pl.col("published", "registered", "population").sum(),
        first=pl.col("birth_year").min(),
        last=pl.col("birth_year").max(),
    )  # fmt: skip
    units = context.areas.select("area_code").join(pooled, on="area_code", how="left", maintain_order="left")
    units = units.with_columns(
        gap=pl.col("registered") / pl.col("published") - 1, enough=(pl.col("published") >= _LEAST).fill_null(False)
    )
    z = ((pl.col("registered") - pl.col("published")) / pl.col("published").sqrt()).abs()
    scores = units.select(pl.when("enough").then(z)).to_series().to_list()
    p_values = [None if score is None else 2 * float(norm.sf(score)) for score in scores]
    units = units.with_columns(
        p_value=pl.Series(p_values, dtype=pl.Float64), q_value=pl.Series(adjusted(p_values), dtype=pl.Float64)
    )
    implied = pl.col("registered") / pl.col("population") * 1000
    stated = pl.col("published") / pl.col("population") * 1000
    units = units.with_columns(
        flag=pl.when("enough").then((pl.col("q_value") <= ALPHA) & (pl.col("gap").abs() >= _EFFECT)),
        reason=pl.when(pl.col("published").is_null()).then(pl.lit("no_population")).otherwise(pl.lit("too_few_births")),
        code=pl.when(pl.col("gap") < 0).then(pl.lit("CMP-RATE-BELOW")).otherwise(pl.lit("CMP-RATE-ABOVE")),
        severity=pl.when(pl.col("gap").abs() >= _MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        period=span(pl.col("first"), pl.col("last")),
        subject=pl.lit("area"),
        observed=implied,
        expected=stated,
        events=pl.col("registered"),
        params=params(
            births=(pl.col("registered") - pl.col("published")).abs().round().cast(pl.Int64),
            gap=pl.col("gap").abs(),
            implied=implied,
            published=stated,
            registered=pl.col("registered"),
        ),
    )
    return area_result(context, units)


def published_births(rates: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """Births as published: ``area_code``, ``birth_year``, ``published`` (births), ``population`` (mean of the year, persons).

    Years without a usable population or rate are left out, and so are townships or years given twice.
    """
    usable = rates.filter(pl.col("area_code").is_not_null() & (pl.col("population") > 0))
    usable = usable.filter(pl.struct("area_code", "year").is_duplicated().not_()).sort("area_code", "year")
    before = usable.select("area_code", year=pl.col("year") + 1, before="population")
    mean = pl.mean_horizontal("population", "before")
    return (
        usable.join(before, on=["area_code", "year"], how="left", maintain_order="left")
        .with_columns(mean=mean)
        .select(
            "area_code",
            birth_year="year",
            published=pl.coalesce(pl.col("births").cast(pl.Float64), pl.col("birth_rate") * pl.col("mean") / 1000),
            population="mean",
        )
        .filter(pl.col("birth_year").is_between(*window) & (pl.col("published") >= 0))
    )


def _ripe_years(context: Context) -> pl.DataFrame:
    """Township-years whose births cannot all have been registered yet."""
    rows = context.estimates.timeliness
    return rows.filter(pl.col("registered") < _RIPE * pl.col("ultimate")).select("area_code", "birth_year")
