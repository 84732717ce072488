"""Workbooks: .xlsx, .xls, .et, .ods, from bytes, because by path the library believes a file's ending."""

import io
import logging
import re
import zipfile
import zlib
from typing import IO, Any, Final, NoReturn
from xml.parsers import expat

import polars as pl

from audit.ingest.compound import sound
from audit.ingest.headers import Row, find_header, not_found, settle
from audit.ingest.limits import HEADER_ROWS, LARGEST_RATIO, LARGEST_UNPACKED, MOST_CELLS
from audit.ingest.quiet import quiet
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HARMLESS: Final = 16 << 20  # bytes; below this no ratio matters
_COUNTS: Final = re.compile(rb'(?:uniqueCount|count)="([0-9]{1,20})"')
# Wherever it stands in the cell: of two references in one, which is no XML, the reader believes the last.
_WIDE: Final = re.compile(rb'r=["\'][A-Z]{2,3}[0-9]')
_FAR_ROW: Final = re.compile(rb'\sr=["\'][A-Z]{0,7}([0-9]{7,})')
_MOST_ROWS: Final = (
    1_048_576  # of a worksheet; a row beyond it makes the reader ask for more memory than there is, and end the process
)
_REFERENCE: Final = re.compile(rb'r=["\']([A-Z]{1,3})([0-9]{1,7})["\']')
_REPEATS: Final = re.compile(
    rb'<table:table-cell[^>]{0,200}number-columns-repeated="[0-9]{4,}"[^>]{0,200}[^/]>'
    rb'|number-rows-repeated="[0-9]{4,}"[^>]{0,200}>\s*<table:table-cell[^>]{0,200}[^/]>'
)
# What to look for before those patterns are tried on a megabyte of cells: one pattern that begins with plain letters is found five
# times faster. References beyond column Z, those of seven digits or more, and any between single quotes.
_ODD_REFERENCE: Final = re.compile(rb"""r=(?:'|"(?:[A-Z]{2}|[A-Z]?[0-9]{7}))""")
_OPEN_DOCUMENT: Final = "content.xml"
_SHEET_KINDS: Final = ("xl/workbook", _OPEN_DOCUMENT)


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is a workbook rather than an archive of files."""
    return any(name.startswith(_SHEET_KINDS) for name in archive.namelist())


def check_zip(data: bytes, spec: FileSpec) -> zipfile.ZipFile:
    """The archive, once it is known that unpacking it is safe.

    Raises:
        Problems: it is cut off, or too large when unpacked, whatever its directory claims.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError, EOFError):
        _fail("E-READ-015", spec)
    total = sum(member.file_size for member in members)
    if total > LARGEST_UNPACKED or total > max(_HARMLESS, LARGEST_RATIO * len(data)) or len(members) > 10_000:
        _fail("E-READ-017", spec)
    _unpack(archive, members, spec)
    return archive


def _unpack(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], spec: FileSpec) -> None:
    """Unpack piece by piece, keeping nothing: sizes and checksums must be what the directory says.

    The workbook reader stops at the last row and would not notice that what came before it was changed.
    """
    try:
        for member in members:
            if not member.flag_bits & 1:  # behind a password
                with archive.open(member) as content:
                    _look_through(content, member, spec)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, ValueError, OSError, NotImplementedError, EOFError):
        _fail("E-READ-015", spec)


def _look_through(content: IO[bytes], member: zipfile.ZipInfo, spec: FileSpec) -> None:
    """Read a member to its end; of what makes the workbook reader allocate, no more than could be meant."""
    widest = highest = 0
    tail = b""
    # The reader waits for ever for the end of a table that is never closed; only .ods is read by it in one go.
    whole = expat.ParserCreate() if member.filename == _OPEN_DOCUMENT else None
    while chunk := content.read(1 << 20):
        if whole is not None:
            whole.Parse(chunk, False)
        text = tail + chunk
        if b'ount="' in text and any(int(count[1]) > member.file_size for count in _COUNTS.finditer(text)):
            _fail("E-READ-015", spec)
        if b"-repeated=" in text and _REPEATS.search(text):  # cells of an .ods with something in them, over a thousand times
            _fail("E-READ-017", spec)
        if _ODD_REFERENCE.search(text):
            if any(len(row) > 7 or int(row) > _MOST_ROWS for row in _FAR_ROW.findall(text)):
                _fail("E-READ-015", spec)
            if _WIDE.search(text):  # beyond column Z: only then can a sheet be too large
                for column, row in _REFERENCE.findall(text):
                    widest, highest = max(widest, _column(column)), max(highest, int(row))
        if widest * highest > MOST_CELLS:
            _fail("E-READ-017", spec)
        tail = text[-64:]
    if whole is not None:
        whole.Parse(b"", True)


def _column(letters: bytes) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read_workbook(data: bytes, sha256: str, spec: FileSpec) -> Raw:
    """Read the one sheet of a workbook that holds something, or the one the campaign names.

    Cells come as text: dates as ISO, numbers without a point when whole, errors and empty cells as null.

    Raises:
        Problems: password, damage, several sheets, unknown sheet, no header.
    """
    book = _open(data, spec)
    name = _pick(book, list(book.sheet_names), spec)
    cells = _sheet(book, name, data, spec)
    head = cells.head(max(HEADER_ROWS, spec.header_row or 0) + 1)
    rows = _rows(head)
    found = find_header(rows, spec)
    if found is None:
        if cells.is_empty():
            _fail("E-READ-013", spec)
        raise Problems([not_found(rows, spec)])
    header = settle(found, spec)
    wanted = {cells.columns[at]: field.name for at, field in header.fields.items()}
    below = cells.slice(header.line)
    line = pl.int_range(header.line + 1, cells.height + 1, dtype=pl.Int64, eager=True).alias("line")
    frame = pl.DataFrame([line, *(below[column].alias(field) for column, field in wanted.items())])
    filled = _filled(below, list(wanted))
    return Raw(frame if filled.all() else frame.filter(filled), header, sha256, sheet=name, workbook=True)


def _filled(cells: pl.DataFrame, first: list[str]) -> pl.Series:
    """Whether there is more than spaces in a row; columns are looked at until there is something in every row."""
    filled = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
    for column in [*first, *(name for name in cells.columns if name not in first)]:
        filled |= (cells[column].str.strip_chars().str.len_bytes() > 0).fill_null(False)
        if filled.all():
            break
    return filled


def peek_workbook(data: bytes, spec: FileSpec) -> Header | None:
    """The header alone, for a first look, of the sheet in which most is recognised.

    Raises:
        Problems: password or damage.
    """
    book = _open(data, spec)
    best: Header | None = None
    for name in list(book.sheet_names)[:12]:
        try:
            with quiet():
                cells = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=HEADER_ROWS + 1, dtypes="string").to_polars()
        except BaseException as error:
            _stop(error)
            continue
        found = find_header(_rows(cells), spec)
        if found and (best is None or len(found.fields) > len(best.fields)):
            best = found
    return best


def _open(data: bytes, spec: FileSpec) -> Any:
    import fastexcel

    logging.getLogger("fastexcel").setLevel(logging.CRITICAL + 1)  # it warns about cells by itself

    if data.startswith(_OLE) and not sound(data):
        _fail("E-READ-015", spec)
    try:
        with quiet():
            return fastexcel.read_excel(data)
    except BaseException as error:  # pyo3 panics are no Exceptions
        _fail_as(error, data, spec)


def _rows(cells: pl.DataFrame) -> list[Row]:
    return [(at, [cell or "" for cell in row]) for at, row in enumerate(cells.iter_rows(), start=1)]


def _pick(book: Any, names: list[str], spec: FileSpec) -> str:
    if spec.sheet is not None:
        if spec.sheet in names:
            return spec.sheet
        _fail("E-READ-018", spec, sheet=spec.sheet[:31], sheets=", ".join(names[:12]))
    if len(names) == 1:
        return names[0]
    filled = [name for name in names if _height(book, name) > 0]
    if len(filled) > 1:
        _fail("E-READ-011", spec, sheets=", ".join(filled[:12]))
    if not filled:
        _fail("E-READ-013", spec)
    return filled[0]


def _height(book: Any, name: str) -> int:
    try:
        with quiet():
            return int(book.load_sheet(name, header_row=None, skip_rows=0, n_rows=1, dtypes="string").to_polars().height)
    except BaseException as error:  # a chart sheet, or a damaged one that is not wanted
        _stop(error)
        return 0


def _sheet(book: Any, name: str, data: bytes, spec: FileSpec) -> pl.DataFrame:
    try:
        with quiet():
            frame: pl.DataFrame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except BaseException as error:
        _fail_as(error, data, spec)
    return frame


def _fail_as(error: BaseException, data: bytes, spec: FileSpec) -> NoReturn:
    """Our own sentence for the library's: its text may quote cells, so only the password is looked for in it."""
    _stop(error)
    said = str(error).lower()
    locked = (
        "password" in said
        or "encrypt" in said
        or b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e" in data
    )
    _fail("E-READ-009" if locked else "E-READ-015", spec)


def _stop(error: BaseException) -> None:
    """Let through what is not about the file."""
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
