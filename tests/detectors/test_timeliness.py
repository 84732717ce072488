"""The family timeliness."""

import datetime as dt
from dataclasses import replace

import numpy as np

from detectors.backlog import backlog
from detectors.late_registration import late_registration
from detectors.registration_batches import registration_batches
from tests.detectors.worlds import Row, World, county

TOWNS = ("东华镇", "西岭乡", "南坪乡", "北关镇", "河口乡", "新城镇")
WORLD = county(250, TOWNS)
LARGE = county(800)


def slower(days: float, world: World = WORLD) -> World:
    """In 东华镇 registration takes so many days more, on average."""

    rng = np.random.default_rng(4)

    def value(row: Row) -> dt.date:
        more = int(rng.exponential(days)) if row["township"] == "东华镇" else 0
        registered: dt.date = row["registered_on"] + dt.timedelta(days=more)
        return registered

    return world.with_all(registered_on=value)


def test_an_honest_county_has_no_finding() -> None:
    for detector in (late_registration, backlog, registration_batches):
        assert WORLD.said(detector).is_empty()
        assert set(WORLD.outcomes(detector).values()) == {("no_flag", None)}


def test_late_township() -> None:
    found = slower(90).said(late_registration)
    assert found.select("code", "township", "severity").rows() == [("TIM-LATE", "东华镇", "medium")]
    assert found["observed"][0] > found["expected"][0] + 0.15


def test_an_extract_cut_early_does_not_make_an_office_look_prompt() -> None:
    """The late share from half the years, truncated, is near that of the whole."""
    whole = slower(90)
    rows = tuple(row for row in whole.rows if row["registered_on"] <= dt.date(2022, 1, 1))
    cut = replace(whole, rows=rows, reference_date=dt.date(2022, 1, 1))
    late = [world.said(late_registration)["observed"][0] for world in (whole, cut)]
    assert abs(late[0] - late[1]) < 0.08


def test_births_waiting_past_the_term() -> None:
    slow = slower(300, LARGE)
    rows = tuple(row for row in slow.rows if row["registered_on"] <= dt.date(2025, 12, 31))
    found = replace(slow, rows=rows, reference_date=dt.date(2025, 12, 31)).said(backlog)
    assert found.select("code", "township").rows() == [("TIM-WAIT", "东华镇")]


def in_drives(closing: bool = False) -> World:
    """In 东华镇 most births are registered on four days a year, or all of the last years' on the day the extract closes."""

    def value(row: Row) -> dt.date:
        registered: dt.date = row["registered_on"]
        if row["township"] != "东华镇" or (not closing and row["line"] % 3 == 0):
            return registered
        if closing:
            return dt.date(2026, 6, 30) if row["birth_date"].year >= 2023 else registered
        return dt.date(registered.year + registered.month // 12, registered.month // 3 * 3 % 12 + 3, 15)

    return LARGE.with_all(registered_on=value)


def test_registration_drives_are_low_and_the_closing_day_is_honest() -> None:
    found = in_drives().said(registration_batches)
    assert found.select("code", "township", "severity").rows() == [("TIM-BATCH", "东华镇", "low")]
    assert in_drives(closing=True).said(registration_batches).is_empty()


def test_without_dates_of_registration() -> None:
    world = WORLD.with_all(registered_on=None)
    for detector in (late_registration, backlog, registration_batches):
        assert set(world.outcomes(detector).values()) == {("not_applicable", "no_registration_dates")}


def test_too_few_births_and_no_peers() -> None:
    assert set(county(30).outcomes(late_registration).values()) == {("not_estimable", "too_few_births")}
    assert county(200, ("东华镇",)).outcomes(late_registration) == {"东华镇": ("not_estimable", "no_peers")}
