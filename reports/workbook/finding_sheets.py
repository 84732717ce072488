"""The two sheets of findings: rows to check (核实单) and figures to explain (统计问题)."""

from functools import cache
from typing import Any, Final

import polars as pl

from reports.county import Row
from reports.workbook.answers import ANSWER_COLUMNS, validate
from reports.workbook.columns import Column, ColumnSheet
from reports.workbook.contents import SHOWN, side_by_side
from reports.workbook.style import Book, cut, header, row_heights

# Narrow enough for the answers to be in sight on a small screen, and for print that can be read.
_ANSWER_WIDTHS: Final = [13.0, 13.0, 8.5, 11.0, 12.0]
_ROW_COLUMNS: Final = ("finding_id", "severity", "record_id", "line", "problem", "content", "innocent", "next")
_ROW_WIDTHS: Final = {
    "zh": [13.5, 9.0, 11.0, 7.0, 18.0, 34.0, 20.0, 21.0],
    "en": [13.5, 9.5, 11.0, 7.0, 19.0, 28.0, 23.0, 23.0],  # sentences are longer, names of fields too long to stand beside a number
}
_AREA_COLUMNS: Final = ("finding_id", "severity", "family", "period", "place", "problem", "innocent", "next")
_AREA_WIDTHS: Final = [13.5, 9.0, 10.5, 10.5, 10.0, 30.0, 25.0, 25.0]


def write_rows(book: Book) -> None:
    """Findings that name rows of the register."""
    words, widths = book.words, _ROW_WIDTHS[book.words.language]
    findings = [finding for finding in book.township.findings if finding["subject"] == "row"]
    sheet = _table(book, "rows", _ROW_COLUMNS, widths, findings)
    if findings:
        ids = [finding["finding_id"] for finding in findings]
        evidence = book.county.evidence.filter(pl.col("finding_id").is_in(ids))
        contents = side_by_side(evidence, words, int(widths[5]) - 2)
        columns = [
            [_joined(book, finding["row_refs"]) for finding in findings],
            [_joined(book, [str(line) for line in finding["row_lines"]]) for finding in findings],
            [words.sentence(finding) for finding in findings],
            [contents.get(finding_id, "") for finding_id in ids],
        ]
        _write(book, sheet, findings, columns, widths)


def write_areas(book: Book) -> None:
    """Findings about the township's figures, returns and indicators."""
    words = book.words
    findings = [finding for finding in book.township.findings if finding["subject"] != "row"]
    sheet = _table(book, "areas", _AREA_COLUMNS, _AREA_WIDTHS, findings)
    if findings:
        columns = [
            [words.code("family", finding["family"]) for finding in findings],
            [finding["period"] or "—" for finding in findings],
            [finding["village"] or words.say("whole_township") for finding in findings],
            [words.sentence(finding) for finding in findings],
        ]
        _write(book, sheet, findings, columns, _AREA_WIDTHS)


def _table(book: Book, name: str, columns: tuple[str, ...], widths: list[float], findings: list[Row]) -> Any:
    words, first = book.words, len(columns)
    sheet = book.sheet(words.say(f"sheet.{name}"), widths + _ANSWER_WIDTHS, kind=ColumnSheet)
    titles = [words.say(f"column.{column}") for column in (*columns, *ANSWER_COLUMNS)]
    header(book, sheet, titles, answers_from=first)
    last = max(1, len(findings))
    sheet.autofilter(0, 0, last, len(titles) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A2:H{last + 1}"})
    if not findings:
        sheet.write_string(1, 0, words.say(f"nothing.{name}"), book.style())
        return sheet
    validate(book, sheet, last, first)
    return sheet


def _write(book: Book, sheet: ColumnSheet, findings: list[Row], own: list[list[str]], widths: list[float]) -> None:
    """Id, severity, the sheet's own columns, advice and the cells for the answers."""
    ids = [finding["finding_id"] for finding in findings]
    severities = [book.severities[finding["severity"]] for finding in findings]
    detectors = [finding["detector"] for finding in findings]
    advice = [[_numbered(book.words.card_list(detector, part)) for detector in detectors] for part in ("innocent", "next")]
    # A severity is one line, whatever stands beside it.
    heights = row_heights([ids, *own, *advice], [widths[0], *widths[2:]])
    columns = [Column(ids, book.text), Column([word for word, _ in severities], [style for _, style in severities], shared=True)]
    columns += [Column([cut(text) for text in texts], book.text) for texts in own]
    columns += [Column(texts, book.text, shared=True) for texts in advice]
    text, date = book.answer_cells
    sheet.write_columns(heights, columns, [date if name == "checked_on" else text for name in ANSWER_COLUMNS])


def _joined(book: Book, values: list[str]) -> str:
    if len(values) == 1:
        return values[0]
    shown = "\n".join(values[:SHOWN])
    return shown if len(values) <= SHOWN else f"{shown}\n{book.words.say('in_all', number=book.words.number(len(values)))}"


@cache  # a few dozen lists, asked for by every finding
def _numbered(texts: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
