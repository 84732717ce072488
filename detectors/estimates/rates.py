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


_ALIKE: Final = 1.02  # populations of two rows of one township and year closer than this are versions of one figure, not two parts


def one_a_year(vital_rates: pl.DataFrame) -> pl.DataFrame:
    """Published figures with one row per township and year.

    Where a township and the one merged into it are both published, both stand under the successor's code: populations and births
    are added, rates averaged by population. The same row twice counts once. Rows that contradict each other with about the same
    population are versions of one figure; nobody knows which holds, so they are left out.

    Args:
        vital_rates: schema ``VITAL_RATES``; rows without a positive population are left out.
    """
    figures = [
        name for name in ("population", "birth_rate", "death_rate", "natural_increase_rate", "births") if name in vital_rates
    ]
    rows = vital_rates.filter((pl.col("population") > 0) & pl.col("year").is_not_null())
    rows = rows.unique(["area_code", "year", *figures], maintain_order=True)
    parts = pl.len().over("area_code", "year")
    biggest, smallest = (getattr(pl.col("population"), end)().over("area_code", "year") for end in ("max", "min"))
    rows = rows.filter((parts == 1) | ((parts == 2) & (biggest >= _ALIKE * smallest)) | ((parts > 2) & (biggest > smallest)))
    weight = pl.col("population")
    complete = {name: pl.col(name).null_count() == 0 for name in figures}
    averaged = [
        pl.when(complete[name]).then((pl.col(name) * weight).sum() / weight.sum()).alias(name) for name in figures if "rate" in name
    ]
    added = [pl.when(complete[name]).then(pl.col(name).sum()).alias(name) for name in figures if "rate" not in name]
    return rows.group_by("area_code", "year", maintain_order=True).agg(*averaged, *added).sort("area_code", "year")


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
    usable = one_a_year(vital_rates.filter(pl.col("area_code").is_in(areas["area_code"].to_list())))
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
