"""A table of a database through ODBC (extra ``database``). hecha writes the SELECT itself, with the needed columns only (C5).

The connection string comes from an environment variable and goes nowhere else: not into a log, an error or the record.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import polars as pl

from audit.ingest.columnar import as_text
from audit.ingest.headers import find_header, not_found, settle
from audit.ingest.quiet import quiet
from audit.ingest.spec import FileSpec, Raw
from expectations.errors import Problems, ReadError

_SECONDS: Final = 10  # to connect; there is no second try
_ROWS: Final = 65_536  # a batch
_QUOTES: Final = ('""', "``", "[]")  # how names are quoted: the standard, MySQL, SQL Server


def read_database(variable: str, table: str, spec: FileSpec) -> Raw:
    """Read the needed columns of one table; a row's line is its number as it came, from 1.

    Args:
        variable: name of the environment variable that holds the connection string.
        table: name of the table, perhaps with its schema; letters, digits, ``_`` and ``$``.
        spec: what is wanted of it.

    Returns:
        The table; its hash is of the content, in the order of its rows' texts.

    Raises:
        Problems: the variable is not set, the extra is missing, or the database does not answer.
    """
    connection = os.environ.get(variable)
    if not connection:
        _fail("E-READ-025", spec, variable=variable)
    try:
        import arrow_odbc
    except (ImportError, OSError):  # the driver manager is a library of the system
        _fail("E-READ-023", spec, extra="database")
    quotes, names = _columns(arrow_odbc, connection, table, spec)
    found = find_header([(0, names)], spec)
    if found is None:
        raise Problems([not_found([(0, names)], spec)])
    header = settle(found, spec)
    wanted = {names[at]: field.name for at, field in header.fields.items()}
    chosen = ", ".join(_quoted(name, quotes) for name in wanted)
    try:
        frame = _select(arrow_odbc, f"SELECT {chosen} FROM {_path(table, quotes)}", connection)
    except BaseException as error:
        _unreachable(error, spec)
    given = zip(frame.schema.items(), wanted.values(), strict=True)  # a driver may give names back in another case
    frame = frame.select(as_text(kind, name).alias(field) for (name, kind), field in given)
    line = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("line")
    return Raw(frame.insert_column(0, line), header, _content(frame))


def _columns(library: Any, connection: str, table: str, spec: FileSpec) -> tuple[str, list[str]]:
    """How names are quoted here, and the table's columns, asked for without a row."""
    for quotes in _QUOTES:
        try:
            frame = _select(library, f"SELECT * FROM {_path(table, quotes)} WHERE 1 = 0", connection)
        except BaseException as error:
            if quotes == _QUOTES[-1]:
                _unreachable(error, spec)
            _stop(error)
        else:
            return quotes, frame.columns
    raise AssertionError


def _select(library: Any, query: str, connection: str) -> pl.DataFrame:
    with quiet():
        reader = library.read_arrow_batches_from_odbc(
            query=query, connection_string=connection, batch_size=_ROWS, login_timeout_sec=_SECONDS, max_text_size=4096
        )
        schema = pl.from_arrow(reader.schema.empty_table())
        batches: list[Any] = [pl.from_arrow(batch) for batch in _batches(reader)]
    frame: pl.DataFrame = pl.concat(batches) if batches else schema  # type: ignore[assignment]  # a table is a frame
    return frame


def _batches(reader: Any) -> Iterator[Any]:
    yield from reader


def _path(table: str, quotes: str) -> str:
    return ".".join(_quoted(part, quotes) for part in table.split("."))


def _quoted(name: str, quotes: str) -> str:
    return quotes[0] + name.replace(quotes[1], quotes[1] * 2) + quotes[1]


def _content(frame: pl.DataFrame) -> str:
    """A hash of the rows whatever their order: a database gives none."""
    rows = frame.drop("line", strict=False).select(pl.concat_str(pl.all().fill_null("\x00"), separator="\x1f").alias("row"))
    digest = hashlib.sha256()
    for row in rows["row"].sort():
        digest.update(row.encode() + b"\x1e")
    return digest.hexdigest()


def _unreachable(error: BaseException, spec: FileSpec) -> NoReturn:
    _stop(error)
    _fail("E-READ-026", spec)


def _stop(error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
