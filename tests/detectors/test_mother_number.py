import datetime as dt

from detectors.mother_number import mother_number
from tests.detectors.worlds import county, number

WORLD = county(20)
LINE = 5
ROW = WORLD.rows[LINE - 2]


def test_each_fault_has_its_sentence() -> None:
    text = ROW["mother_id_number"]
    wrong = text[:17] + ("0" if text[17] != "0" else "1")
    for changed, code, severity in (
        ({"mother_id_number": ROW["id_number"]}, "VAL-MOTHER-SAME", "medium"),
        ({"mother_id_number": None, "mother_id_number_raw": "6901211990010"}, "VAL-MOTHER-FORM", "low"),
        ({"mother_id_number": wrong}, "VAL-MOTHER-CHECK", "low"),
        ({"mother_id_number": number(dt.date(1990, 1, 1), "male", 4)}, "VAL-MOTHER-SEX", "low"),
    ):
        assert WORLD.with_changed(LINE, **changed).said(mother_number).select("code", "severity").rows() == [(code, severity)]


def test_honest_and_blank() -> None:
    assert WORLD.said(mother_number).is_empty()
    assert set(WORLD.with_all(mother_id_number=None).outcomes(mother_number).values()) == {("not_applicable", "no_mother")}


def test_one_number_of_different_mothers() -> None:
    shared = WORLD.with_changed(9, mother_id_number=ROW["mother_id_number"], mother_name="欧丽", father_name="欧军")
    found = shared.said(mother_number)
    assert found.select("code", "severity", "params").rows() == [("VAL-MOTHER-SHARED", "low", '{"rows":2}')]
    assert found["row_lines"].to_list() == [[LINE, 9]]
    written_otherwise = WORLD.with_changed(9, mother_id_number=ROW["mother_id_number"], mother_name=ROW["mother_name"][0] + "丽")
    assert written_otherwise.said(mother_number).is_empty()
