"""Published figures by township and year: merged townships, rows twice, versions of one figure."""

import polars as pl
import pytest

from detectors.estimates.rates import one_a_year, rates
from detectors.rate_gap import rate_gap
from tests.detectors.offices import YEARS, Offices, counts, vital_rates


def figures(*rows):
    return vital_rates([{"area": 0, "year": 2020, **row} for row in rows])


def test_a_township_and_the_one_merged_into_it_are_added() -> None:
    table = figures({"population": 9000, "birth_rate": 10.0, "births": 90}, {"population": 3000, "birth_rate": 6.0, "births": 18})
    (row,) = one_a_year(table).iter_rows(named=True)
    assert (row["population"], row["birth_rate"], row["births"]) == (12000, pytest.approx(9.0), 108)


def test_the_same_row_twice_counts_once_and_versions_are_left_out() -> None:
    row = {"population": 9000, "birth_rate": 10.0}
    assert one_a_year(figures(row, row))["population"].to_list() == [9000]
    assert one_a_year(figures(row, {"population": 9010, "birth_rate": 8.0})).is_empty()
    assert one_a_year(figures({"population": 0, "birth_rate": 1.0})).is_empty()


def test_a_part_without_a_rate_leaves_the_whole_without() -> None:
    (row,) = one_a_year(figures({"population": 9000, "birth_rate": 10.0}, {"population": 3000})).iter_rows(named=True)
    assert row["birth_rate"] is None
    assert row["population"] == 12000


def test_rate_gap_of_a_merged_township_is_estimated() -> None:
    _, estimates = counts(dict.fromkeys(range(3), 0.0), 100)
    rows = [{"area": area, "year": year, "population": 8000, "birth_rate": 12.5} for area in (1, 2) for year in YEARS]
    for year in YEARS:
        before = [{"population": 6000, "birth_rate": 12.5}, {"population": 2000, "birth_rate": 12.5}]
        now = [{"population": 8000, "birth_rate": 12.5}]
        rows += [{"area": 0, "year": year, **part} for part in (before if year < 2022 else now)]
    context = Offices(townships=3).context(vital_rates=vital_rates(rows), estimates=estimates)
    cells = rates(context.vital_rates, context.areas, context.window)
    assert cells.filter(pl.col("level") == "township")["published"].to_list() == [pytest.approx(800.0)] * 3
    assert set(rate_gap(context).outcomes["outcome"]) == {"no_flag"}


def test_three_rows_of_different_size_are_parts_and_of_one_size_versions() -> None:
    parts = [{"population": size, "birth_rate": 10.0, "births": size // 100} for size in (9000, 3000, 2000)]
    assert one_a_year(figures(*parts))["population"].to_list() == [14000]
    versions = [{"population": 9000, "birth_rate": rate} for rate in (8.0, 9.0, 10.0)]
    assert one_a_year(figures(*versions)).is_empty()


def test_figures_come_by_township_and_year() -> None:
    rows = [{"area": area, "year": year, "population": 5000, "birth_rate": 9.0} for area in (1, 0) for year in (2021, 2020)]
    table = one_a_year(vital_rates(rows))
    assert list(zip(table["area_code"], table["year"], strict=True)) == sorted(zip(table["area_code"], table["year"], strict=True))


def test_a_sum_lacks_a_published_figure_where_one_of_its_cells_does() -> None:
    context = Offices(townships=3).context()
    rows = [{"area": area, "year": year, "population": 5000, "birth_rate": 9.0} for area in range(3) for year in YEARS]
    rows[0]["birth_rate"] = None
    told = rates(vital_rates(rows), context.areas, context.window)
    assert told.filter(pl.col("level") == "county")["published"].to_list() == [None]
    assert told.filter(pl.col("level") == "township").sort("area_code")["published"].is_null().to_list() == [True, False, False]
