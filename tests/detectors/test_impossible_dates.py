import datetime as dt

from detectors.impossible_dates import impossible_dates
from tests.detectors.worlds import county

WORLD = county(60)
LINE = 5


def test_born_after_registration() -> None:
    row = WORLD.rows[LINE - 2]
    found = WORLD.with_changed(LINE, registered_on=row["birth_date"] - dt.timedelta(days=12)).said(impossible_dates)
    assert found.select("code", "severity", "params").row(0) == (
        "VAL-DATE-BEFORE",
        "medium",
        '{"days":12,"first":2018,"last":2025}',
    )


def test_after_the_end_of_the_extract() -> None:
    assert WORLD.with_changed(LINE, birth_date=dt.date(2027, 1, 1)).said(impossible_dates)["code"].to_list() == ["VAL-DATE-FUTURE"]
    assert WORLD.with_changed(LINE, registered_on=dt.date(2031, 1, 1)).said(impossible_dates)["code"].to_list() == [
        "VAL-DATE-REGISTERED"
    ]


def test_outside_the_window_is_low() -> None:
    found = WORLD.with_changed(LINE, birth_date=dt.date(2016, 12, 31)).said(impossible_dates)
    assert found.select("code", "severity").row(0) == ("VAL-DATE-WINDOW", "low")


def test_an_extract_of_other_years_is_one_finding_a_township() -> None:
    world = WORLD.with_all(birth_date=lambda row: dt.date(2015, 5, 5) if row["township"] == "东华镇" else row["birth_date"])
    found = world.said(impossible_dates)
    assert found.select("code", "subject", "township").rows() == [("VAL-DATE-YEARS", "area", "东华镇")]
    assert found["row_refs"].to_list() == [[]]


def test_honest_county() -> None:
    assert WORLD.said(impossible_dates).is_empty()
    assert set(WORLD.outcomes(impossible_dates).values()) == {("no_flag", None)}
