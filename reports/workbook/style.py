"""Formats, page set-up and protection shared by all sheets of a workbook."""

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from reports.county import County, Township
from reports.words import Words

INK: Final = "#1F2933"
_LINE: Final = "#B6C0CA"
_HEAD: Final = "#22405C"
# Dark text on light fill: at least 7:1, and still three greys apart on a black-and-white printer.
SEVERITY_FILL: Final = {"high": ("#F6CFC8", "#6B0F0A"), "medium": ("#FBE7B8", "#4A3600"), "low": ("#EDF1F5", "#2F3E4D")}
ANSWER_FILL: Final = "#FFFDF0"
_LINE_POINTS: Final = 16.2  # room for fonts that stand in for the named ones
_TALLEST: Final = 405.0  # Excel allows 409
_CELL: Final = 32_000  # Excel cuts a cell at 32,767 characters


@dataclass
class Book:
    """A workbook under construction."""

    workbook: Any
    words: Words
    county: County
    township: Township
    file_name: str
    date: dt.date
    _formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def style(self, **properties: Any) -> Any:
        """A format; the same properties give the same format."""
        key = tuple(properties.items())  # in the order given: two orders make two formats, alike, which does no harm
        if key not in self._formats:
            base = {"font_name": self.words.say("workbook.font"), "font_size": 11, "font_color": INK, "valign": "top"}
            self._formats[key] = self.workbook.add_format({**base, **properties})
        return self._formats[key]

    def cell(self, **properties: Any) -> Any:
        """A table cell's format."""
        return self.style(text_wrap=True, border=1, border_color=_LINE, **properties)

    def text_cell(self, **properties: Any) -> Any:
        """A table cell that holds text and must stay text: ids, codes, numbers with leading zeros."""
        return self.cell(num_format="@", **properties)

    @cached_property
    def text(self) -> Any:
        """A text cell's format; thousands of rows ask for it."""
        return self.text_cell()

    @cached_property
    def severities(self) -> dict[str, tuple[str, Any]]:
        """Every severity in words, and the format of its cell."""
        return {
            severity: (
                self.words.severity(severity),
                self.text_cell(bg_color=fill, font_color=ink, bold=severity == "high"),
            )
            for severity, (fill, ink) in SEVERITY_FILL.items()
        }

    @cached_property
    def answer_cells(self) -> tuple[Any, Any]:
        """Formats of the unlocked cells: for text, for dates."""
        open_cell = {"locked": False, "bg_color": ANSWER_FILL}
        return self.cell(num_format="@", **open_cell), self.cell(num_format="yyyy-mm-dd", **open_cell)

    def head(self, answer: bool = False) -> Any:
        """A header cell's format; answer columns are told apart by more than colour: their header bears ▼ or a rule."""
        fill = {"bg_color": "#8A5A00" if answer else _HEAD}
        return self.cell(bold=True, font_color="#FFFFFF", valign="vcenter", bottom=2, **fill)

    def sheet(self, name: str, widths: list[float], freeze: bool = True) -> Any:
        """A sheet ready for one table: widths, A4 landscape, one page wide, header row repeated, protected."""
        sheet = self.workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        if freeze:
            sheet.freeze_panes(1, 3)  # D2: header, id, severity and record stay in sight
            sheet.repeat_rows(0)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer(self._footer())
        sheet.hide_gridlines(2)
        sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
        return sheet

    def _footer(self) -> str:
        # An ampersand starts a code in Excel's footers, and a footer holds 255 characters at most.
        name = self.file_name.replace("&", "&&")[:160]
        return f"&L&9{name}&C&9{self.words.say('workbook.pages')}&R&9{self.words.say('workbook.signature')}"


def line_height(texts: list[str], widths: list[float]) -> float:
    """Height in points of a row whose cells wrap.

    Excel fits rows by itself when it opens a file; LibreOffice and WPS do not always.

    Args:
        texts: one per column.
        widths: of the columns, in characters.
    """
    lines = 1
    for text, width in zip(texts, widths, strict=False):
        if 2.06 * len(text) >= width or "\n" in text:  # or it is one line, whatever it holds
            lines = max(lines, _lines(text, width))
    return min(_TALLEST, 4 + _LINE_POINTS * lines)


@lru_cache(maxsize=100_000)  # advice is the same in thousands of rows
def _lines(text: str, width: float) -> int:
    # Latin letters are narrower than digits, by which widths are counted; Chinese characters are a little wider than two.
    parts = ((0.94 if line.isascii() else 1.03) * cells(line) for line in text.split("\n"))
    return sum(max(1, math.ceil(length / (width - 1))) for length in parts)


def cells(text: str) -> int:
    """How wide a line is in Latin characters.

    In GB 18030 a Chinese character takes two bytes and a Latin one takes one, as they do on a sheet.

    >>> cells("东华镇 2026")
    11
    """
    return len(text) if text.isascii() else len(text.encode("gb18030", "replace"))


def cut(text: str) -> str:
    """Text as long as a cell may be."""
    return text if len(text) <= _CELL else text[:_CELL] + "…"


def header(book: Book, sheet: Any, titles: list[str], answers_from: int | None = None) -> None:
    """Write row 1."""
    sheet.set_row(0, 32)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, book.head(answer=answers_from is not None and column >= answers_from))
