"""Exact counts, on their way from linkage into the gate and nowhere else."""

import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Counts = NDArray[np.int64]
SEXES: Final = ("female", "male")


@dataclass(frozen=True)
class ExactTable:
    """One table of exact counts. Its cells are the whole grid, so that its shape says nothing.

    Attributes:
        labels: names of the cells, one row each.
        values: whole numbers by column, one a cell.
    """

    labels: pl.DataFrame
    values: dict[str, Counts]

    def __repr__(self) -> str:
        return f"ExactTable({self.labels.height} cells)"  # never the counts, not even in a traceback


def grid(columns: dict[str, Any], cells: list[tuple[Any, ...]]) -> pl.DataFrame:
    """A frame of labels with these columns and types."""
    return pl.DataFrame(cells, schema=columns, orient="row")


def tabulate(labels: pl.DataFrame, births: pl.DataFrame, values: tuple[str, ...]) -> ExactTable:
    """Sum columns of ``births`` over the cells of ``labels``; births outside every cell are left out."""
    names = labels.columns
    sums = births.group_by(names).agg(pl.col(value).sum().cast(pl.Int64) for value in values)
    filled = labels.join(sums, on=names, how="left", maintain_order="left").with_columns(
        pl.col(value).fill_null(0) for value in values
    )
    return ExactTable(labels, {value: filled[value].to_numpy().astype(np.int64) for value in values})


def tables(
    births: pl.DataFrame, misses: pl.DataFrame, areas: pl.DataFrame, window: tuple[int, int], n_sources: int
) -> dict[str, ExactTable]:
    """All tables the gate wants.

    Args:
        births: one row a birth in a county, a township of it and the window: ``county, area_code, birth_year, sex`` (may be null),
            ``m`` and ``c`` (0 or 1), ``pattern``.
        misses: one row a registered birth: ``county, has_id, expected_misses, expected_false``, each cut to 0 to 1.
        areas: ``county, area_code`` of every township counted.
        window: first and last birth year.
        n_sources: how many sources.
    """
    counties = areas["county"].unique().sort().to_list()
    places = areas.select("county", "area_code").unique().sort("county", "area_code").rows()
    years = range(window[0], window[1] + 1)
    patterns = ["".join(bits) for bits in itertools.product("01", repeat=n_sources) if "1" in bits]
    text, year = pl.String(), pl.Int64()
    county_level: list[tuple[Any, ...]] = [(county,) for county in counties]
    grids = {
        "county": grid({"county": text}, county_level),
        "county_year": grid({"county": text, "birth_year": year}, list(itertools.product(counties, years))),
        "county_sex": grid({"county": text, "sex": text}, list(itertools.product(counties, SEXES))),
        "township": grid({"county": text, "area_code": text}, places),
        "township_year": grid(
            {"county": text, "area_code": text, "birth_year": year}, [(*place, y) for place in places for y in years]
        ),
    }
    exact = {name: tabulate(labels, births, ("m", "c")) for name, labels in grids.items()}
    seen = grid({"county": text, "pattern": text}, list(itertools.product(counties, patterns)))
    exact["patterns"] = tabulate(seen, births.with_columns(count=pl.lit(1, pl.Int64)), ("count",))
    exact["linkage"] = _expectations(counties, misses)
    return exact


def _expectations(counties: list[str], misses: pl.DataFrame) -> ExactTable:
    labels = grid({"county": pl.String(), "has_id": pl.Boolean()}, list(itertools.product(counties, (False, True))))
    columns = ("expected_misses", "expected_false")
    clipped = misses.with_columns(pl.col(column).clip(0, 1) for column in columns)
    sums = clipped.group_by("county", "has_id").agg(pl.col(column).sum().round().cast(pl.Int64) for column in columns)
    filled = labels.join(sums, on=["county", "has_id"], how="left", maintain_order="left")
    return ExactTable(labels, {column: filled[column].fill_null(0).to_numpy().astype(np.int64) for column in columns})
