"""Cells written column by column are what the library's own would be."""

import random
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest
import xlsxwriter

from reports.text import clean
from reports.words import Words
from reports.workbook.columns import Column, ColumnSheet
from reports.workbook.contents import cells, side_by_side
from reports.workbook.style import cut, line_height, row_heights

MARKUP = "<r><t>no markup</t></r>"
TEXTS = [
    *("=1+1", "000123456789012345", " spaces at both ends ", "two\nlines", "a & b <c> \"d\" 'e'", "_x0041_ _x41_", "", "东华镇"),
    *(MARKUP, "&amp;", "𠀀𠀁", "]]>", "e\u0301", clean("bell\x07 and \u202e mark")),
]


def written(path: Path, by_columns: bool) -> Path:
    with xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        text = book.add_format({"num_format": "@", "text_wrap": True})
        marks = [book.add_format({"num_format": "@", "bg_color": color}) for color in ("#F6CFC8", "#FBE7B8")]
        date = book.add_format({"num_format": "yyyy-mm-dd", "locked": False, "border": 1})
        sheet = book.add_worksheet("one", ColumnSheet if by_columns else None)
        for column, title in enumerate("ABCD"):
            sheet.write_string(0, column, title, marks[0])
        heights = [20.2 + 3.3 * index for index in range(len(TEXTS))]
        formats = [marks[index % 2] for index in range(len(TEXTS))]
        often = ["again & again" if index % 3 else "or <not>" for index in range(len(TEXTS))]
        if by_columns:
            columns = [Column(TEXTS, text), Column(often, formats, shared=True), Column(TEXTS[::-1], text)]
            sheet.write_columns(heights, columns, [date])
        else:
            for row, height in enumerate(heights, start=1):
                sheet.set_row(row, height)
                sheet.write_string(row, 0, TEXTS[row - 1], text)
                sheet.write_string(row, 1, often[row - 1], formats[row - 1])
                sheet.write_string(row, 2, TEXTS[-row], text)
                sheet.write_blank(row, 3, None, date)
        book.add_worksheet("two").write_string(0, 0, "or <not>", text)
    return path


def looks(path: Path) -> list[Any]:
    book = openpyxl.load_workbook(path)
    told: list[Any] = [book.sheetnames, book["one"].dimensions]
    for row in book["one"].iter_rows():
        told.append(book["one"].row_dimensions[row[0].row].height)
        for cell in row:
            style = (cell.number_format, cell.protection.locked, cell.fill.fgColor.rgb, cell.border.left.style)
            told.append((cell.coordinate, style, cell.alignment.wrap_text))
    return told


def read(path: Path) -> list[list[str]]:
    """As returned workbooks are read."""
    book = fastexcel.read_excel(path)
    frames = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars() for name in book.sheet_names]
    return [[value or "" for value in column] for frame in frames for column in frame.get_columns()]


def test_cells_are_those_the_library_writes(tmp_path: Path) -> None:
    ours, theirs = written(tmp_path / "ours.xlsx", True), written(tmp_path / "theirs.xlsx", False)
    assert looks(ours) == looks(theirs)
    # What looks like the markup of a cell stays the text it is; the library would take it for markup.
    kept = [[text if text != MARKUP else "no markup" for text in column] for column in read(ours)]
    assert kept == read(theirs)
    assert read(ours)[0] == ["A", *TEXTS]


def test_a_sheet_without_columns_is_the_library_s(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "bare.xlsx")) as book:
        book.add_worksheet("one", ColumnSheet).write_string(0, 0, "alone")
    assert openpyxl.load_workbook(tmp_path / "bare.xlsx")["one"]["A1"].value == "alone"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("东华镇", 7, 1),
        ("东华镇", 6.1, 2),
        ("abcdefghij", 10, 2),
        ("1\n2\n3", 10, 3),
        ("\n", 10, 2),
        ("东" * 20, 11, 5),
        ("𠀀" * 3, 6.2, 1),
    ],
)
def test_lines_of_a_cell(text: str, width: float, lines: int) -> None:
    assert line_height([text], [width]) == pytest.approx(4 + 16.2 * lines)


def test_heights_of_rows_are_those_of_each() -> None:
    draw = random.Random(7)
    texts = [["".join(draw.choices("东华 aB1\n≠𠀀", k=draw.randrange(60))) for _ in range(200)] for _ in range(3)]
    widths = [9.0, 18.0, 34.0]
    assert row_heights(texts, widths) == [line_height(row, widths) for row in zip(*texts, strict=True)]
    assert max(row_heights([["\n" * 100, ""]], [9.0])) == 405


def test_long_texts_are_cut_to_what_a_cell_holds() -> None:
    assert cut("东" * 32_000) == "东" * 32_000
    assert cut("东" * 32_001) == "东" * 32_000 + "…"
    assert cut("𠀀" * 16_000) == "𠀀" * 16_000
    assert cut("𠀀" * 16_001) == "𠀀" * 16_000 + "…"


def test_rows_of_a_finding_side_by_side() -> None:
    def rows(finding: str, field: str, values: list[str | None], differs: bool = False) -> list[tuple[Any, ...]]:
        return [(finding, f"R{at}", at, field, value, differs) for at, value in enumerate(values)]

    evidence = pl.DataFrame(
        [
            *rows("a", "sex", ["女", "女"]),
            *rows("a", "birth_date", ["2021-05-**", "2021-06-**"], True),
            *rows("b", "name", [None]),
            *rows("a", "id_number", ["690521***********6", "690521***********2"], True),
            *rows("b", "sex", ["男"] * 7),
        ],
        schema=["finding_id", "record_id", "line", "field", "masked", "differs"],
        orient="row",
    )
    words = Words("zh", 10, "zh")
    told = side_by_side(evidence, words, 34)
    assert told["a"].split("\n") == [
        "性别：女",
        "≠ 出生日期：",
        "  2021-05-** | 2021-06-**",
        "≠ 身份证号：",
        "  690521***********6",
        "  690521***********2",
    ]
    assert told["b"] == "姓名：（空）\n性别：\n  男 | 男 | 男 | 男 | 男 | 男 | …"
    assert side_by_side(evidence.clear(), words, 32) == {}
    assert cells("东华镇 2026") == 11
