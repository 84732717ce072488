"""Formats of older systems and of statisticians: .dbf, .sav, .dta (extra ``legacy``)."""

import io
from collections.abc import Iterator
from typing import Any, NoReturn

import polars as pl

from audit.ingest.headers import find_header, not_found, settle
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError


def read_dbf(sha256: str, spec: FileSpec) -> Raw:
    """Read a dBASE or FoxPro table, by path because its reader wants one; a row's line is its number, from 1.

    Raises:
        Problems: damaged, no header recognised, or the extra is not installed.
    """
    try:
        import dbfread
    except ImportError:
        _fail("E-READ-023", spec, extra="legacy")
    encoding = spec.encoding or "gb18030"  # code pages 0x4d and none at all both mean GBK where these files come from
    try:
        table = dbfread.DBF(str(spec.path), encoding=encoding, ignore_missing_memofile=True, char_decode_errors="replace")
        header = _settled([list(table.field_names)], spec)
        wanted = {table.field_names[at]: field.name for at, field in header.fields.items()}
        # row by row: the format has no other reader, and such files are small
        rows = [tuple(_text(record[name]) for name in wanted) for record in _records(table)]
    except Problems:
        raise
    except BaseException as error:
        _damaged(error, spec)
    return _raw(pl.DataFrame(rows, schema=dict.fromkeys(wanted.values(), pl.String), orient="row"), header, sha256, encoding)


def read_statistics(data: bytes, sha256: str, spec: FileSpec, kind: str) -> Raw:
    """Read an SPSS (``sav``) or Stata (``dta``) file; headers are variable names or their labels, codes become their labels.

    Raises:
        Problems: damaged, no header recognised, or the extra is not installed.
    """
    try:
        import pyreadstat
    except ImportError:
        _fail("E-READ-023", spec, extra="legacy")
    reader = pyreadstat.read_sav if kind == "sav" else pyreadstat.read_dta
    try:
        _, about = reader(io.BytesIO(data), metadataonly=True)
        names = list(about.column_names)
        header = _settled([names, [label or name for label, name in zip(about.column_labels, names, strict=True)]], spec)
        wanted = {names[at]: field.name for at, field in header.fields.items()}
        frame, _ = reader(
            io.BytesIO(data), usecols=list(wanted), output_format="polars", apply_value_formats=True, formats_as_category=False
        )
        texts = frame.select(_cells(frame.schema[name], name).alias(field) for name, field in wanted.items())
    except Problems:
        raise
    except BaseException as error:
        _damaged(error, spec)
    return _raw(texts, header, sha256, None)


def _settled(candidates: list[list[str]], spec: FileSpec) -> Header:
    """The header of the candidate row that recognises most."""
    found = [header for header in (find_header([(0, names)], spec) for names in candidates) if header]
    if not found:
        raise Problems([not_found([(0, candidates[-1])], spec)])
    return settle(max(found, key=lambda header: len(header.fields)), spec)


def _raw(frame: pl.DataFrame, header: Header, sha256: str, encoding: str | None) -> Raw:
    line = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("line")
    return Raw(frame.insert_column(0, line), header, sha256, encoding=encoding)


def _records(table: Any) -> Iterator[Any]:
    yield from table


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _cells(kind: pl.DataType, name: str) -> pl.Expr:
    """Text of a column; numbers arrive as floats, so whole ones lose their point."""
    if kind.is_float():
        return pl.col(name).cast(pl.String).str.replace(r"\.0$", "")
    if isinstance(kind, pl.Datetime):
        return pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S")
    return pl.lit(None, dtype=pl.String) if kind.is_nested() or kind == pl.Object else pl.col(name).cast(pl.String)


def _damaged(error: BaseException, spec: FileSpec) -> NoReturn:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error
    _fail("E-READ-015", spec)


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
