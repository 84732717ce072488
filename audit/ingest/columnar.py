"""Parquet: only the wanted columns are read, each as text, as from any other file."""

import io
from pathlib import Path
from typing import NoReturn

import polars as pl

from audit.ingest.headers import find_header, not_found, settle
from audit.ingest.limits import MOST_COLUMNS
from audit.ingest.quiet import quiet
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError


def read_parquet(data: bytes, sha256: str, spec: FileSpec) -> Raw:
    """Read a Parquet file; a row's line is its number, from 1.

    Raises:
        Problems: damaged, or no header recognised.
    """
    names = _names(data, spec)
    header = _header(names, spec)
    wanted = {names[at]: field.name for at, field in header.fields.items()}
    try:
        with quiet():
            frame = pl.read_parquet(io.BytesIO(data), columns=list(wanted), memory_map=False, use_pyarrow=False)
        frame = frame.select(as_text(frame.schema[name], name).alias(field) for name, field in wanted.items())
    except BaseException as error:
        _damaged(error, spec)
    line = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("line")
    return Raw(frame.insert_column(0, line), header, sha256)


def peek_parquet(data: bytes, spec: FileSpec) -> Header | None:
    """The header alone, for a first look.

    Raises:
        Problems: damaged.
    """
    return find_header([(0, _names(data, spec))], spec)


def header_of(spec: FileSpec) -> Header:
    """The header of a Parquet file that is not read into memory.

    Raises:
        Problems: damaged, or no header recognised.
    """
    return _header(_names(spec.path, spec), spec)


def _header(names: list[str], spec: FileSpec) -> Header:
    found = find_header([(0, names)], spec) if spec.header_row is None else None
    if found is None:
        raise Problems([not_found([(0, names)], spec)])
    return settle(found, spec)


def _names(data: bytes | Path, spec: FileSpec) -> list[str]:
    try:
        with quiet():
            names = list(pl.read_parquet_schema(io.BytesIO(data) if isinstance(data, bytes) else data))
    except BaseException as error:
        _damaged(error, spec)
    if len(names) > MOST_COLUMNS:
        raise Problems([ReadError("E-READ-017", file=spec.file)])
    return names


def as_text(kind: pl.DataType, name: str) -> pl.Expr:
    """A typed column as the text a CSV of it would hold; nested and binary ones as nothing."""
    if isinstance(kind, pl.Datetime):
        return pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S")
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        return pl.lit(None, dtype=pl.String)
    return pl.col(name).cast(pl.String)


def _damaged(error: BaseException, spec: FileSpec) -> NoReturn:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error
    raise Problems([ReadError("E-READ-015", file=spec.file)]) from None
