"""The two sheets of findings: rows to check (核实单) and figures to explain (统计问题)."""

from functools import cache
from typing import Any, Final

from reports.county import Row
from reports.workbook.answers import ANSWER_COLUMNS, open_cells, validate
from reports.workbook.style import Book, cells, cut, header, line_height

# Narrow enough for the answers to be in sight on a small screen, and for print that can be read.
_ANSWER_WIDTHS: Final = [13.0, 13.0, 8.5, 11.0, 12.0]
_ROW_COLUMNS: Final = ("finding_id", "severity", "record_id", "line", "problem", "content", "innocent", "next")
_ROW_WIDTHS: Final = {
    "zh": [13.5, 9.0, 11.0, 7.0, 18.0, 34.0, 20.0, 21.0],
    "en": [13.5, 9.5, 11.0, 7.0, 19.0, 28.0, 23.0, 23.0],  # sentences are longer, names of fields too long to stand beside a number
}
_AREA_COLUMNS: Final = ("finding_id", "severity", "family", "period", "place", "problem", "innocent", "next")
_AREA_WIDTHS: Final = [13.5, 9.0, 10.5, 10.5, 10.0, 30.0, 25.0, 25.0]
_SHOWN: Final = 6  # rows of the register laid side by side in one cell; more is not read


def write_rows(book: Book) -> None:
    """Findings that name rows of the register."""
    widths = _ROW_WIDTHS[book.words.language]
    findings = [finding for finding in book.township.findings if finding["subject"] == "row"]
    sheet = _table(book, "rows", _ROW_COLUMNS, widths, findings)
    for index, finding in enumerate(findings, start=1):
        values = (
            finding["finding_id"],
            None,
            _joined(book, finding["row_refs"]),
            _joined(book, [str(line) for line in finding["row_lines"]]),
            book.words.sentence(finding),
            _side_by_side(book, book.county.evidence.get(finding["finding_id"], []), int(widths[5]) - 2),
            *_advice(book, finding),
        )
        _write(book, sheet, index, finding, values, widths)


def write_areas(book: Book) -> None:
    """Findings about the township's figures, returns and indicators."""
    findings = [finding for finding in book.township.findings if finding["subject"] != "row"]
    sheet = _table(book, "areas", _AREA_COLUMNS, _AREA_WIDTHS, findings)
    for index, finding in enumerate(findings, start=1):
        values = (
            finding["finding_id"],
            None,
            book.words.code("family", finding["family"]),
            finding["period"] or "—",
            finding["village"] or book.words.say("whole_township"),
            book.words.sentence(finding),
            *_advice(book, finding),
        )
        _write(book, sheet, index, finding, values, _AREA_WIDTHS)


def _table(book: Book, name: str, columns: tuple[str, ...], widths: list[float], findings: list[Row]) -> Any:
    words, first = book.words, len(columns)
    sheet = book.sheet(words.say(f"sheet.{name}"), widths + _ANSWER_WIDTHS)
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


def _write(book: Book, sheet: Any, index: int, finding: Row, values: tuple[str | None, ...], widths: list[float]) -> None:
    sheet.set_row(index, line_height([value or "" for value in values], widths))
    text, (severity, style) = book.text, book.severities[finding["severity"]]
    for column, value in enumerate(values):
        if value is not None:
            sheet.write_string(index, column, cut(value), text)
    sheet.write_string(index, 1, severity, style)
    open_cells(book, sheet, index, len(values))


def _joined(book: Book, values: list[str]) -> str:
    shown = "\n".join(values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown}\n{book.words.say('in_all', number=book.words.number(len(values)))}"


def _side_by_side(book: Book, evidence: list[Row], width: int) -> str:
    """Masked values field by field, the rows of the finding side by side; fields that differ are marked ≠.

    Args:
        book: the workbook.
        evidence: of one finding.
        width: cells of a line.
    """
    fields: dict[str, list[Row]] = {}
    for row in evidence:
        fields.setdefault(row["field"], []).append(row)
    blank, colon = book.words.say("blank"), book.words.say("colon")
    lines = []
    for name, rows in fields.items():
        values = [row["masked"] or blank for row in rows[:_SHOWN]] + ["…"] * (len(rows) > _SHOWN)
        mark = "≠ " if any(row["differs"] for row in rows) else ""
        if not mark and len(set(values)) == 1:
            values = values[:1]
        label, side = f"{mark}{book.words.field(name)}{colon}", " | ".join(values)
        if cells(label + side) <= width:
            lines.append(label + side)
        elif cells(side) <= width - 2:
            lines += [label, f"  {side}"]
        else:  # values that do not fit beside each other stand below each other
            lines += [label, *(f"  {value}" for value in values)]
    return "\n".join(lines)


def _advice(book: Book, finding: Row) -> tuple[str, str]:
    """Innocent explanations and next steps from the detector's card, numbered."""
    return _numbered(book.words.card_list(finding["detector"], "innocent")), _numbered(
        book.words.card_list(finding["detector"], "next")
    )


@cache  # a few dozen lists, asked for by every finding
def _numbered(texts: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
