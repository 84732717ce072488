"""Population and published birth rate of every unit, for the rates beside the estimates."""

from typing import Final

import polars as pl

RATES: Final = pl.Schema(
    {
        "level": pl.String(),
        "area_code": pl.String(),
        "birth_year": pl.Int64(),
        "sex": pl.String(),
        "person_years": pl.Float64(),
        "published": pl.Float64(),  # births
    }
)


def rates(vital_rates: pl.DataFrame | None, areas: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """Person-years and published births by unit; schema ``RATES``.

    The population of a year is the mean of its two year ends, or its own year end where the one before is not given. A unit
    that lacks a township or a year of the window is left out, since its births could not be set against it.

    Args:
        vital_rates: schema ``VITAL_RATES``, or none.
        areas: townships of the county.
        window: first and last birth year.
    """
    if vital_rates is None or vital_rates.is_empty():
        return pl.DataFrame(schema=RATES)
    usable = vital_rates.filter(pl.col("area_code").is_in(areas["area_code"].to_list()) & (pl.col("population") > 0))
    usable = usable.filter(pl.struct("area_code", "year").is_duplicated().not_())
    before = usable.select("area_code", year=pl.col("year") + 1, before="population")
    cells = (
        usable.join(before, on=["area_code", "year"], how="left")
        .with_columns(person_years=pl.mean_horizontal("population", "before"))
        .select(
            "area_code",
            "person_years",
            birth_year="year",
            published=pl.coalesce(pl.col("birth_rate") * pl.col("person_years") / 1000, pl.col("births").cast(pl.Float64)),
        )
        .filter(pl.col("birth_year").is_between(*window))
    )
    n_years, n_townships = window[1] - window[0] + 1, areas["area_code"].n_unique()
    parts = [cells.with_columns(level=pl.lit("township_year"))]
    for level, by, n_cells in (
        ("township", ["area_code"], n_years),
        ("county_year", ["birth_year"], n_townships),
        ("county", [], n_years * n_townships),
    ):
        keyed = cells.with_columns(level=pl.lit(level))
        grouped = keyed.group_by("level", *by).agg(
            pl.col("person_years").sum(),
            published=pl.when(pl.col("published").null_count() == 0).then(pl.col("published").sum()),
            n_cells=pl.len(),
        )
        parts.append(grouped.filter(pl.col("n_cells") == n_cells).drop("n_cells"))
    full = pl.concat(parts, how="diagonal")
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in RATES.items() if name not in full.columns]
    return full.with_columns(missing).select([pl.col(name).cast(kind) for name, kind in RATES.items()])
