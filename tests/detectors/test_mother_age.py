import datetime as dt

from detectors.mother_age import mother_age
from tests.detectors.worlds import county, number

WORLD = county(20)
LINE = 5
BORN = WORLD.rows[LINE - 2]["birth_date"]


def with_mother_aged(years: float) -> list[str]:
    mother = BORN - dt.timedelta(days=round(years * 365.25))
    return WORLD.with_changed(LINE, mother_id_number=number(mother, "female", 3)).said(mother_age)["code"].to_list()


def test_ages_no_mother_has() -> None:
    assert with_mother_aged(-0.1) == ["VAL-AGE-BELOW"]
    assert with_mother_aged(11.9) == ["VAL-AGE-BELOW"]
    assert with_mother_aged(56.1) == ["VAL-AGE-ABOVE"]


def test_ages_between_are_never_questioned() -> None:
    assert with_mother_aged(12.1) == with_mother_aged(15) == with_mother_aged(50) == with_mother_aged(55.9) == []


def test_a_number_with_a_wrong_check_digit_proves_no_age() -> None:
    text = number(BORN, "female", 3)
    wrong = text[:17] + ("0" if text[17] != "0" else "1")
    assert WORLD.with_changed(LINE, mother_id_number=wrong).said(mother_age).is_empty()


def test_old_numbers_do_not_tell_the_century() -> None:
    born_2002 = number(dt.date(1902, 3, 3), "female", 3)
    assert WORLD.with_changed(LINE, mother_id_number=born_2002).with_unknown_check_digit(LINE).said(mother_age).is_empty()


def test_the_age_is_not_said() -> None:
    found = WORLD.with_changed(LINE, mother_id_number=number(BORN, "female", 3)).said(mother_age)
    assert found["params"].to_list() == ["{}"]
