"""The five columns a clerk fills in: unlocked, with lists, dates and prompts that Excel, WPS and LibreOffice keep."""

from typing import Any, Final

from expectations.codes import ANSWERS
from reports.workbook.style import Book

ANSWER_COLUMNS: Final = ("outcome", "corrected", "checked_by", "checked_on", "note")
# The list must be a named range: an inline one breaks above 255 characters, and Excel drops it without a word.
LIST_NAME: Final = "hecha_answers"


def write_options(book: Book) -> None:
    """The hidden sheet: the answers in words beside their codes, and the run's id, by which a returned file is known."""
    words, sheet = book.words, book.workbook.add_worksheet(book.words.say("sheet.options"))
    plain = book.style(num_format="@")
    sheet.set_column(0, 1, 24)
    for row, answer in enumerate(ANSWERS):
        sheet.write_string(row, 0, words.code("answer", answer), plain)
        sheet.write_string(row, 1, answer, plain)
    sheet.write_string(len(ANSWERS) + 1, 0, "run_id", plain)
    sheet.write_string(len(ANSWERS) + 1, 1, book.county.record["run_id"], plain)
    sheet.protect("")
    sheet.hide()


def name_answers(book: Book) -> None:
    """Name the range of answers."""
    sheet = book.words.say("sheet.options")
    book.workbook.define_name(LIST_NAME, f"='{sheet}'!$A$1:$A${len(ANSWERS)}")


def validate(book: Book, sheet: Any, last: int, first: int) -> None:
    """Lists, dates and prompts for rows 1 to ``last`` (zero-based), answers starting in column ``first``."""
    words = book.words

    def rules(name: str, **more: Any) -> None:
        column = first + ANSWER_COLUMNS.index(name)
        prompt = {"input_title": words.say(f"prompt.{name}.title"), "input_message": words.say(f"prompt.{name}.text")}
        sheet.data_validation(1, column, last, column, {**prompt, **more})

    stop = {"error_type": "stop", "error_title": words.say("stop.title")}
    rules("outcome", validate="list", source=f"={LIST_NAME}", error_message=words.say("stop.outcome"), **stop)
    rules("corrected", validate="any")
    rules(
        "checked_on",
        validate="date",
        criteria=">=",
        value=book.date,
        error_message=words.say("stop.checked_on", date=book.date),
        **stop,
    )
    _want_correction(book, sheet, last, first)


def _want_correction(book: Book, sheet: Any, last: int, first: int) -> None:
    """*Corrected* without saying to what: the answer cell itself asks for it, and the empty cell is marked."""
    from xlsxwriter.utility import xl_col_to_name

    outcome, corrected = xl_col_to_name(first), xl_col_to_name(first + 1)
    criteria = f'=AND(${outcome}2=INDEX({LIST_NAME},1),${corrected}2="")'
    # A number format can add words to a cell that holds text; an empty cell shows none, so the words stand beside it.
    asks = book.workbook.add_format(
        {"num_format": f'@" → {book.words.say("stop.fill_in")}"', "bold": True, "font_color": "#6B0F0A"}
    )
    marks = book.workbook.add_format({"bg_color": "#F6CFC8", "border": 1, "border_color": "#6B0F0A"})
    sheet.conditional_format(1, first, last, first, {"type": "formula", "criteria": criteria, "format": asks})
    sheet.conditional_format(1, first + 1, last, first + 1, {"type": "formula", "criteria": criteria, "format": marks})
