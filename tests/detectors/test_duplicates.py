import datetime as dt

from detectors.duplicates import duplicates
from detectors.run import detect
from tests.detectors.worlds import county, number

WORLD = county(20)
LINE = 5
ROW = WORLD.rows[LINE - 2]


def test_the_same_row_twice_is_exact_and_high() -> None:
    found = WORLD.with_copy(LINE).said(duplicates)
    assert found.select("code", "severity", "family").row(0) == ("DUP-ROW-EXACT", "high", "duplicates")
    assert found["row_lines"].to_list() == [[LINE, WORLD.last + 1]]
    assert found["row_refs"].to_list() == [["R000005", f"R{WORLD.last + 1:06d}"]]


def test_without_a_number_to_compare_it_is_medium() -> None:
    assert WORLD.with_copy(LINE, id_number=None).said(duplicates).select("code", "severity").row(0) == ("DUP-ROW-EXACT", "medium")


def test_written_differently() -> None:
    assert WORLD.with_copy(LINE, name="欧阳明").said(duplicates).select("code", "severity").row(0) == ("DUP-ROW-FUZZY", "medium")


def test_another_number_of_the_mother_is_not_called_free_of_conflict() -> None:
    copied = WORLD.with_copy(LINE, mother_id_number=number(dt.date(1990, 5, 6), "female", 7)).said(duplicates)
    assert copied.select("code", "severity").row(0) == ("DUP-ROW-FUZZY", "high")


def test_neither_number_nor_mother_is_low() -> None:
    world = WORLD.with_changed(LINE, id_number=None, mother_name=None, mother_id_number=None)
    assert world.with_copy(LINE, village="别村").said(duplicates)["severity"].to_list() == ["low"]


def test_a_moved_date_has_its_own_sentence() -> None:
    moved = ROW["birth_date"] + dt.timedelta(days=365)
    found = WORLD.with_copy(LINE, birth_date=moved, id_number=number(moved, ROW["sex"], 9)).said(duplicates)
    assert found.select("code", "params").row(0) == ("DUP-ROW-DATE", '{"days":365,"rows":2}')


def test_three_rows_of_one_birth_are_one_finding() -> None:
    found = WORLD.with_copy(LINE).with_copy(LINE, name="欧阳明").said(duplicates)
    assert found.height == 1
    assert len(found["row_lines"][0]) == 3


def test_evidence_lies_side_by_side_and_marks_what_differs() -> None:
    evidence = detect(WORLD.with_copy(LINE, village="别村").context, [duplicates])[2]
    differs = dict(evidence.select("field", "differs").iter_rows())
    assert differs["village"]
    assert not differs["name"]
    assert evidence.filter(field="name")["masked"].to_list() == [ROW["name"][0] + "**"] * 2


def test_other_births_are_no_duplicates() -> None:
    assert WORLD.with_copy(LINE, same_birth=False).said(duplicates).is_empty()
    assert set(WORLD.outcomes(duplicates).values()) == {("no_flag", None)}
