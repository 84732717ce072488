"""Births as others count them, beside the estimate: the bureau's published rates, and totals from hospitals, clinics or schools."""

from typing import Final

import polars as pl

TOWNSHIP_LIMIT: Final = 0.05  # |births by the witness / births estimated - 1| above which they disagree (METHODS S)
COUNTY_LIMIT: Final = 0.015
FEWEST: Final = 100  # births below which chance alone exceeds the limit

WITNESSES: Final = pl.Schema(
    {
        "level": pl.String(),
        "area_code": pl.String(),
        "birth_year": pl.Int64(),
        "witness": pl.String(),  # bureau, or the name of a series of totals
        "births_witness": pl.Float64(),
        "births": pl.Float64(),
        "births_low": pl.Float64(),
        "births_high": pl.Float64(),
        "ratio": pl.Float64(),
        "disagrees": pl.Boolean(),
    }
)


def witnesses(coverage: pl.DataFrame, units: pl.DataFrame, totals: pl.DataFrame | None) -> pl.DataFrame:
    """Births by every witness beside the estimate, per township and county, all years together; schema ``WITNESSES``.

    ``disagrees`` where they are further apart than the limit and the witness lies outside the estimate's interval, allowing two
    standard deviations for the witness's own chance. Null where there is no estimate. A witness that lacks a year or a township
    of the window is left out.

    Args:
        coverage: the estimates, schema ``coverage``.
        units: ``level``, ``area_code`` and ``published`` births by the bureau.
        totals: schema ``TOTALS``, or none.
    """
    pooled = coverage.filter(pl.col("level").is_in(["county", "township"])).select(
        "level", "area_code", "birth_year", "births", "births_low", "births_high"
    )
    told = [_by_bureau(units), *_by_totals(totals, units)]
    seen = pl.concat(told).join(pooled, on=["level", "area_code"], how="inner", nulls_equal=True, maintain_order="left")
    ratio = pl.when(pl.col("births") > 0).then(pl.col("births_witness") / pl.col("births"))
    limit = pl.when(pl.col("level") == "county").then(COUNTY_LIMIT).otherwise(TOWNSHIP_LIMIT)
    chance = 2 * pl.col("births_witness").sqrt()
    apart = (pl.col("births_witness") + chance < pl.col("births_low")) | (pl.col("births_witness") - chance > pl.col("births_high"))
    seen = seen.with_columns(ratio=ratio)
    seen = seen.with_columns(disagrees=((pl.col("ratio") - 1).abs() > limit) & apart & (pl.col("births") >= FEWEST))
    return seen.select([pl.col(name).cast(kind) for name, kind in WITNESSES.items()])


def _by_bureau(units: pl.DataFrame) -> pl.DataFrame:
    pooled = units.filter(pl.col("level").is_in(["county", "township"]) & pl.col("published").is_not_null())
    return pooled.select("level", "area_code", witness=pl.lit("bureau"), births_witness=pl.col("published").cast(pl.Float64))


def _by_totals(totals: pl.DataFrame | None, units: pl.DataFrame) -> list[pl.DataFrame]:
    if totals is None or totals.is_empty():
        return []
    cells = units.filter(pl.col("level") == "township_year").select("area_code", year="birth_year")
    counted = totals.filter(pl.col("count").is_not_null()).unique(["area_code", "year", "series"], keep="none")
    counted = counted.join(cells, on=["area_code", "year"], how="semi")
    n_years, n_townships = cells["year"].n_unique(), cells["area_code"].n_unique()
    out = []
    for level, by, needed in (("township", ["area_code"], n_years), ("county", [], n_years * n_townships)):
        summed = counted.group_by("series", *by).agg(births_witness=pl.col("count").sum().cast(pl.Float64), n=pl.len())
        summed = summed.filter(pl.col("n") == needed).sort("series", *by)
        area = pl.col("area_code") if by else pl.lit(None, dtype=pl.String)
        out.append(summed.select(level=pl.lit(level), area_code=area, witness="series", births_witness="births_witness"))
    return out
