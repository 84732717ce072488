import datetime as dt
import io
import re
import zipfile

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter

from audit.ingest.read import parse
from audit.ingest.spec import FileSpec
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS
from tests.audit.ingest.world import births, ods, parquet, text, xls, xlsx


def read(data, tmp_path, name="household.xlsx", **how):
    return parse(data, FileSpec("household", tmp_path / name, BIRTH_FIELDS, births=True, **how), "")


def problem(data, tmp_path, name="household.xlsx", **how):
    with pytest.raises(Problems) as caught:
        read(data, tmp_path, name, **how)
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize("maker", [xlsx, xls, ods, parquet])
@pytest.mark.parametrize("ending", ["xlsx", "xls", "et", "ods", "csv", "parquet", "dat"])
def test_every_format_under_every_ending(maker, ending, tmp_path):
    rows = births(20)
    raw = read(maker(rows), tmp_path, f"household.{ending}")
    for field, at in (("record_id", 0), ("township", 1), ("name", 3), ("birth_date", 5), ("id_number", 6), ("registered_on", 10)):
        assert raw.frame[field].to_list() == [row[at] for row in rows[1:]]


def test_tab_separated_text_under_xls(tmp_path):
    raw = read(text(births(5), "\t").encode("gb18030"), tmp_path, "household.xls")
    assert raw.frame.height == 5


def test_sheet_rows_are_counted_from_the_top(tmp_path):
    raw = read(xlsx([["云川县出生登记表"], [], *births(3)], top=2), tmp_path)
    assert raw.header.line == 5
    assert raw.frame["line"].to_list() == [6, 7, 8]


def test_blank_rows_of_a_sheet_are_no_rows_and_lines_stay(tmp_path):
    rows = births(2)
    raw = read(xlsx([rows[0], rows[1], [], ["", "", " "], rows[2]]), tmp_path)
    assert raw.frame["line"].to_list() == [2, 5]


def test_dates_and_numbers_as_cells(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["乡镇", "性别", "出生日期", "身份证号", "姓名", "编号"])
        sheet.write_row(1, 0, ["东华镇", 1])
        sheet.write_datetime(1, 2, dt.datetime(2021, 5, 22), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
        sheet.write_row(1, 3, [690121850711040, "王明", 17])
        sheet.write_row(2, 0, ["东华镇", 2, 44338])
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
    frame = read(out.getvalue(), tmp_path).frame
    assert frame.drop("line").rows() == [
        ("东华镇", "1", "2021-05-22 00:00:00", "690121850711040", "王明", "17"),
        ("东华镇", "2", "44338", None, None, None),
    ]


def test_several_filled_sheets_are_asked_about_and_empty_ones_are_not(tmp_path):
    book = xlsx(None, {"一月": births(2), "空": [], "二月": births(3)})
    assert problem(book, tmp_path).code == "E-READ-011"
    assert problem(book, tmp_path).params["sheets"] == "一月, 二月"
    assert read(book, tmp_path, sheet="二月").frame.height == 3
    assert problem(book, tmp_path, sheet="三月").code == "E-READ-018"
    assert read(xlsx(None, {"空": [], "二月": births(3)}), tmp_path).sheet == "二月"
    assert problem(xlsx(None, {"空": [], "白": []}), tmp_path).code == "E-READ-013"
    assert problem(xlsx([]), tmp_path).code == "E-READ-013"


def encrypted(data, password):
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def test_a_password_is_asked_for(tmp_path, monkeypatch):
    locked = encrypted(xlsx(births(2)), "rain")
    monkeypatch.delenv("HECHA_PASSWORD", raising=False)
    assert problem(locked, tmp_path).code == "E-READ-009"
    monkeypatch.setenv("HECHA_PASSWORD", "snow")
    assert problem(locked, tmp_path).code == "E-READ-022"
    monkeypatch.setenv("HECHA_PASSWORD", "rain")
    assert read(locked, tmp_path).frame.height == 2


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.9, 0.99])
def test_a_workbook_cut_off(keep, tmp_path):
    whole = xlsx(births(30))
    assert problem(whole[: int(len(whole) * keep)], tmp_path).code == "E-READ-015"


def test_an_old_workbook_cut_off(tmp_path):
    assert problem(xls(births(30))[:1000], tmp_path).code == "E-READ-015"


def bomb(size, claim=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(size >> 20):
                member.write(b"\0" * (1 << 20))
    data = out.getvalue()
    if claim is not None:  # a directory that lies about the size
        data = data.replace(size.to_bytes(8, "little"), claim.to_bytes(8, "little")).replace(
            size.to_bytes(4, "little"), claim.to_bytes(4, "little")
        )
    return data


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    assert problem(bomb(24 << 20), tmp_path).code == "E-READ-017"
    assert problem(bomb(20 << 20, claim=15 << 20), tmp_path).code == "E-READ-015"


def test_one_cell_in_the_last_corner_of_a_sheet(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "乡镇")
        sheet.write(1_048_575, 16_383, "x")
    assert problem(out.getvalue(), tmp_path).code == "E-READ-017"


def test_a_wide_sheet_that_is_not_long_is_read(tmp_path):
    rows = [[*row, *[""] * 700, "注"] for row in births(20)]
    assert read(xlsx(rows), tmp_path).frame.height == 20


def test_shared_strings_that_claim_too_many(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(births(3)))) as good, zipfile.ZipFile(data, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, re.sub(rb'(uniqueCount=")[0-9]+', rb"\g<1>99999999999", good.read(name)))
    assert problem(data.getvalue(), tmp_path).code == "E-READ-015"


def test_an_ods_that_repeats_a_cell_a_million_times(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods(births(3)))) as good, zipfile.ZipFile(data, "w") as bad:
        for name in good.namelist():
            cell = b'<table:table-cell table:number-columns-repeated="1000000" '
            bad.writestr(name, good.read(name).replace(b"<table:table-cell ", cell))
    assert problem(data.getvalue(), tmp_path).code == "E-READ-017"


def test_a_zip_of_other_things(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", text(births(2)))
        archive.writestr("b.csv", text(births(2)))
    assert problem(out.getvalue(), tmp_path, "x.zip").code == "E-READ-024"


def test_a_zip_of_one_table(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../登记.csv", text(births(2)).encode("gb18030"))
    assert read(out.getvalue(), tmp_path, "x.zip").frame.height == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E-READ-013"),
        (b"\n\n  \r\n", "E-READ-013"),
        (b"\xef\xbb\xbf", "E-READ-013"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "E-READ-010"),
        (b"<?xml version='1.0'?><Workbook/>", "E-READ-010"),
        (b"%PDF-1.7 ...", "E-READ-016"),
        (b"\x89PNG\r\n", "E-READ-016"),
        (b"{\\rtf1 }", "E-READ-016"),
        (b"PAR1xxxxxxxxPAR1", "E-READ-015"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "E-READ-015"),
        (b"PK\x03\x04" + bytes(100), "E-READ-015"),
    ],
)
def test_what_is_no_table_is_said(data, code, tmp_path):
    assert problem(data, tmp_path, "household.xls").code == code


def test_an_open_document_whose_table_is_never_closed_is_damaged(tmp_path):
    """The reader would wait for the end of the table for ever."""
    with zipfile.ZipFile(io.BytesIO(ods(births(2)))) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part.replace(b"</table:table>", b"<&#0;/table:table>"))
    assert problem(out.getvalue(), tmp_path, "household.ods").code == "E-READ-015"


@pytest.mark.parametrize("row", ["1048577", "9" * 8, "9" * 400])
def test_a_row_beyond_the_last_of_a_sheet_is_damage(tmp_path, row):
    """The reader would ask for memory for all rows up to there, and end the process."""
    with zipfile.ZipFile(io.BytesIO(xlsx(births(4)))) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'r="A3"' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'r="A3"', f'r="A{row}"'.encode())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)
    assert problem(out.getvalue(), tmp_path).code == "E-READ-015"
