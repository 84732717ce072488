"""Births as others count them beside the estimate: when they disagree, and what is left out."""

import polars as pl
import pytest

from detectors.estimates.witnesses import witnesses
from expectations.frames import empty
from expectations.tables import TOTALS


def told(births, published, level="township", low=None, high=None, totals=None):
    area = None if level == "county" else "1"
    row = {"level": level, "area_code": area, "births": births, "births_low": low or births - 1, "births_high": high or births + 1}
    coverage = pl.concat(
        [empty("coverage"), pl.DataFrame([row], schema_overrides={"area_code": pl.String})], how="diagonal_relaxed"
    )
    units = [{"level": level, "area_code": area, "birth_year": None, "published": published}]
    units += [{"level": "township_year", "area_code": "1", "birth_year": year, "published": None} for year in (2020, 2021)]
    kinds = {"level": pl.String, "area_code": pl.String, "birth_year": pl.Int64, "published": pl.Float64}
    return witnesses(coverage, pl.DataFrame(units, schema=kinds), totals)


@pytest.mark.parametrize(
    ("births", "published", "level", "disagrees"),
    [
        (10_000.0, 10_600.0, "township", True),
        (10_000.0, 9_400.0, "township", True),
        (10_000.0, 10_400.0, "township", False),  # within the limit of 5 %
        (10_000.0, 10_400.0, "county", True),  # of 1.5 %
        (100.0, 160.0, "township", True),
        (99.0, 160.0, "township", False),  # too few births
        (200.0, 215.0, "township", False),  # within two standard deviations of its own chance
    ],
)
def test_a_witness_disagrees_beyond_limit_interval_and_chance(births, published, level, disagrees):
    row = told(births, published, level).row(0, named=True)
    assert (row["witness"], row["disagrees"]) == ("bureau", disagrees)
    assert row["ratio"] == pytest.approx(published / births)


def test_a_total_given_twice_or_for_some_years_only_is_left_out():
    cells = [("hospital", 2020, 60), ("hospital", 2021, 50), ("clinic", 2020, 60), ("school", 2020, 9), ("school", 2020, 8)]
    cells += [("vaccine", 2021, 41), ("vaccine", 2020, 40)]
    totals = pl.DataFrame(
        [{"area_code": "1", "series": series, "year": year, "count": n} for series, year, n in cells], schema_overrides={}
    )
    totals = pl.concat([pl.DataFrame(schema=TOTALS), totals], how="diagonal_relaxed")
    found = told(100.0, None, totals=totals)
    assert list(zip(found["witness"], found["births_witness"], strict=True)) == [("hospital", 110.0), ("vaccine", 81.0)]
