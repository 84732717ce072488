"""How carelessly an office keeps its rows, from the rows alone."""

import datetime as dt

import polars as pl
import pytest

from detectors.estimates.slips import slip_weights, wrong_dates
from tests.detectors.offices import person, register

DAY = dt.date(2020, 1, 1)


def office(area, checks, wrong, **changes):
    return [person(area, DAY, id_valid=at >= wrong, id_date=DAY, **changes) for at in range(checks)]


def test_weights_go_with_the_square_of_slips_and_average_to_one_over_births():
    weights = slip_weights(register(office(0, 300, 15) + office(1, 300, 30) + office(2, 600, 30)))
    assert (weights["weight"] * pl.Series([300, 300, 600])).sum() == pytest.approx(1200)
    assert weights["weight"][1] / weights["weight"][0] == pytest.approx(4, rel=0.15)


def test_dates_against_right_numbers_and_mothers_numbers_count():
    plain = office(0, 200, 2)
    late = [row | {"id_date": DAY + dt.timedelta(days=30) if at % 5 == 0 else DAY} for at, row in enumerate(office(1, 200, 2))]
    mothers = [row | {"mother_id_valid": at % 5 != 0} for at, row in enumerate(office(2, 200, 2))]
    slips = slip_weights(register(plain + late + mothers))["slips"]
    assert slips[1] > 5 * slips[0]
    assert slips[2] > 5 * slips[0]


@pytest.mark.parametrize("rows", [[], [person(0, DAY)], office(0, 10, 10), office(0, 100, 100), office(0, 100, 0)])
def test_few_or_no_checks_and_nothing_but_slips(rows):
    weights = slip_weights(register(rows))["weight"]
    assert weights.is_finite().all()
    assert weights.to_list() == [pytest.approx(1.0)] * weights.len()


def test_wrong_dates_beyond_the_median_office():
    far = DAY + dt.timedelta(days=30)
    careless = [row | {"id_date": far if at % 4 == 0 else DAY} for at, row in enumerate(office(2, 200, 0))]
    found = wrong_dates(register(office(0, 200, 0) + office(1, 200, 0) + careless + office(3, 10, 0)))
    assert found == {"690100000": 0.0, "690100001": 0.0, "690100002": 0.25}
    assert wrong_dates(register([])) == {}
