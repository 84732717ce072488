import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from detectors.estimates.timeliness import GRID, first_registrations, timeliness
from expectations.frames import polars_schema
from tests.detectors.worlds import World, county

WORLD = county(300)


def table(world: World, days: int = 60) -> pl.DataFrame:
    return timeliness(world.audited, world.areas, world.window, days, world.reference_date)


def test_a_row_for_every_township_and_year() -> None:
    frame = table(WORLD)
    assert frame.schema == polars_schema("timeliness")
    assert frame.height == 3 * 8
    assert frame["registered"].sum() == 900


def test_shares_of_an_old_cohort_are_plain_shares() -> None:
    row = table(WORLD).filter(township="东华镇", birth_year=2019).row(0, named=True)
    born = [row for row in WORLD.rows if row["township"] == "东华镇" and row["birth_date"].year == 2019]
    within = sum((row["registered_on"] - row["birth_date"]).days <= 30 for row in born) / len(born)
    assert row["within_30"] == pytest.approx(within)
    assert row["ultimate"] == pytest.approx(len(born))


def test_censored_shares_are_null_and_the_curve_never_falls() -> None:
    cut = replace(WORLD, reference_date=dt.date(2026, 2, 15))
    cut = replace(cut, rows=tuple(row for row in cut.rows if row["registered_on"] <= dt.date(2026, 2, 15)))
    frame = table(cut)
    last = frame.filter(township="东华镇", birth_year=2025).row(0, named=True)
    assert last["within_30"] is not None
    assert last["within_target"] is last["within_1y"] is last["within_5y"] is None
    assert last["ultimate_low"] <= last["ultimate"] <= last["ultimate_high"]
    assert last["ultimate"] > last["registered"]
    for cdf in frame["cdf"].to_list():
        assert len(cdf) == len(GRID)
        known = [value for value in cdf if value is not None]
        assert known == sorted(known)
        assert all(0 <= value <= 1 + 1e-9 for value in known)
        assert cdf[len(known) :] == [None] * (len(GRID) - len(known))


def test_one_row_per_birth_by_its_first_registration() -> None:
    world = WORLD.with_copy(5, registered_on=dt.date(2026, 6, 30))
    births = first_registrations(world.audited, world.window)
    assert births.height == 900
    assert (births["registered_on"] == dt.date(2026, 6, 30)).sum() == 0


def test_no_dates_of_registration_leaves_the_counts() -> None:
    frame = table(WORLD.with_all(registered_on=None))
    assert frame["registered"].sum() == 900
    assert frame["ultimate"].null_count() == frame.height


def test_no_births() -> None:
    frame = table(WORLD.without_rows())
    assert frame["registered"].sum() == 0
    assert frame["within_30"].null_count() == 24
