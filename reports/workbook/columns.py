"""Rows of a sheet written column by column: the library looks at every cell by itself, of which a county has 400,000.

What a sheet holds besides (its header, protection, lists, widths, print set-up) is the library's, and so is the file.
"""

import re
from collections.abc import Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_BREAK: Final = "\x00"  # between the texts of a column; reports hold no control characters
_LOOKS_ESCAPED: Final = re.compile("(_x[0-9a-fA-F]{4}_)")  # would be read as the character with that number


class Column(NamedTuple):
    """Cells below each other.

    Attributes:
        texts: of all rows.
        formats: one of the library's for all, or a list with one per row.
        shared: whether texts come back so often that the workbook had better keep each once; ours only, for the library takes
            a shared text between ``<r>`` and ``</r>`` for markup.
    """

    texts: Sequence[str]
    formats: Any
    shared: bool = False


class ColumnSheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A sheet whose rows below the header are given as columns."""

    def __init__(self) -> None:
        super().__init__()
        self._below: list[str] = []

    def write_columns(self, heights: Sequence[float], columns: Sequence[Column], after: Sequence[Any]) -> None:
        """Write all rows below the header; once a sheet.

        Args:
            heights: of the rows, in points.
            columns: from the first on.
            after: formats of the empty cells behind them.
        """
        rows = range(2, len(heights) + 2)
        width = len(columns) + len(after)
        starts = [
            f'<row r="{row}" spans="1:{width}" ht="{int(height * 4 / 3 + 0.5) * 0.75:.16g}" customHeight="1">'  # whole pixels
            for row, height in zip(rows, heights, strict=True)
        ]
        cells = [self._cells(xl_col_to_name(at), rows, column) for at, column in enumerate(columns)]
        empty = [(xl_col_to_name(at), cell._get_xf_index()) for at, cell in enumerate(after, start=len(columns))]
        ends = ["".join(f'<c r="{name}{row}" s="{style}"/>' for name, style in empty) + "</row>" for row in rows]
        self._below = ["".join(row) for row in zip(starts, *cells, ends, strict=True)]
        self._check_dimensions(len(heights), width - 1)

    def _cells(self, name: str, rows: range, column: Column) -> list[str]:
        formats = column.formats if isinstance(column.formats, list) else repeat(column.formats, len(rows))
        styles = [cell._get_xf_index() for cell in formats]
        if column.shared:
            places = map(self.str_table._get_shared_string_index, column.texts)
            told = zip(rows, styles, places, strict=True)
            return [f'<c r="{name}{row}" s="{style}" t="s"><v>{place}</v></c>' for row, style, place in told]
        told = zip(rows, styles, _escaped(column.texts), strict=True)
        start, end = 't="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
        return [f'<c r="{name}{row}" s="{style}" {start}{text}{end}' for row, style, text in told]

    def _write_rows(self) -> None:
        """What the library calls for the rows of a sheet: its own first, which is the header."""
        super()._write_rows()
        self.fh.write("".join(self._below))


def _escaped(texts: Sequence[str]) -> list[str]:
    """Texts as XML has them."""
    whole = _BREAK.join(texts).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LOOKS_ESCAPED.sub(r"_x005F\1", whole).split(_BREAK)
