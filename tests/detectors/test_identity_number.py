import datetime as dt

from detectors.identity_number import identity_number
from detectors.stamp import stamp
from tests.detectors.worlds import county, number

WORLD = county(20)
LINE = 5
ROW = WORLD.rows[LINE - 2]


def codes(**changed: object) -> list[str]:
    return WORLD.with_changed(LINE, **changed).said(identity_number)["code"].to_list()


def test_an_honest_county_has_no_finding() -> None:
    assert WORLD.said(identity_number).is_empty()


def test_wrong_check_digit_names_its_row_once_whatever_else_is_wrong() -> None:
    text = ROW["id_number"]
    wrong = text[:17] + ("0" if text[17] != "0" else "1")
    found = WORLD.with_changed(LINE, id_number=wrong, birth_date=dt.date(2019, 9, 9)).said(identity_number)
    assert found["code"].to_list() == ["VAL-ID-CHECK"]
    assert found["row_lines"].to_list() == [[LINE]]
    assert found["row_refs"].to_list() == [["R000005"]]
    assert found["severity"].to_list() == ["medium"]


def test_date_and_sex_inside_the_number() -> None:
    born, sex = ROW["birth_date"], ROW["sex"]
    other = {"male": "female", "female": "male"}[sex]
    assert codes(id_number=number(born + dt.timedelta(days=9), sex, 7)) == ["VAL-ID-DATE"]
    assert codes(id_number=number(born + dt.timedelta(days=29), sex, 7)) == ["VAL-ID-LUNAR"]
    assert codes(id_number=number(born, other, 7)) == ["VAL-ID-SEX"]
    assert codes(id_number=number(born + dt.timedelta(days=29), other, 7)) == ["VAL-ID-BOTH"]


def test_days_between_the_dates_are_said() -> None:
    found = WORLD.with_changed(LINE, id_number=number(ROW["birth_date"] - dt.timedelta(days=10), ROW["sex"], 7)).said(
        identity_number
    )
    assert found["params"].to_list() == ['{"days":10}']


def test_unreadable_numbers_are_of_wrong_form_but_placeholders_are_blank() -> None:
    assert codes(id_number=None, id_number_raw="69012120200101") == ["VAL-ID-FORM"]
    assert codes(id_number=None, id_number_raw="无") == []
    assert codes(id_number=None, id_number_raw="000000000000000000") == []
    assert codes(id_number="690121202013450017") == ["VAL-ID-CHECK"]


def test_a_blank_number_is_no_finding_and_a_register_without_numbers_not_applicable() -> None:
    assert codes(id_number=None) == []
    assert set(WORLD.with_all(id_number=None).outcomes(identity_number).values()) == {("not_applicable", "no_identity_numbers")}


def test_one_township_without_numbers_is_told_apart_from_a_clean_one() -> None:
    world = WORLD.with_all(id_number=lambda row: None if row["township"] == "东华镇" else row["id_number"])
    outcomes = world.outcomes(identity_number)
    assert outcomes["东华镇"] == ("not_applicable", "no_identity_numbers")
    assert outcomes["西岭乡"] == ("no_flag", None)


def test_evidence_marks_the_fields_that_contradict_each_other() -> None:
    born, sex = ROW["birth_date"], ROW["sex"]
    other = {"male": "female", "female": "male"}[sex]

    def marked(**changed: object) -> set[str]:
        context = WORLD.with_changed(LINE, **changed).context
        evidence = stamp(identity_number.card, context, identity_number(context))[2]
        return set(evidence.filter("differs")["field"])

    assert marked(id_number=number(born + dt.timedelta(days=9), sex, 7)) == {"id_number", "birth_date"}
    assert marked(id_number=number(born, other, 7)) == {"id_number", "sex"}
    assert marked(id_number="690121202013450017") == {"id_number"}
