"""Comma, tab or semicolon separated text. Rows that cannot be read are put aside with their physical lines, never mended."""

import csv
import re
from dataclasses import dataclass
from typing import Final, NoReturn

import polars as pl

from audit.ingest.encodings import BROKEN, decode
from audit.ingest.headers import Row, find_header, not_found, settle
from audit.ingest.limits import HEADER_ROWS, LARGEST_LINE, MOST_COLUMNS
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError

_SEPARATORS: Final = (",", "\t", ";", "|")
_LONGEST_RECORD: Final = 200  # physical lines that one quoted cell may run over


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out: its separator, its header, and the physical line (from 1) of the first row below that."""

    separator: str
    header: Header
    first: int


def read_delimited(data: bytes, sha256: str, spec: FileSpec) -> Raw:
    """Read a text file.

    Raises:
        Problems: encoding, header or size do not allow it.
    """
    check_lines(data, spec)
    text, encoding, layout = decode(data, spec, lambda text: layout_of(text, spec), recognised)
    if layout is None:
        raise Problems([not_found(_head(text, ","), spec)])
    header = settle(layout.header, spec)
    frame, aside = records(_line_ends(text), 1, layout.first, header, layout.separator)
    return Raw(frame, header, sha256, encoding=encoding, put_aside=tuple(aside))


def records(text: str, at: int, first: int, header: Header, separator: str) -> tuple[pl.DataFrame, list[int]]:
    """Cells of the wanted columns, with ``line``; and the lines of the records that cannot be read.

    Args:
        text: a file, or a part of it that begins and ends between two records.
        at: physical line of its first line.
        first: physical line of the first record below the header.
        header: the columns.
        separator: between cells.
    """
    lines = pl.DataFrame({"text": pl.Series([text]).str.split("\n").explode()}).lazy()
    lines = lines.with_columns(line=pl.int_range(at, pl.len() + at, dtype=pl.Int64), text=pl.col("text").str.strip_suffix("\r"))
    body = lines.filter(pl.col("line") >= first, ~_blank(separator)).collect(engine="in-memory")
    good, aside = _sort_out(body, separator, len(header.names))
    return _parse(good, header, separator), aside


def peek_delimited(data: bytes, spec: FileSpec) -> Header | None:
    """The header alone, for a first look; none when nothing is recognised.

    Raises:
        Problems: encoding or size do not allow it.
    """
    check_lines(data, spec)
    _, _, layout = decode(data, spec, lambda text: layout_of(text, spec), recognised)
    return layout.header if layout else None


def check_lines(data: bytes, spec: FileSpec) -> None:
    """One line, and so one field, of at most a megabyte: checked on bytes, before anything is decoded."""
    start = 0
    while start + LARGEST_LINE < len(data):
        end = max(data.rfind(b"\n", start, start + LARGEST_LINE), data.rfind(b"\r", start, start + LARGEST_LINE))
        if end < 0:
            _fail("E-READ-017", spec)
        start = end + 1


def _line_ends(text: str) -> str:
    return text if "\n" in text else text.replace("\r", "\n")


def recognised(layout: Layout | None) -> int:
    """How many columns of a layout are known."""
    return len(layout.header.fields) if layout else 0


def layout_of(text: str, spec: FileSpec) -> Layout | None:
    """Separator and header that recognise most; the plain comma on a tie."""
    best: Layout | None = None
    top = _line_ends(text[: 1 << 21]).split("\n", HEADER_ROWS)[:HEADER_ROWS]
    if any(line.count(separator) > MOST_COLUMNS for line in top for separator in _SEPARATORS):
        _fail("E-READ-017", spec)
    for separator in _SEPARATORS:
        if spec.header_row is None and separator not in text[: 1 << 22]:  # a single cell is no header
            continue
        rows = _head(text, separator, spec.header_row)
        header = find_header(rows, spec)
        if header and (best is None or len(header.fields) > len(best.header.fields)):
            below = next((line for line, _ in rows if line > header.line), header.line + 1)
            best = Layout(separator, header, below)
    return best


def _head(text: str, separator: str, header_row: int | None = None) -> list[Row]:
    """The first records with the physical line each starts on; one blank record more tells where the last one ends."""
    wanted = max(HEADER_ROWS, header_row or 0) + 1
    cut, position = _line_ends(text[: 1 << 22]), 0
    for _ in range(wanted + _LONGEST_RECORD):
        position = cut.find("\n", position) + 1
        if not position:
            break
    lines = (cut[:position] if position else cut).split("\n")
    rows: list[Row] = []
    at = 0
    while at < len(lines) and len(rows) < wanted:
        end = _record_end(lines, at, separator)
        end = at if end is None else end
        record = "\n".join(line.removesuffix("\r") for line in lines[at : end + 1])
        try:
            cells = next(csv.reader([record], delimiter=separator), [])
        except csv.Error:
            cells = record.split(separator)
        rows.append((at + 1, cells))
        at = end + 1
    return rows


def _record_end(lines: list[str], at: int, separator: str) -> int | None:
    """Index of the line on which the record that starts at ``at`` ends; none when its quotes are broken."""
    open_quotes, joined = 0, []
    for end in range(at, min(at + _LONGEST_RECORD, len(lines))):
        line = lines[end].removesuffix("\r")
        joined.append(line)
        open_quotes ^= line.count('"') & 1
        if not open_quotes:
            return end if end == at or _well_formed(separator).fullmatch("\n".join(joined)) else None
    return None


def _well_formed(separator: str) -> re.Pattern[str]:
    return re.compile(_pattern(separator))


def _pattern(separator: str) -> str:
    """A record whose quotes are right: every field quoted as a whole, or without a quote in it."""
    cell = rf'(?:[^"{re.escape(separator)}]*|"(?:[^"]|"")*")'
    return rf"{cell}(?:{re.escape(separator)}{cell})*"


def _blank(separator: str) -> pl.Expr:
    return pl.col("text").str.strip_chars(f' \u3000"{separator}\t\ufeff\x1a').str.len_bytes() == 0


def _sort_out(body: pl.DataFrame, separator: str, width: int) -> tuple[pl.DataFrame, list[int]]:
    """Records with the right number of cells and right quotes; the lines of all others."""
    quoted = body["text"].str.contains('"', literal=True)
    broken = body["text"].str.contains(BROKEN, literal=True)
    width_of = body["text"].str.count_matches(separator, literal=True) + 1
    whole = ~broken
    if quoted.any():  # what is between quotes is no separator
        at, texts = quoted.arg_true(), body["text"].filter(quoted)
        width_of = width_of.scatter(at, texts.str.replace_all(r'"(?:[^"]|"")*"', "").str.count_matches(separator, literal=True) + 1)
        whole = whole.scatter(at, texts.str.contains(f"^{_pattern(separator)}$") & ~broken.filter(quoted))
    marked = body.select("line", "text", good=whole & (width_of == width), whole=whole)
    if marked["good"].all():
        return marked.select("line", "text"), []
    return _exceptions(marked, separator, width)


def _exceptions(marked: pl.DataFrame, separator: str, width: int) -> tuple[pl.DataFrame, list[int]]:
    """Lines that are not records of their own: the start of one that runs over several lines, or put aside.

    A loop, because where a record ends depends on the one before; only over the lines whose quotes are wrong, for a record of
    several lines begins with such a one, and a text of nothing but short lines has a great many others.
    """
    suspects = marked.with_row_index("at").filter(~pl.col("good"))
    starts = suspects.filter(~pl.col("whole"))["at"].to_list()
    column = marked["text"]
    texts = column.to_list() if len(starts) * _LONGEST_RECORD > column.len() else None
    joined: dict[int, str] = {}
    swallowed: set[int] = set()
    for at in starts:
        if at in swallowed:
            continue
        begin, near = (at, texts) if texts is not None else (0, column.slice(at, _LONGEST_RECORD).to_list())
        end = _record_end(near, begin, separator)
        record = "\n".join(near[begin : end + 1]) if end is not None else ""
        if end is not None and end > begin and BROKEN not in record and _cells(record, separator) == width:
            joined[at] = record
            swallowed.update(range(at + 1, at + 1 + end - begin))
    several = pl.Series("at", [*joined, *swallowed], dtype=pl.UInt32)
    aside = suspects.filter(~pl.col("at").is_in(several.implode()))
    good = marked.select("line", "text").with_row_index("at")
    if joined:
        records = pl.DataFrame({"at": [*joined], "record": [*joined.values()]}, schema={"at": pl.UInt32, "record": pl.String})
        good = good.join(records, on="at", how="left", maintain_order="left")
        good = good.with_columns(text=pl.coalesce("record", "text"))
    good = good.filter(~pl.col("at").is_in(pl.concat([pl.Series([*swallowed], dtype=pl.UInt32), aside["at"]]).implode()))
    return good.select("line", "text"), aside["line"].to_list()


def _cells(record: str, separator: str) -> int:
    return re.sub(r'"(?:[^"]|"")*"', "", record).count(separator) + 1


def _parse(good: pl.DataFrame, header: Header, separator: str) -> pl.DataFrame:
    """Cells of the wanted columns; the others are not loaded."""
    places = sorted(header.fields)
    names = [header.fields[at].name for at in places]
    if good.is_empty():
        return pl.DataFrame(schema={"line": pl.Int64(), **dict.fromkeys(names, pl.String())})
    content = good["text"].str.join("\n").cast(pl.Binary).item()
    frame = pl.read_csv(content, has_header=False, separator=separator, infer_schema=False, columns=places)
    if frame.height != good.height:  # polars read a record otherwise than we did: read it ourselves, row by row
        rows = [next(csv.reader([record], delimiter=separator)) for record in good["text"]]
        frame = pl.DataFrame(
            {name: [row[at] for row in rows] for name, at in zip(names, places, strict=True)},
            schema_overrides=dict.fromkeys(names, pl.String()),
        )
    return frame.rename(dict(zip(frame.columns, names, strict=True))).insert_column(0, good["line"])


def _fail(code: str, spec: FileSpec) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file)])
