"""Registered births: distinct, in the window, by the register's own township, year and sex."""

import datetime as dt

import polars as pl

from detectors.estimates.registered import REGISTERED, registered
from detectors.estimates.timeliness import first_registrations

AREAS = pl.DataFrame({"county": ["云川县"] * 2, "area_code": ["1", "2"], "township": ["东华镇", "西岭乡"]})


def rows(*given):
    return pl.DataFrame(
        [
            {"county": "云川县", "record_id": f"R{i}", "registered_on": None, "id_number": None, **row}
            for i, row in enumerate(given)
        ],
        schema_overrides={
            "birth": pl.UInt32,
            "sex": pl.String,
            "registered_on": pl.Date,
            "id_number": pl.String,
            "area_code": pl.String,
        },
    )


def row(birth, area="1", year=2020, sex="male", **more):
    return {"birth": birth, "area_code": area, "birth_date": None if year is None else dt.date(year, 5, 5), "sex": sex, **more}


def count(frame, level, **where):
    own = frame.filter(pl.col("level") == level)
    for name, value in where.items():
        own = own.filter(pl.col(name) == value)
    return own["registered"].sum()


def test_duplicates_count_once_and_the_earliest_registration_says_where():
    frame = rows(
        row(0, "1", 2020, registered_on=dt.date(2020, 9, 1)),
        row(0, "2", 2021, registered_on=dt.date(2020, 6, 1)),
        row(1, "1", 2020, id_number="x"),
    )
    counted = registered(frame, AREAS, (2020, 2021))
    assert counted.schema == REGISTERED
    assert count(counted, "county") == 2
    assert count(counted, "township", area_code="2") == 1
    assert count(counted, "county_year", birth_year=2021) == 1
    assert counted.filter(pl.col("level") == "county")["with_id"].item() == 1


def test_what_cannot_be_placed_is_left_out_but_unknown_sex_stays():
    frame = rows(row(0), row(1, area=None), row(2, year=None), row(3, year=2019), row(4, sex=None), row(5, area="9"))
    counted = registered(frame, AREAS, (2020, 2021))
    assert count(counted, "county") == 2
    assert count(counted, "county_sex") == 1


def test_a_row_outside_the_window_does_not_hide_the_other_row_of_its_birth():
    frame = rows(row(0, year=2019, registered_on=dt.date(2019, 6, 1)), row(0, year=2020, registered_on=dt.date(2020, 6, 1)))
    assert count(registered(frame, AREAS, (2020, 2021)), "county") == 1


def test_empty_cells_are_there_with_nought():
    counted = registered(rows(row(0)), AREAS, (2020, 2022))
    assert counted.filter(pl.col("level") == "township_year").height == 6
    assert counted.filter(pl.col("level") == "county_sex")["registered"].to_list() == [0, 1]
    assert registered(rows(row(0)).clear(), AREAS, (2020, 2022))["registered"].sum() == 0


def test_it_agrees_with_the_births_timeliness_counts():
    frame = rows(*(row(i % 7, str(1 + i % 2), 2020 + i % 3, registered_on=dt.date(2022, 1 + i % 9, 1)) for i in range(40)))
    counted = registered(frame, AREAS, (2020, 2021)).filter(pl.col("level") == "township_year")
    other = first_registrations(frame, (2020, 2021)).group_by("area_code", "birth_year").len()
    both = counted.join(other, on=["area_code", "birth_year"], how="left").fill_null(0)
    assert both["registered"].to_list() == both["len"].to_list()


def test_a_date_of_registration_goes_before_none_and_townships_keep_the_order_of_the_areas():
    frame = rows(row(0, "1"), row(0, "2", registered_on=dt.date(2020, 6, 1)), row(1, "1"))
    counted = registered(frame, AREAS.reverse(), (2020, 2020))
    towns = counted.filter(pl.col("level") == "township")
    assert list(zip(towns["area_code"], towns["registered"], strict=True)) == [("2", 1), ("1", 1)]
