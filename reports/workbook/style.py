"""Formats, page set-up and protection shared by all sheets of a workbook."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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

    def sheet(self, name: str, widths: list[float], freeze: bool = True, kind: type | None = None) -> Any:
        """A sheet ready for one table: widths, A4 landscape, one page wide, header row repeated, protected."""
        sheet = self.workbook.add_worksheet(name, kind)
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


def line_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Height in points of one row; see ``row_heights``."""
    return row_heights([[text] for text in texts], widths)[0]


def row_heights(columns: Sequence[Sequence[str]], widths: Sequence[float]) -> list[float]:
    """Heights in points of rows whose cells wrap.

    Excel fits rows by itself when it opens a file; LibreOffice and WPS do not always.

    Args:
        columns: texts, column by column.
        widths: of the columns, in characters.
    """
    lines = np.maximum.reduce([_lines(texts, width) for texts, width in zip(columns, widths, strict=False)])
    heights: list[float] = np.minimum(_TALLEST, 4 + _LINE_POINTS * lines).tolist()
    return heights


def _lines(texts: Sequence[str], width: float) -> NDArray[np.float64]:
    """How many lines every text of a column takes."""
    distinct = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    if len(distinct) < len(texts):  # advice is the same in thousands of rows
        return _lines(list(distinct), width)[[distinct[text] for text in texts]]
    whole = "\n".join(texts)
    parts, breaks = whole.split("\n"), np.array([text.count("\n") for text in texts])
    # No byte of a character of GB 18030 is a line feed, so that a column can be measured at once; ``contents.cells`` says what for.
    wide = np.array([len(part) for part in whole.encode("gb18030", "replace").split(b"\n")])
    letters = np.array([len(part) for part in parts])
    # Latin letters are narrower than digits, by which widths are counted; Chinese characters are a little wider than two.
    lines = np.maximum(1, np.ceil(np.where(wide == letters, 0.94, 1.03) * wide / (width - 1)))
    starts = np.concatenate([[0], np.cumsum(breaks[:-1] + 1)])
    short = (breaks == 0) & (2.06 * letters[starts] < width)  # is one line, whatever it holds
    return np.where(short, 1, np.add.reduceat(lines, starts))


def cut(text: str) -> str:
    """Text as long as a cell may be; outside the first 65,536 characters of Unicode each counts for two."""
    if len(text) <= _CELL // 2:
        return text
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * _CELL else units[: 2 * _CELL].decode("utf-16-le", "ignore") + "…"


def header(book: Book, sheet: Any, titles: list[str], answers_from: int | None = None) -> None:
    """Write row 1."""
    sheet.set_row(0, 32)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, book.head(answer=answers_from is not None and column >= answers_from))
