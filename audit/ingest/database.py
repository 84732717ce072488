"""A table of a database through ODBC (extra ``database``). hecha writes the SELECT itself, with the needed columns only (C5).

The connection string comes from an environment variable and goes nowhere else: not into a log, an error or the record. Of what a
driver says only its codes are looked at, because its sentences name hosts and users and may quote cells.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import polars as pl

from audit.config import nearest
from audit.ingest.driver import Refusal, explained, waited, without_logs
from audit.ingest.headers import find_header, not_found, settle
from audit.ingest.spec import FileSpec, Raw
from expectations.errors import Problems, ReadError

SECONDS: Final = 5  # to connect, as error E-READ-026 says; there is no second try
_BATCH: Final = 16 << 20  # bytes fetched at once
_LONGEST: Final = 4096  # bytes of one cell
_QUOTES: Final = ('""', "``", "[]")  # how names are quoted: the standard, MySQL, SQL Server
_READ_ONLY: Final = ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ ONLY")
_TABLES: Final = "SELECT table_name FROM information_schema.tables"
# For accounts that may read some columns only, which is how they should be: SELECT * is refused to them.
_COLUMNS: Final = "SELECT column_name FROM information_schema.columns WHERE table_name = ? {schema} ORDER BY ordinal_position"


def read_database(variable: str, table: str, spec: FileSpec) -> Raw:
    """Read the needed columns of one table.

    A database keeps no order, so rows are put into one: by record id, then by what is in them. A row's line is its number there.

    Args:
        variable: name of the environment variable that holds the connection string.
        table: name of the table, perhaps with its schema; letters, digits, ``_`` and ``$``.
        spec: what is wanted of it.

    Returns:
        The table; its hash is of the content.

    Raises:
        Problems: the variable is not set, the extra is missing, the database does not answer or refuses, or the table or its
            header is not what it should be.
    """
    text = os.environ.get(variable)
    if not text:
        _fail("E-READ-025", spec, variable=variable)
    try:
        import arrow_odbc
    except (ImportError, OSError):  # the driver manager is a library of the system
        _fail("E-READ-023", spec, extra="database")
    connection = _Connection(arrow_odbc, text, spec)
    quotes, names = connection.columns(table)
    found = find_header([(0, names)], spec)
    if found is None:
        raise Problems([not_found([(0, names)], spec)])
    header = settle(found, spec)
    wanted = {names[at]: field for at, field in header.fields.items()}
    chosen = ", ".join(_quoted(name, quotes) for name in wanted)
    frame = connection.rows(f"SELECT {chosen} FROM {_path(table, quotes)}")
    given = zip(frame.columns, wanted.values(), strict=True)  # a driver may give names back in another case
    frame = _in_order(frame.select(_cell(column, field.kind).alias(field.name) for column, field in given))
    line = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("line")
    return Raw(frame.insert_column(0, line), header, _content(frame))


class _Connection:
    """One connection, on which everything is asked; what it refuses becomes our own sentence."""

    def __init__(self, library: Any, text: str, spec: FileSpec) -> None:
        self._spec = spec
        try:
            self._open = waited(lambda: library.connect(without_logs(text), login_timeout_sec=SECONDS), SECONDS + 1)
            for statement in _READ_ONLY:  # each database knows one of them
                if self._refused(statement) is None:
                    break
        except BaseException as error:
            _tell(explained(error, connecting=True), spec)

    def columns(self, table: str) -> tuple[str, list[str]]:
        """How names are quoted here, and the table's columns, asked for without a row."""
        refusal = Refusal("E-READ-035")
        for quotes in _QUOTES:
            try:
                return quotes, self._select(f"SELECT * FROM {_path(table, quotes)} WHERE 1 = 0").columns
            except BaseException as error:
                refusal = explained(error)
            if refusal.code == "E-READ-033" and (granted := self._granted(table)):
                return quotes, granted
            if not refusal.syntax:
                break
        params: dict[str, object] = {"near": self._near(table)} if refusal.code == "E-READ-032" else {}
        raise Problems([ReadError(refusal.code, file=self._spec.file, params=params)]) from None

    def rows(self, query: str) -> pl.DataFrame:
        """What a query gives, all of it as text."""
        try:
            return self._select(query)
        except BaseException as error:
            _tell(explained(error), self._spec)

    def _select(self, query: str, *parameters: str) -> pl.DataFrame:
        import pyarrow

        def texts(schema: Any) -> Any:  # the driver's own types would turn a date it cannot hold into today's
            return pyarrow.schema([(name, pyarrow.string()) for name in schema.names])

        def fetch() -> Any:
            reader = self._open.read_arrow_batches(
                query,
                batch_size=65_535,
                parameters=parameters or None,
                max_bytes_per_batch=_BATCH,
                max_text_size=_LONGEST,
                max_binary_size=_LONGEST,
                map_schema=texts,
            )
            return pyarrow.Table.from_batches(_batches(reader), reader.schema)

        frame = pl.from_arrow(waited(fetch))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _refused(self, statement: str) -> Refusal | None:
        try:
            waited(lambda: self._open.read_arrow_batches(statement, max_bytes_per_batch=_BATCH))
        except BaseException as error:
            return explained(error)
        return None

    def _granted(self, table: str) -> list[str]:
        """The columns that this account may read."""
        parts = table.split(".")
        schema = "AND table_schema = ?" if len(parts) > 1 else ""
        try:
            return self._select(_COLUMNS.format(schema=schema), parts[-1], *parts[-2:-1]).to_series().to_list()
        except BaseException as error:
            explained(error)
            return []

    def _near(self, table: str) -> str:
        try:
            names = self._select(_TABLES).to_series().drop_nulls().unique().sort().to_list()
        except BaseException as error:
            explained(error)
            return "–"
        return ", ".join(nearest(table.split(".")[-1], names[:10_000])) or "–"


def _batches(reader: Any) -> Iterator[Any]:
    yield from reader


def _path(table: str, quotes: str) -> str:
    return ".".join(_quoted(part, quotes) for part in table.split("."))


def _quoted(name: str, quotes: str) -> str:
    return quotes[0] + name.replace(quotes[1], quotes[1] * 2) + quotes[1]


def _cell(column: str, kind: str) -> pl.Expr:
    """A cell without what the database filled it up with: CHAR(n) with spaces, a date with midnight."""
    text = pl.col(column).str.strip_chars_end(" ")
    if kind == "date":
        text = text.str.replace(r"^([0-9-]{10})[ T]00:00:00(?:\.0+)?$", "$1")
    return text


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    keys = [pl.col(name) for name in sorted(frame.columns, key=lambda name: name != "record_id")]
    if "record_id" in frame.columns:  # 9 before 10
        keys.insert(0, pl.col("record_id").str.len_bytes())
    return frame.sort(keys, nulls_last=True)


def _content(frame: pl.DataFrame) -> str:
    """A hash of the rows, which are in order."""
    rows = frame.drop("line", strict=False).select(pl.concat_str(pl.all().fill_null("\x00"), separator="\x1f").alias("row"))
    digest = hashlib.sha256()
    for part in rows.iter_slices(65_536):
        digest.update(("\x1e".join(part["row"].to_list()) + "\x1e").encode())
    return digest.hexdigest()


def _tell(refusal: Refusal, spec: FileSpec) -> NoReturn:
    _fail(refusal.code, spec)


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
