"""The birth rate that the register implies against the one that was published, and the births the gap stands for."""

from typing import Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector
from detectors.context import Context
from detectors.estimates.rates import rates
from detectors.rows import params
from detectors.units import ALPHA, area_result, registered_by_year, span, tested, unripe_years

_EFFECT, _MEDIUM = 0.05, 0.15
_LEAST: Final = 30  # published births below which a gap says nothing


@detector("rate_gap")
def rate_gap(context: Context) -> Result:
    """Compares registered births with published births, pooled over the years whose registration is as good as finished.

    Published births are the rate times the mean of two year-end populations (``estimates.rates``). Years of birth of which less
    than 90 % can have been registered yet, by the delay curve, are left out: they would look like a gap. The gap is
    registered / published - 1, z = (registered - published) / sqrt(published): a published rate is no surer than its births.
    """
    published = rates(context.require("vital_rates"), context.areas, context.window).filter(pl.col("level") == "township_year")
    published = published.filter(pl.col("published") >= 0).select("area_code", "birth_year", "published", "person_years")
    years = registered_by_year(context).join(unripe_years(context), on=["area_code", "birth_year"], how="anti")
    pooled = (
        published.join(years, on=["area_code", "birth_year"])
        .group_by("area_code")
        .agg(
            pl.col("published", "registered", "person_years").sum(),
            first=pl.col("birth_year").min(),
            last=pl.col("birth_year").max(),
        )
    )
    units = context.areas.select("area_code").join(pooled, on="area_code", how="left", maintain_order="left")
    enough = (pl.col("published") >= _LEAST).fill_null(False)
    units = units.with_columns(gap=pl.col("registered") / pl.col("published") - 1, enough=enough)
    z = ((pl.col("registered") - pl.col("published")) / pl.col("published").sqrt()).abs()
    scores = units.select(pl.when("enough").then(z).cast(pl.Float64).fill_null(float("nan"))).to_series()
    units = tested(units, 2 * norm.sf(scores.to_numpy()))
    implied, stated = (pl.col(name) / pl.col("person_years") * 1000 for name in ("registered", "published"))
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
