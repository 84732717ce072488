"""The sheet a workbook opens on: what this is, how to fill it in, what the words mean."""

from typing import Any, Final

from expectations.codes import ANSWERS, SEVERITIES
from reports.workbook.style import SEVERITY_FILL, Book, line_height

_WIDTHS: Final = [22.0, 96.0]
_STEPS: Final = 5
_TERMS: Final = ("about", "fewer_than", "not_estimable", "differs", "masked")


def write_front(book: Book) -> None:
    """Title, particulars, five steps, legend, privacy line; two columns, nothing merged."""
    words = book.words
    sheet = book.sheet(words.say("sheet.front"), _WIDTHS, freeze=False)
    sheet.fit_to_pages(1, 1)
    sheet.write_string(0, 0, words.say("workbook.title", township=book.township.name), book.style(bold=True, font_size=18))
    sheet.set_row(0, 30)
    row = _pairs(book, sheet, 2, _particulars(book))
    row = _heading(book, sheet, row + 1, words.say("front.how"))
    row = _pairs(book, sheet, row, [(str(step), words.say(f"front.step.{step}")) for step in range(1, _STEPS + 1)])
    row = _heading(book, sheet, row + 1, words.say("front.severity"))
    for severity in reversed(SEVERITIES):
        fill, ink = SEVERITY_FILL[severity]
        sheet.write_string(row, 0, words.severity(severity), book.style(bg_color=fill, font_color=ink, bold=True))
        sheet.write_string(row, 1, words.say(f"front.severity.{severity}"), book.style(text_wrap=True))
        row += 1
    row = _heading(book, sheet, row + 1, words.say("front.answers"))
    row = _pairs(book, sheet, row, [(words.code("answer", name), words.say(f"front.answer.{name}")) for name in ANSWERS])
    row = _heading(book, sheet, row + 1, words.say("front.terms"))
    terms = [(words.say(f"front.term.{name}", **_minimum(book, name)), words.say(f"front.term.{name}.means")) for name in _TERMS]
    row = _pairs(book, sheet, row, terms)
    row = _heading(book, sheet, row + 1, words.say("front.privacy"))
    _pairs(book, sheet, row, [("", words.say("privacy_line")), ("", words.say("front.protection"))])
    sheet.activate()
    sheet.set_first_sheet()


def _particulars(book: Book) -> list[tuple[str, str]]:
    words, county, township = book.words, book.county, book.township
    rows = sum(finding["subject"] == "row" for finding in township.findings)
    todo = words.say("front.todo.some", rows=words.number(rows), areas=words.number(len(township.findings) - rows))
    first, last = county.campaign["birth_years"]
    unset = words.say("not_given")
    return [
        (words.say("front.todo"), todo if township.findings else words.say("nothing.rows")),
        (words.say("front.township"), f"{county.name} {township.name} ({township.area_code})"),
        (words.say("front.campaign"), county.campaign["name"]),
        (words.say("front.birth_years"), f"{first}–{last}"),
        (words.say("front.run_id"), county.record["run_id"]),
        (words.say("front.date"), county.record["date"]),
        (words.say("front.office"), county.campaign.get("office") or unset),
        (words.say("front.contact"), county.campaign.get("contact") or unset),
    ]


def _heading(book: Book, sheet: Any, row: int, text: str) -> int:
    sheet.set_row(row, 22)
    sheet.write_string(row, 0, text, book.style(bold=True, font_size=13))
    return row + 1


def _pairs(book: Book, sheet: Any, row: int, pairs: list[tuple[str, str]]) -> int:
    for offset, (label, text) in enumerate(pairs):
        sheet.set_row(row + offset, line_height([label, text], _WIDTHS))
        sheet.write_string(row + offset, 0, label, book.style(bold=True, text_wrap=True, num_format="@"))
        sheet.write_string(row + offset, 1, text, book.style(text_wrap=True, num_format="@"))
    return row + len(pairs)


def _minimum(book: Book, name: str) -> dict[str, int]:
    return {"minimum": book.words.minimum} if name == "fewer_than" else {}
