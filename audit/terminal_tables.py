"""Tables on a terminal, and the same rows for machines: JSON Lines and CSV."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len

from audit.terminal import Terminal, fit, wrap

FORMATS: Final = ("table", "json", "csv")
_GAP: Final = "  "
_NARROWEST: Final = 36  # cells below which running text goes under its row


@dataclass(frozen=True)
class Column:
    """One column of a table on a terminal.

    Attributes:
        title: header, in the reader's language.
        right: whether figures are aligned to the right.
        optional: whether it may be left out where there is no room; the last optional one goes first.
        text: whether it holds running text that may be wrapped; at most one column of a table, the last.
        style: cell text -> style of ``Terminal.style``, or none.
    """

    title: str
    right: bool = False
    optional: bool = False
    text: bool = False
    style: Callable[[str], str | None] | None = None


def show_table(terminal: Terminal, columns: Sequence[Column], rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Print a table no wider than the terminal; running text that finds no room goes under its row."""
    cells = [[terminal.tidy(cell) for cell in row] for row in rows]
    titles = [terminal.tidy(column.title) for column in columns]
    columns, titles, cells = _without_optional(columns, titles, cells, terminal.width - cell_len(indent))
    fixed = [index for index, column in enumerate(columns) if not column.text]
    widths = {index: max(cell_len(row[index]) for row in [titles, *cells]) for index in fixed}
    _shrink(widths, [index for index in fixed if not columns[index].right], terminal.width - cell_len(indent))
    used = cell_len(indent) + sum(widths.values()) + len(_GAP) * len(fixed)
    room = terminal.width - used
    below = any(column.text for column in columns) and room < _NARROWEST
    for number, row in enumerate([titles, *cells]):
        line = indent + _GAP.join(_cell(terminal, columns[index], row[index], widths[index], number) for index in fixed)
        text = [row[index] for index, column in enumerate(columns) if column.text]
        if not text or (below and (number == 0 or not text[0])):
            terminal.print(line.rstrip())
        elif below:
            terminal.print(line.rstrip(), *wrap(text[0], terminal.width, indent + _GAP))
        else:
            first, *rest = wrap(text[0], room) if text[0] else [""]
            terminal.print((line + _GAP + _title(terminal, first, number)).rstrip(), *(" " * used + part for part in rest))


def show_rows(terminal: Terminal, form: str, rows: Iterable[Mapping[str, Any]], header: Sequence[str]) -> None:
    """Print rows as JSON Lines or CSV (UTF-8 without BOM); no NaN, lists in CSV joined by a semicolon."""
    if form == "json":
        for row in rows:
            terminal.print(json.dumps(finite(dict(row)), ensure_ascii=False, allow_nan=False))
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_csv(row.get(name)) for name in header] for row in rows)
    terminal.print(buffer.getvalue().rstrip("\n"))


def finite(content: Any) -> Any:
    """JSON content with null in place of NaN and infinities."""
    if isinstance(content, dict):
        return {str(key): finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _csv(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return ";".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(finite(value), ensure_ascii=False, allow_nan=False)
    return finite(value)


def _without_optional(
    columns: Sequence[Column], titles: list[str], cells: list[list[str]], room: int
) -> tuple[Sequence[Column], list[str], list[list[str]]]:
    """The table without as many of its optional columns as it takes to fit."""
    while True:
        widths = [max(cell_len(row[at]) for row in [titles, *cells]) for at, column in enumerate(columns) if not column.text]
        optional = [at for at, column in enumerate(columns) if column.optional]
        if sum(widths) + len(_GAP) * (len(widths) - 1) <= room or not optional:
            return columns, titles, cells
        out = optional[-1]
        columns = [column for at, column in enumerate(columns) if at != out]
        titles, *cells = ([cell for at, cell in enumerate(row) if at != out] for row in [titles, *cells])


def _shrink(widths: dict[int, int], narrowable: list[int], room: int) -> None:
    """Take cells from the widest text columns until the fixed ones fit."""
    while sum(widths.values()) + len(_GAP) * (len(widths) - 1) > room and narrowable:
        widest = max(narrowable, key=lambda index: widths[index])
        if widths[widest] <= 4:
            return
        widths[widest] -= 1


def _cell(terminal: Terminal, column: Column, text: str, width: int, number: int) -> str:
    filled = (
        " " * (width - cell_len(text)) + text if column.right and cell_len(text) <= width else fit(text, width, terminal.tidy("…"))
    )
    if number == 0:
        return terminal.style(filled, "bold")
    return terminal.style(filled, column.style(text) if column.style else None)


def _title(terminal: Terminal, text: str, number: int) -> str:
    return terminal.style(text, "bold") if number == 0 else text
