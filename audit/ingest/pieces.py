"""A large file cut into pieces that can be read apart, by several workers, with the same rows, lines and counts as the whole.

Text is cut between two records, and only where none of the lines before has an open quote: a record that runs over several lines
is found by looking 200 lines ahead (``delimited``), so that none can reach over such a place. Parquet is cut by rows. What cannot
be cut (workbooks, archives, other encodings, a byte that is no character) is left to the reader of whole files.
"""

import codecs
import hashlib
import re
import zlib
from dataclasses import dataclass
from io import BufferedReader
from typing import Final

import polars as pl

from audit.ingest.columnar import as_text, header_of
from audit.ingest.delimited import Layout, check_lines, layout_of, recognised, records
from audit.ingest.encodings import BROKEN, decode
from audit.ingest.headers import settle
from audit.ingest.quiet import quiet
from audit.ingest.sniff import sniff
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError

TEXT_BYTES: Final = 16 << 20  # of a piece of text
PARQUET_ROWS: Final = 1 << 18
_HEAD: Final = 1 << 23  # bytes in which the header is looked for; a header and the records after it take far fewer
_BLOCK: Final = 1 << 22
_STEP: Final = 1 << 16  # how far to go on when a place is not fit for a cut
_QUIET_LINES: Final = 200  # lines without an open quote before a cut: ``delimited`` looks no further ahead
_CODECS: Final = {"utf-8": "utf-8", "utf-8 BOM": "utf-8", "gb18030": "gb18030", "big5hkscs": "big5hkscs"}


@dataclass(frozen=True)
class Piece:
    """Bytes of a text, or rows of a Parquet file, from ``start`` up to ``end``.

    Attributes:
        line: physical line of the first of them.
        mark: of the bytes of a text: a file that has changed since it was cut is not read.
    """

    start: int
    end: int
    line: int
    mark: int = 0


@dataclass(frozen=True)
class Cut:
    """A file and its pieces; no row and no cell is in it, so that it may be sent to where the file is read.

    Attributes:
        about: everything but the rows.
        size: bytes of the whole file.
        separator: between cells of a text; none for Parquet.
        codec: of a text.
    """

    spec: FileSpec
    about: Raw
    size: int
    pieces: tuple[Piece, ...]
    separator: str | None = None
    codec: str = ""

    @property
    def header(self) -> Header:
        """The columns found."""
        return self.about.header


def cut(spec: FileSpec, text_bytes: int = TEXT_BYTES, rows: int = PARQUET_ROWS) -> Cut | None:
    """Cut a file; none when it has to be read as a whole.

    Args:
        spec: the file.
        text_bytes: of a piece of text, about.
        rows: of a piece of a Parquet file.

    Raises:
        Problems: no header is recognised in a file that could be cut, or a line is too long.
    """
    try:
        if not spec.path.is_file():  # a pipe would be waited for
            return None
        with spec.path.open("rb") as file:
            head = file.read(_HEAD)
            kind = sniff(head[: 1 << 16], spec.path.suffix.lower())
            if kind == "parquet":
                return _cut_parquet(spec, file, rows)
            return _cut_text(spec, file, head, text_bytes) if kind == "text" else None
    except (OSError, ValueError):
        return None  # the reader of whole files says what is wrong


def read_piece(whole: Cut, piece: Piece) -> Raw:
    """The rows of one piece.

    Raises:
        OSError: the file cannot be opened here.
        Problems: it is no longer the file that was cut, or damaged (E-READ-015).
    """
    about = whole.spec.path.stat()
    try:
        if about.st_size != whole.size:
            raise ValueError
        frame, aside = _text(whole, piece) if whole.separator else (_rows(whole, piece), [])
    except (ValueError, pl.exceptions.PolarsError):
        raise Problems([ReadError("E-READ-015", file=whole.spec.file)]) from None
    return Raw(frame, whole.header, whole.about.sha256, put_aside=tuple(aside))


def _cut_parquet(spec: FileSpec, file: BufferedReader, rows: int) -> Cut | None:
    header = header_of(spec)
    with quiet():
        height = int(pl.scan_parquet(spec.path).select(pl.len()).collect(engine="in-memory").item())
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    starts = range(0, height, rows)
    pieces = tuple(Piece(start, min(start + rows, height), start + 1) for start in starts)
    return Cut(spec, Raw(pl.DataFrame(), header, sha256), file.tell(), pieces)


def _rows(whole: Cut, piece: Piece) -> pl.DataFrame:
    wanted = {whole.header.names[at]: field.name for at, field in whole.header.fields.items()}
    with quiet():
        some = pl.scan_parquet(whole.spec.path).slice(piece.start, piece.end - piece.start).select(list(wanted))
        frame = some.collect(engine="in-memory")
    frame = frame.select(as_text(frame.schema[name], name).alias(field) for name, field in wanted.items())
    line = pl.int_range(piece.line, piece.line + frame.height, dtype=pl.Int64, eager=True).alias("line")
    return frame.insert_column(0, line)


def _text(whole: Cut, piece: Piece) -> tuple[pl.DataFrame, list[int]]:
    with whole.spec.path.open("rb") as file:
        file.seek(piece.start)
        data = file.read(piece.end - piece.start)
    if zlib.crc32(data) != piece.mark:
        raise ValueError
    return records(data.decode(whole.codec), piece.line, 1, whole.header, whole.separator or "")


def _cut_text(spec: FileSpec, file: BufferedReader, head: bytes, size: int) -> Cut | None:
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1]
    found = _beginning(head, spec)
    if found is None:
        return None
    encoding, layout = found
    header = settle(layout.header, spec)
    start = _after_lines(head, layout.first - 1)
    cutter = _Cutter(spec, _CODECS[encoding], start, layout.first, size)
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
        if not cutter.take(block):
            return None
    if not cutter.end():
        return None
    about = Raw(pl.DataFrame(), header, digest.hexdigest(), encoding=encoding)
    return Cut(spec, about, file.tell(), tuple(cutter.pieces), layout.separator, _CODECS[encoding])


def _beginning(head: bytes, spec: FileSpec) -> tuple[str, Layout] | None:
    """Encoding and layout, if they are of those that can be cut."""
    if b"\n" not in head:
        return None
    check_lines(head, spec)
    text, encoding, layout = decode(head, spec, lambda text: layout_of(text, spec), recognised)
    if layout is None or BROKEN in text:
        return None
    if spec.encoding and encoding == spec.encoding:
        known = codecs.lookup(spec.encoding).name
        encoding = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}.get(known, known)
    return (encoding, layout) if encoding in _CODECS and layout.first > 1 else None


def _after_lines(data: bytes, lines: int) -> int:
    """Where so many lines end."""
    at = 0
    for _ in range(lines):
        at = data.index(b"\n", at) + 1
    return at


class _Cutter:
    """Takes a text block by block and decides where it is cut; holds a piece at a time."""

    def __init__(self, spec: FileSpec, codec: str, start: int, line: int, size: int) -> None:
        self.pieces: list[Piece] = []
        self._spec, self._size = spec, size
        self._decoder = codecs.getincrementaldecoder(codec)("strict")
        self._skip, self._line = start, line
        self._start, self._held = start, bytearray()
        self._tail = b""

    def take(self, block: bytes) -> bool:
        """The next bytes; false when they are no text of this encoding."""
        try:
            self._decoder.decode(block)
        except UnicodeError:
            return False
        stretch = self._tail + block
        check_lines(stretch, self._spec)
        self._tail = stretch[max(stretch.rfind(b"\n"), stretch.rfind(b"\r")) + 1 :]
        skipped = min(self._skip, len(block))
        self._skip -= skipped
        self._held += block[skipped:]
        self._cut()
        return True

    def end(self) -> bool:
        """What is left becomes the last piece."""
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeError:
            return False
        if self._held:
            self._piece(len(self._held))
        return True

    def _cut(self) -> None:
        wanted = self._size
        while len(self._held) > wanted:
            at = self._held.rfind(b"\n", 0, wanted) + 1
            if at and self._fit(at):
                self._piece(at)
                wanted = self._size
            else:
                wanted += _STEP

    def _fit(self, at: int) -> bool:
        """Whether the lines before a place leave no quote open; lines without a letter or digit may be blank, and do not count."""
        seen, end = 0, at - 1
        while end >= 0:
            begin = self._held.rfind(b"\n", 0, end) + 1
            line = self._held[begin:end]
            if line.count(b'"') & 1:
                return False
            seen += bool(_TELLING.search(line))
            if seen >= _QUIET_LINES:
                return True
            end = begin - 1
        return True  # the piece begins between two records

    def _piece(self, length: int) -> None:
        data = bytes(self._held[:length])
        del self._held[:length]
        self.pieces.append(Piece(self._start, self._start + length, self._line, zlib.crc32(data)))
        self._start += length
        self._line += data.count(b"\n")


_TELLING: Final = re.compile(rb"[0-9A-Za-z]")
