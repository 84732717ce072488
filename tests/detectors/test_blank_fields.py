from detectors.blank_fields import blank_fields
from tests.detectors.worlds import county

WORLD = county(60)
LINE = 5
NOBODY = {"name": None, "id_number": None, "mother_name": None, "mother_id_number": None}


def test_each_blank_has_its_sentence_and_is_low() -> None:
    for changed, code in (
        ({"birth_date": None}, "VAL-BLANK-DATE"),
        ({"sex": None}, "VAL-BLANK-SEX"),
        ({"area_code": None, "township": None}, "VAL-BLANK-PLACE"),
        (NOBODY, "VAL-BLANK-WHO"),
        ({"sex": None, "birth_date": None}, "VAL-BLANK-SEVERAL"),
    ):
        assert WORLD.with_changed(LINE, **changed).said(blank_fields).select("code", "severity").rows() == [(code, "low")]


def test_a_missing_identity_number_is_legitimate() -> None:
    assert WORLD.with_all(id_number=None).said(blank_fields).is_empty()


def test_an_export_without_a_column_is_one_finding_a_township() -> None:
    found = WORLD.with_all(sex=lambda row: None if row["township"] == "东华镇" else row["sex"]).said(blank_fields)
    assert found.select("code", "township", "params").rows() == [("VAL-BLANK-MANY", "东华镇", '{"rows":60,"share":1.0}')]
