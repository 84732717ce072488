"""The township workbook, cell by cell, as SURFACES asks."""

import datetime as dt
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles.colors import Color

from expectations.catalogue import catalogue
from expectations.codes import ANSWERS
from reports import write_reports
from reports.text import file_stem
from tests.reports import worlds

SHEETS = ["说明", "核实单", "统计问题", "登记完整性", "选项"]
ROW_HEADER = (
    *("发现编号", "级别", "登记编号", "行号", "问题", "登记内容（遮盖）", "可能的正常原因", "请核对"),
    *("结果▼", "更正后内容", "核实人", "核实日期", "备注"),
)
ANSWER_COLUMNS = "IJKLM"


def workbook(written: Callable[..., Path], township: str = "云岭镇", **which: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(written(**which) / f"云川县-{township}-2026-核查.xlsx")


@pytest.fixture(scope="module")
def book(written: Callable[..., Path]) -> openpyxl.Workbook:
    return workbook(written)


def test_one_workbook_per_township_named_for_it(written: Callable[..., Path]) -> None:
    names = {path.name for path in written().glob("*.xlsx")}
    assert names == {f"云川县-{name}-2026-核查.xlsx" for name in worlds.NAMES}
    assert len(list(written("en").glob("*-audit.xlsx"))) == 12


def test_names_are_legal_on_windows_and_short() -> None:
    stem = file_stem('云<川>县:"', "东|华?*镇\\/" * 30, "2026", "核查")
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', stem)
    assert len(f"{stem}.xlsx") < 100
    assert len(f"{stem}.xlsx".encode()) < 255
    assert stem.endswith("-2026-核查")


def test_two_townships_of_one_name_get_two_workbooks(tmp_path: Path) -> None:
    run = worlds.renamed(worlds.county(2), worlds.NAMES[1])
    write_reports(run, tmp_path, "zh")
    assert len(list(tmp_path.glob("*.xlsx"))) == 2


def test_sheets_in_order_and_it_opens_on_the_first(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS
    assert book.active.title == "说明"
    assert book.active.sheet_view.selection[0].sqref == "A1"
    assert [sheet.sheet_state for sheet in book] == ["visible"] * 4 + ["hidden"]
    assert all(sheet.max_row > 1 for sheet in book)
    assert all(not sheet.merged_cells.ranges for sheet in book)


def test_front_sheet_says_who_what_and_how(book: openpyxl.Workbook) -> None:
    sheet = book["说明"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "云岭镇" in sheet["A1"].value
    for wanted in ("2026-5e0f19aa", "2026-03-02", "云川县统计局", "不得用于查找、走访或处罚任何家庭", "少于10", "无法判断"):
        assert wanted in text
    assert all(str(step) in {row[0].value for row in sheet.iter_rows()} for step in range(1, 6))


def test_header_and_texts_of_the_rows_to_check(book: openpyxl.Workbook) -> None:
    sheet = book["核实单"]
    assert tuple(cell.value for cell in sheet[1]) == ROW_HEADER
    assert sheet.freeze_panes == "D2"
    assert sheet.auto_filter.ref == f"A1:M{sheet.max_row}"
    for row in sheet.iter_rows(min_row=2, max_col=8):
        assert {cell.data_type for cell in row if cell.value is not None} == {"s"}
    ids = [cell.value for cell in sheet["C"][1:]]
    assert all(value.startswith("000000") for value in ids), "leading zeros kept"


def test_severity_is_word_symbol_and_fill_with_contrast_and_comes_sorted(book: openpyxl.Workbook) -> None:
    cells = book["核实单"]["B"][1:]
    order = ["▲▲▲ 高", "▲▲ 中", "▲ 低"]
    ranks = [order.index(cell.value) for cell in cells]
    assert ranks == sorted(ranks)
    for cell in cells:
        assert contrast(cell.font.color, cell.fill.fgColor) >= 4.5
    greys = {round(luminance(cell.fill.fgColor), 2) for cell in cells}
    assert len(greys) == 3


def luminance(color: Color) -> float:
    parts = [int(color.rgb[index : index + 2], 16) / 255 for index in (2, 4, 6)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_values_side_by_side_are_masked_and_differences_marked(book: openpyxl.Workbook) -> None:
    texts = [cell.value for cell in book["核实单"]["F"][1:]]
    assert any("≠ 出生日期：\n  2021-05-** | 2021-06-**" in text for text in texts)
    assert not any(re.search(r"\d{17}", text) for text in texts)


def test_only_answer_columns_are_unlocked_and_filter_widths_heights_allowed(book: openpyxl.Workbook) -> None:
    for name in ("核实单", "统计问题"):
        sheet = book[name]
        for row in sheet.iter_rows(min_row=1):
            for cell in row:
                unlocked = cell.row > 1 and cell.column_letter in ANSWER_COLUMNS
                assert cell.protection.locked is not unlocked
    for sheet in book:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
    rules = book["核实单"].protection
    assert (rules.autoFilter, rules.formatColumns, rules.formatRows, rules.sort) == (False, False, False, True)


def test_outcome_list_comes_from_a_named_range_on_the_hidden_sheet(book: openpyxl.Workbook) -> None:
    rules = {str(rule.sqref)[0]: rule for rule in book["核实单"].data_validations.dataValidation}
    assert rules["I"].type == "list"
    assert rules["I"].formula1 == "hecha_answers"
    assert book.defined_names["hecha_answers"].attr_text == f"'选项'!$A$1:$A${len(ANSWERS)}"
    words = [catalogue("zh").code("answer", answer) for answer in ANSWERS]
    assert [cell.value for cell in book["选项"]["A"][: len(ANSWERS)]] == words
    assert words == ["已更正", "重复，已合并", "核实无误", "资料不足，无法核实", "转其他单位", "非本镇"]
    assert rules["I"].errorStyle in (None, "stop")
    assert rules["I"].showErrorMessage
    assert "列表" in rules["I"].error
    assert rules["I"].prompt
    assert (rules["L"].type, rules["L"].operator) == ("date", "greaterThanOrEqual")
    assert int(rules["L"].formula1) == (dt.date(2026, 3, 2) - dt.date(1899, 12, 30)).days


def test_a_missing_correction_is_asked_for(written: Callable[..., Path]) -> None:
    with zipfile.ZipFile(written() / "云川县-云岭镇-2026-核查.xlsx") as archive:
        assert "请填写" in archive.read("xl/styles.xml").decode()
    rules = workbook(written)["核实单"].conditional_formatting
    assert {str(rule.sqref)[0] for rule in rules} == {"I", "J"}


def test_print_set_up(book: openpyxl.Workbook) -> None:
    for name in SHEETS[:4]:
        sheet = book[name]
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        margins = sheet.page_margins
        assert min(margins.left, margins.right, margins.top, margins.bottom) >= 0.4
        assert "&P" in sheet.oddFooter.center.text
        assert "&N" in sheet.oddFooter.center.text
        assert "签字" in sheet.oddFooter.right.text
        assert "核查.xlsx" in sheet.oddFooter.left.text
    assert book["核实单"].print_title_rows == "$1:$1"
    assert book["核实单"].page_setup.fitToHeight == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cells_wrap_and_columns_are_wide_enough_to_read_and_narrow_enough_to_print(
    written: Callable[..., Path], language: str
) -> None:
    book = openpyxl.load_workbook(next(written(language).glob("*云岭镇*.xlsx")))
    for sheet in book.worksheets[1:3]:
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
        assert min(widths) >= 7
        assert sum(widths) <= 202  # A4 landscape holds about 145 characters of 11 points: printed at 8 points or more
        assert all(cell.alignment.wrap_text for row in sheet.iter_rows(max_col=len(widths)) for cell in row)


def test_type_is_large_enough_and_named(book: openpyxl.Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    assert cell.font.sz >= 11
                    assert cell.font.name in ("等线", "宋体")


def test_no_formula_macro_or_link_whatever_the_register_holds(tmp_path: Path) -> None:
    write_reports(worlds.hostile(worlds.county(2)), tmp_path, "zh")
    texts: set[str] = set()
    for path in tmp_path.glob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            parts = {name: archive.read(name).decode() for name in names if name.endswith((".xml", ".rels"))}
        assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]
        assert not [name for name, text in parts.items() if name.startswith("xl/worksheets/sheet") and "<f>" in text]
        assert "hyperlink" not in "".join(parts.values())
        texts |= {str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row}
    assert "=cmd|' /C calc'!A0" in texts
    assert "000000000123456789" in texts
    assert "ab[U+202E]gnp" in texts


def test_completeness_sheet_shows_protected_figures_only(written: Callable[..., Path]) -> None:
    rows = list(workbook(written)["登记完整性"].iter_rows(values_only=True))
    assert rows[0][0] == "出生年份"
    assert [row[0] for row in rows[1:]] == ["全部年份", *(str(year) for year in worlds.YEARS)]
    for row in rows[1:]:
        assert re.fullmatch(r"约 [\d,]+|少于10|无法判断（.+）", row[6])
    hidden = list(workbook(written, townships=3, state="withheld")["登记完整性"].iter_rows(min_row=2, values_only=True))
    assert {row[6] for row in hidden} == {"少于10"}


@pytest.mark.parametrize("state", ["not estimable", "no reference"])
def test_not_estimable_always_bears_its_reason(written: Callable[..., Path], state: str) -> None:
    rows = list(workbook(written, townships=3, state=state)["登记完整性"].iter_rows(min_row=2, values_only=True))
    reason = {"not estimable": "数量与保护性噪声相当，无法分辨", "no reference": "没有对照来源"}[state]
    assert {row[8] for row in rows} == {f"无法判断（{reason}）"}


def test_nothing_to_do_is_said(written: Callable[..., Path]) -> None:
    book = workbook(written, townships=3, state="nothing found")
    assert book["核实单"]["A2"].value == "本次没有需要核实的登记。"
    assert book["统计问题"]["A2"].value == "本次没有需要说明的统计问题。"
    assert "本次没有需要核实的登记。" in {cell.value for cell in book["说明"]["B"]}


def test_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_reports(worlds.county(2), tmp_path / folder, "zh")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.fixture(scope="module")
def converted(written: Callable[..., Path], need: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Round trip through LibreOffice and its PDF, in one start each of nothing but this module."""
    office = need("libreoffice", "soffice")
    out = tmp_path_factory.mktemp("office")
    source = written() / "云川县-云岭镇-2026-核查.xlsx"
    for kind in ("xlsx", "pdf"):
        command = [office, f"-env:UserInstallation=file://{out}/profile", "--headless", "--convert-to", kind, "--outdir", str(out)]
        subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)
    return out


def test_what_survives_libreoffice(converted: Path, written: Callable[..., Path]) -> None:
    (path,) = converted.glob("*.xlsx")
    after, before = openpyxl.load_workbook(path), workbook(written)
    assert after.sheetnames == SHEETS
    assert after["选项"].sheet_state == "hidden"
    sheet = after["核实单"]
    for row, old in zip(sheet.iter_rows(max_col=13), before["核实单"].iter_rows(max_col=13), strict=True):
        assert [cell.value for cell in row] == [cell.value for cell in old]
        assert [cell.protection.locked for cell in row] == [cell.protection.locked for cell in old]
    assert "hecha_answers" in {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.paperSize == 9
    assert sheet.protection.sheet


def test_printed_workbook_is_a4_and_shows_every_column(converted: Path, need: Callable[..., str]) -> None:
    (path,) = converted.glob("*.pdf")
    information = subprocess.run([need("pdfinfo"), str(path)], check=True, capture_output=True, text=True).stdout
    width, height = (float(size) for size in re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", information).groups())  # type: ignore[union-attr]  # pdfinfo always prints it
    assert (round(width), round(height)) == (842, 595)
    text = subprocess.run([need("pdftotext"), "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
    assert all(title in text for title in ROW_HEADER)
