"""Distinct births in the audited register, from that register alone: the exact counts beside every estimate."""

from typing import Final

import polars as pl

REGISTERED: Final = pl.Schema(
    {
        "county": pl.String(),
        "level": pl.String(),
        "area_code": pl.String(),  # null above township
        "birth_year": pl.Int64(),
        "sex": pl.String(),
        "registered": pl.Int64(),
        "with_id": pl.Int64(),  # of them: with an identity number in the row that stands for the birth
    }
)


def births_of(audited: pl.DataFrame, areas: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """One row per birth: ``county``, ``area_code``, ``birth_year``, ``sex``, ``has_id``, by its earliest registration.

    Rows whose township or date of birth cannot be read, and births outside the window or the areas, are left out.

    Args:
        audited: rows with ``birth``.
        areas: townships, schema ``AREAS``.
        window: first and last birth year.
    """
    inside = pl.col("birth_date").dt.year().is_between(*window) & pl.col("area_code").is_in(areas["area_code"].to_list())
    rows = audited.lazy().filter(inside.fill_null(False)).select(
        "birth",
        "registered_on",
        "record_id",
        "county",
        "area_code",
        birth_year=pl.col("birth_date").dt.year().cast(pl.Int64),
        sex="sex",
        has_id=pl.col("id_number").is_not_null(),
    )  # fmt: skip
    return first_rows(rows.collect(), "registered_on", "record_id").drop("birth", "registered_on", "record_id")


def first_rows(rows: pl.DataFrame, *order: str) -> pl.DataFrame:
    """The first row of each birth by the columns of ``order``, nulls last; births come in no order.

    Most births have one row: only the others are sorted.
    """
    again = rows["birth"].is_duplicated()
    several = rows.filter(again).sort(order, nulls_last=True).unique("birth", keep="first", maintain_order=True)
    return pl.concat([rows.filter(~again), several])


def registered(audited: pl.DataFrame, areas: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """Distinct registered births on every level of ``coverage``, cells without births included; schema ``REGISTERED``.

    Args:
        audited: rows with ``birth``, as ``same_birth`` numbers them.
        areas: townships of one or more counties, schema ``AREAS``.
        window: first and last birth year.
    """
    births = births_of(audited, areas, window)
    townships = areas.select("county", "area_code").unique(maintain_order=True)
    counties = townships.select("county").unique(maintain_order=True)
    years = pl.DataFrame({"birth_year": range(window[0], window[1] + 1)}, schema={"birth_year": pl.Int64})
    sexes = pl.DataFrame({"sex": ["female", "male"]})
    grids = {
        "county": counties,
        "county_year": counties.join(years, how="cross"),
        "county_sex": counties.join(sexes, how="cross"),
        "township": townships,
        "township_year": townships.join(years, how="cross"),
    }
    return pl.concat([_level(births, name, grid) for name, grid in grids.items()])


def _level(births: pl.DataFrame, level: str, grid: pl.DataFrame) -> pl.DataFrame:
    counted = births.group_by(grid.columns).agg(registered=pl.len(), with_id=pl.col("has_id").sum())
    full = grid.join(counted, on=grid.columns, how="left", maintain_order="left")
    full = full.with_columns(pl.col("registered", "with_id").fill_null(0), level=pl.lit(level))
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in REGISTERED.items() if name not in full.columns]
    return full.with_columns(missing).select([pl.col(name).cast(kind) for name, kind in REGISTERED.items()])
