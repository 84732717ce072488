"""Workbooks that come back filled in: answers by finding id, all else that was written by sheet and cell; nothing is lost."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audit.runs.answers import Answer
from expectations.catalogue import LANGUAGES, catalogue
from expectations.codes import ANSWERS
from expectations.errors import HechaError, Problems, ReadError

HEADER_ROWS: Final = 20
FIELDS: Final = {"outcome": "outcome", "corrected": "corrected", "checked_by": "by", "checked_on": "checked_on", "note": "note"}
_ID: Final = re.compile(r"^[0-9a-f]{12}$")
# Sheets with nothing to fill in, and how many columns they have: what stands beside was written there by somebody.
_OURS: Final = {"front": 2, "coverage": 9, "options": 2}
_COLUMNS: Final = (
    *("finding_id", "severity", "record_id", "line", "problem", "content", "innocent", "next", "family", "period", "place"),
    *FIELDS,
)


@dataclass(frozen=True)
class Leftover:
    """Something written that is no answer to a known finding.

    Attributes:
        file, sheet, cell: where, as ``I4``.
        text: what.
        why: ``unknown_id``, ``no_id``, ``no_outcome``, ``free_text`` or ``answered_twice``.
    """

    file: str
    sheet: str
    cell: str
    text: str
    why: str


@dataclass(frozen=True)
class Taken:
    """What a returned workbook held."""

    answers: tuple[Answer, ...]
    leftovers: tuple[Leftover, ...]


def take(path: Path, known: frozenset[str], today: dt.date) -> Taken:
    """Read a returned workbook, whatever was sorted, filtered, added or deleted in it.

    Args:
        path: an .xlsx, .xls, .et or .ods file, whatever its ending says.
        known: ids of findings that may be answered.
        today: when it is taken in.

    Raises:
        Problems: the file cannot be read as a workbook.
    """
    answers: dict[str, Answer] = {}
    leftovers: list[Leftover] = []
    for sheet, rows in _sheets(path):
        for found in _rows(path.name, sheet, rows, known, today):
            if isinstance(found, Leftover):
                leftovers.append(found)
                continue
            earlier = answers.get(found.finding_id)
            if earlier is not None and (earlier.outcome, earlier.note) != (found.outcome, found.note):
                cell = earlier.source.rpartition("!")[2]
                leftovers.append(Leftover(path.name, sheet, cell, f"{earlier.outcome} {earlier.note}".strip(), "answered_twice"))
            answers[found.finding_id] = found
    return Taken(tuple(answers.values()), tuple(leftovers))


def outcome_of(text: str) -> str | None:
    """The answer's code for a code or its words in either language."""
    return _outcomes().get(_plain(text))


def column_name(index: int) -> str:
    """A spreadsheet's name of a zero-based column.

    >>> column_name(0), column_name(27)
    ('A', 'AB')
    """
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Every sheet as rows of text, the first row being the sheet's first."""
    from audit.ingest.sniff import sniff
    from audit.ingest.spec import FileSpec
    from audit.ingest.workbook import check_zip

    try:
        if path.exists() and not path.is_file():  # a pipe or a device never ends
            raise _unreadable(path, "E-ANS-002")
        data = path.read_bytes()
    except OSError:
        raise _unreadable(path, "E-ANS-002") from None
    kind = sniff(data, path.suffix.lower())
    if kind not in ("zip", "ole"):
        raise _unreadable(path, "E-ANS-003")
    if kind == "zip":
        check_zip(data, FileSpec("answers", path, ()))
    try:
        import fastexcel

        book = fastexcel.read_excel(data)
        for name in list(book.sheet_names):
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            columns = sheet.available_columns()
            before = [""] * (columns[0].absolute_index if columns else 0)  # empty columns at the left are not counted otherwise
            yield name, [[*before, *((cell or "").strip() for cell in row)] for row in sheet.to_polars().iter_rows()]
    except (KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit):
        raise
    except BaseException:  # the library's panics are no Exceptions, and its words may quote cells
        raise _unreadable(path, "E-ANS-003") from None


def _rows(file: str, sheet: str, rows: list[list[str]], known: frozenset[str], today: dt.date) -> Iterator[Answer | Leftover]:
    if (ours := _our_columns().get(_plain(sheet))) is not None:
        for index, row in enumerate(rows):
            beside = {column: text for column, text in enumerate(row) if text and column >= ours}
            yield from _left(file, sheet, index, beside, "free_text")
        return
    at, columns = _header(rows)
    for index, row in enumerate(rows):
        if index == at or (at is None and not any(row)):
            continue
        filled = {column: text for column, text in enumerate(row) if text}
        if at is None or index < at:
            yield from _left(file, sheet, index, filled, "free_text")
        else:
            yield from _row(_Place(file, sheet, index), row, filled, columns, known, today)


@dataclass(frozen=True)
class _Place:
    file: str
    sheet: str
    row: int


def _row(
    place: _Place, row: list[str], filled: dict[int, str], columns: dict[str, int], known: frozenset[str], today: dt.date
) -> Iterator[Answer | Leftover]:
    """One row under the header."""

    def left(cells: dict[int, str], why: str) -> Iterator[Leftover]:
        return _left(place.file, place.sheet, place.row, cells, why)

    def value(name: str) -> str:
        return row[columns[name]] if name in columns and columns[name] < len(row) else ""

    answers = {columns[name]: value(name) for name in FIELDS if value(name)}
    finding_id = value("finding_id").lower()
    strays = {column: text for column, text in filled.items() if column not in columns.values()}
    yield from left(strays, "free_text")
    if not _ID.match(finding_id):
        if finding_id or answers:  # a row added by hand, or one that lost its id
            given = answers if not finding_id else {**answers, columns["finding_id"]: value("finding_id")}
            yield from left(given if answers else {}, "no_id")
            if finding_id and not answers and not _is_note(rows_text=value("finding_id")):
                yield from left({columns["finding_id"]: value("finding_id")}, "free_text")
        return
    if finding_id not in known:
        yield from left(answers, "unknown_id")
        return
    outcome = outcome_of(value("outcome")) if value("outcome") else None
    if outcome is None:
        rest = {column: text for column, text in answers.items() if column != columns.get("outcome")}
        yield from left({columns["outcome"]: value("outcome")} if value("outcome") else {}, "free_text")
        yield from left(rest, "no_outcome")
        return
    said = {attribute: value(name) for name, attribute in FIELDS.items()} | {
        "outcome": outcome,
        "checked_on": _date(value("checked_on")),
    }
    source = f"{place.file} {place.sheet}!{column_name(columns['outcome'])}{place.row + 1}"
    yield Answer(finding_id=finding_id, recorded_on=today.isoformat(), source=source, **said)


def _is_note(rows_text: str) -> bool:
    """The line that our own workbook puts where there is nothing to do."""
    texts = {catalogue(lang).text(f"reports.nothing.{name}") for lang in LANGUAGES for name in ("rows", "areas")}
    return rows_text in texts


def _left(file: str, sheet: str, row: int, cells: dict[int, str], why: str) -> Iterator[Leftover]:
    for column, text in sorted(cells.items()):
        yield Leftover(file, sheet, f"{column_name(column)}{row + 1}", text, why)


def _header(rows: list[list[str]]) -> tuple[int | None, dict[str, int]]:
    """The row that has most of our titles, and which column is which."""
    titles = {_plain(catalogue(lang).text(f"reports.column.{name}")): name for lang in LANGUAGES for name in _COLUMNS}
    best: tuple[int | None, dict[str, int]] = (None, {})
    for index, row in enumerate(rows[:HEADER_ROWS]):
        found: dict[str, int] = {}
        for column, text in enumerate(row):
            if name := titles.get(_plain(text)):
                found.setdefault(name, column)
        if len(found) > max(len(best[1]), 1) and ("outcome" in found or "finding_id" in found):
            best = (index, found)
    return best


def _our_columns() -> dict[str, int]:
    return {_plain(catalogue(lang).text(f"reports.sheet.{name}")): n for lang in LANGUAGES for name, n in _OURS.items()}


def _outcomes() -> dict[str, str]:
    words = {_plain(catalogue(lang).code("answer", answer)): answer for lang in LANGUAGES for answer in ANSWERS}
    return {**words, **{answer: answer for answer in ANSWERS}}


def _plain(text: str) -> str:
    """Text for comparing: no spaces, marks or case, half-width."""
    import unicodedata

    return re.sub(r"[\s▼*：:]", "", unicodedata.normalize("NFKC", text)).casefold()


def _date(text: str) -> str:
    """A date as offices write it, in ISO; what is no date stays as it was written."""
    if match := re.match(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", text):
        try:
            return dt.date(*(int(part) for part in match.groups())).isoformat()
        except ValueError:
            return text
    if re.match(r"^[34]\d{4}(\.0+)?$|^5\d{4}(\.0+)?$", text):  # a spreadsheet's serial day
        return (dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))).isoformat()
    return text


def _unreadable(path: Path, code: str, **params: Any) -> Problems:
    problem: HechaError = ReadError(code, file=path.name, params=params)
    return Problems([problem])
