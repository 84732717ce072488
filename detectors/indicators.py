"""Indicators as detectors need them: one figure per township, village, year and indicator, as a numerator and a denominator."""

import polars as pl

from detectors.context import Context, NotApplicable, once


@once
def usable_indicators(context: Context) -> pl.DataFrame:
    """Figures of the county's townships with 0 <= numerator <= denominator and 0 < denominator.

    A figure given twice counts once, the last in the file. Where a table has only percentages they stand as numerators over 1,000:
    one decimal, which is how they are published; ``counted`` says which it is.

    Raises:
        NotApplicable: no indicators.
    """
    codes = context.areas["area_code"].to_list()
    figures = context.require("indicators").filter(pl.col("area_code").is_in(codes) & pl.col("year").is_not_null())
    if figures.is_empty():
        raise NotApplicable("no_indicators")
    figures = figures.sort("line").unique(["area_code", "village", "year", "indicator"], keep="last", maintain_order=True)
    counted = (pl.col("denominator") > 0) & pl.col("numerator").is_between(0, pl.col("denominator"))
    bare = pl.col("denominator").is_null() & pl.col("reported_percent").is_between(0, 100)
    return figures.with_columns(counted=counted.fill_null(False), bare=bare.fill_null(False)).filter(
        pl.col("counted") | pl.col("bare")
    ).with_columns(
        numerator=pl.when("counted").then("numerator").otherwise((10 * pl.col("reported_percent")).round().cast(pl.Int64)),
        denominator=pl.when("counted").then("denominator").otherwise(1000),
    ).drop("bare")  # fmt: skip
