"""The sheet of the township's completeness: protected figures with their intervals, by birth year."""

from typing import Any, Final

from reports.county import Row
from reports.workbook.style import Book, header, line_height

_COLUMNS: Final = ("birth_year", "registered", "births", "births_interval", "completeness", "completeness_interval")
_MORE: Final = ("unreported", "within_target", "remark")
_WIDTHS: Final = [12.0, 12.0, 14.0, 20.0, 13.0, 16.0, 18.0, 15.0, 44.0]


def write_coverage(book: Book) -> None:
    """One row for all years, then one per birth year."""
    words = book.words
    sheet = book.sheet(words.say("sheet.coverage"), _WIDTHS)
    days = book.county.campaign["targets"]["timely_days"]
    header(book, sheet, [words.say(f"column.{name}", **_days(name, days)) for name in (*_COLUMNS, *_MORE)])
    rows = [(words.say("all_years"), book.township.coverage)]
    rows += [(str(year), book.township.years.get(year)) for year in book.county.birth_years]
    index = 0
    for label, row in rows:
        if row is not None:
            index += 1
            timely = book.township.timeliness.get(row["birth_year"]) if row["birth_year"] else None
            _write(book, sheet, index, label, row, timely)
    if index == 0:
        sheet.write_string(1, 0, words.say("nothing.coverage"), book.style())
    sheet.autofilter(0, 0, max(1, index), len(_COLUMNS) + len(_MORE) - 1)


def _write(book: Book, sheet: Any, index: int, label: str, row: Row, timely: Row | None) -> None:
    words, bold = book.words, {"bold": index == 1}
    text, right = book.text_cell(**bold), book.text_cell(align="right", **bold)
    estimated = row["completeness"] is not None
    remark = words.basis(row)
    sheet.set_row(index, line_height([remark], _WIDTHS[-1:]))
    sheet.write_string(index, 0, label, text)
    sheet.write_number(index, 1, row["registered"], book.cell(num_format="#,##0", **bold))
    if row["births"] is not None:
        sheet.write_number(index, 2, round(row["births"]), book.cell(num_format="#,##0", **bold))
    else:
        sheet.write_string(index, 2, words.code("outcome", "not_estimable"), right)
    sheet.write_string(index, 3, words.bare_interval(row["births_low"], row["births_high"], 1, 0), right)
    if estimated:
        sheet.write_number(index, 4, row["completeness"], book.cell(num_format="0.0%", **bold))
    else:
        sheet.write_string(index, 4, words.code("outcome", "not_estimable"), right)
    sheet.write_string(index, 5, words.bare_interval(row["completeness_low"], row["completeness_high"]), right)
    sheet.write_string(index, 6, words.unreported(row), right)
    share = timely["within_target"] if timely else None
    if share is not None:
        sheet.write_number(index, 7, share, book.cell(num_format="0.0%", **bold))
    else:
        sheet.write_string(index, 7, words.say("not_yet_known") if timely else "—", right)
    sheet.write_string(index, 8, remark, text)


def _days(name: str, days: float) -> dict[str, str]:
    return {"days": f"{days:g}"} if name == "within_target" else {}
