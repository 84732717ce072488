import datetime as dt

import polars as pl
import pytest

from audit.ingest.births import normalise
from audit.ingest.columns import read_column
from audit.ingest.places import Gazetteer, Township
from audit.ingest.spec import Header, Raw
from expectations.tables import BIRTHS

EAST = ("云川县", "690121101", "东华镇")
PLACES = Gazetteer.of(("云川县",), [Township("东华镇", EAST)], {EAST[1]: EAST})


def of(columns, workbook=False, audited=True):
    n = len(next(iter(columns.values())))
    frame = pl.DataFrame({"line": range(2, n + 2), **columns}, schema={"line": pl.Int64, **dict.fromkeys(columns, pl.String)})
    return normalise(Raw(frame, Header(1, (), {}), "", workbook=workbook), PLACES, audited)


def test_a_row_worked_by_hand():
    made = of(
        {
            "record_id": ["R1"],
            "township": ["东华"],
            "village": ["柳湾村村民委员会"],
            "name": ["王　小明"],
            "sex": ["1"],
            "birth_date": ["2025年7月11日"],
            "id_number": ["６９０１２１２０２５０７１１０４０３"],
            "mother_name": ["不详"],
            "mother_id_number": ["110105491231002"],
            "registered_on": ["2025/11/3"],
        }
    )
    assert made.frame.select(list(BIRTHS)).schema == BIRTHS
    row = made.frame.row(0, named=True)
    assert {name: row[name] for name in BIRTHS} == {
        "record_id": "R1",
        "line": 2,
        "county": "云川县",
        "area_code": "690121101",
        "township": "东华镇",
        "village": "柳湾村",
        "name": "王小明",
        "sex": "male",
        "birth_date": dt.date(2025, 7, 11),
        "id_number": "690121202507110403",
        "id_valid": True,
        "id_date": dt.date(2025, 7, 11),
        "id_sex": "female",
        "mother_name": None,
        "mother_id_number": "11010519491231002X",
        "mother_id_valid": None,  # its check digit is ours
        "mother_birth_date": dt.date(1949, 12, 31),
        "father_name": None,
        "registered_on": dt.date(2025, 11, 3),
    }
    assert row["name_raw"] == "王　小明"
    assert row["township_raw"] == "东华"
    assert made.repairs == {"empty_looking": 1, "full_width": 1, "id_15_to_18": 1, "spaces": 1, "township_form": 1}
    assert made.unreadable == {}


def test_record_ids_are_never_null_and_never_twice():
    made = of({"record_id": ["7", "8", "7", None, " 无 ", "9.0"], "township": ["东华镇"] * 6})
    assert made.frame["record_id"].to_list() == ["7@2", "8", "7@4", "line:5", "line:6", "9"]
    assert of({"township": ["东华镇"] * 2}).frame["record_id"].to_list() == ["line:2", "line:3"]


def test_a_reference_keeps_no_raw_value_and_no_id():
    frame = of({"township": ["东华镇"], "name": ["王 明"]}, audited=False).frame
    assert frame.columns == list(BIRTHS)
    assert frame["record_id"].to_list() == [None]


def test_what_cannot_be_read_is_null_and_counted():
    made = of(
        {
            "township": ["外县", "无", "东华镇"],
            "birth_date": ["2021-02-30", "无", "20210501"],
            "id_number": ["123", "", None],
            "sex": ["x", "男", "女"],
        }
    )
    assert made.unreadable == {"birth_date": 1, "id_number": 1, "sex": 1}
    assert made.unknown_townships == 2
    assert made.frame["birth_date"].to_list() == [None, None, dt.date(2021, 5, 1)]


def test_numbers_a_spreadsheet_has_rounded_are_not_judged():
    rounded = ["690121202507110000", "690121202507120000", "690121202507130000", "690121202507110403"]
    made = of({"township": ["东华镇"] * 4, "id_number": rounded}, workbook=True)
    assert made.frame["id_number"].to_list() == [None, None, None, "690121202507110403"]
    assert made.unreadable == {"id_number": 3}
    assert of({"township": ["东华镇"] * 4, "id_number": rounded}).unreadable == {}


def test_the_first_unreadable_row_of_a_field_is_kept():
    made = of({"township": ["东华镇"] * 3, "sex": ["男", "女", "男"], "birth_date": ["2021-05-22", "不是日期", "也不是"]})
    assert (made.unreadable, made.first) == ({"birth_date": 2}, {"birth_date": 1})


def test_empty_numbers_are_none_that_a_spreadsheet_has_rounded():
    numbers = ["690121202507110403", "690121202507111000", *[None] * 8]
    made = of({"township": ["东华镇"] * 10, "id_number": numbers}, workbook=True)
    assert made.unreadable == {"id_number": 1}  # one of two: over a fifth
    numbers = ["690121202507110403"] * 8 + ["690121202507111000", None]
    made = of({"township": ["东华镇"] * 10, "id_number": numbers}, workbook=True)
    assert made.unreadable == {}


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("text", "123.0", "123"),
        ("text", "A12", "A12"),
        ("date", "120210522", None),
        ("date", "2021-05-221", None),
        ("date", "20210522", dt.date(2021, 5, 22)),
    ],
)
def test_a_plain_cell_is_plain_from_end_to_end(kind, cell, value):
    assert read_column(pl.Series("x", [cell]), kind).values.to_list() == [value]
