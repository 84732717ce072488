import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from detectors.estimates.timeliness import GRID, OWN_CURVE, _year, delay_curves, first_registrations, timeliness
from detectors.statistics.delay import DelayCurve
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
    assert last["ultimate_low"] < last["ultimate"] < last["ultimate_high"]
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


def test_the_days_of_the_curve_are_part_of_the_artefact() -> None:
    assert GRID == (0, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1460, 1825, 2555)
    for row in table(WORLD).iter_rows(named=True):
        assert row["delay_days"] == list(GRID)
        for name, days in (("within_30", 30), ("within_1y", 365), ("within_5y", 1825)):
            assert row[name] == row["cdf"][GRID.index(days)]


def test_a_township_of_a_hundred_births_has_its_own_curve_and_a_smaller_one_the_countys() -> None:
    early = pl.DataFrame({"area_code": "1", "birth_date": dt.date(2018, 5, 5), "registered_on": [dt.date(2018, 5, 15)] * OWN_CURVE})
    late = pl.DataFrame({"area_code": "2", "birth_date": dt.date(2018, 5, 5), "registered_on": [dt.date(2018, 7, 4)] * 99})
    births = pl.concat([early, late]).with_columns(birth_year=pl.lit(2018, pl.Int64))
    curves = delay_curves(births, dt.date(2026, 1, 1))
    share = {area: round(float(curve.at(np.array(30))[0]), 3) for area, curve in curves.items()}
    assert share == {None: round(100 / 199, 3), "1": 1.0, "2": round(100 / 199, 3)}


@pytest.mark.parametrize(("year", "days"), [(2023, 365), (2024, 366)])
def test_a_cohort_is_as_long_as_its_year(year, days) -> None:
    asked = []

    class Curve(DelayCurve):
        def at(self, ages):
            asked.append(ages)
            return super().at(ages)

    flat = Curve(cdf=np.ones(10), variance=np.zeros(10), horizon=9, n=50)
    _year(year, 40, np.full(40, 3), flat, 1.0, 60, dt.date(2025, 6, 30))
    born_first, born_last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    assert len(asked[0]) == days
    assert asked[0].max() == (dt.date(2025, 6, 30) - born_first).days
    assert asked[0].min() == (dt.date(2025, 6, 30) - born_last).days
