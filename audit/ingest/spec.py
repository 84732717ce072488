"""What is asked of one file, and what reading it gives: text cells by field, before anything is normalised."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from expectations.fields import Field


@dataclass(frozen=True)
class FileSpec:
    """One file to read.

    Attributes:
        name: section name in campaign.toml (``areas`` for the areas file).
        path: absolute; ``None`` for a database table.
        fields: the fields wanted; nothing else of the file is loaded (DESIGN C5).
        reference: whether it is a reference source; then no line, no value and no exact count is ever told (C1).
        births: whether it is a births source, which needs a name, an identity number or a mother's name.
        overrides: header -> field, from ``[columns.<name>]``.
    """

    name: str
    path: Path
    fields: tuple[Field, ...]
    reference: bool = False
    births: bool = False
    overrides: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None

    @property
    def file(self) -> str:
        """Base name, as messages and the record have it."""
        return self.path.name


@dataclass(frozen=True)
class Header:
    """A header found.

    Attributes:
        line: physical line or sheet row of its last row; 0 when the format carries names of its own.
        names: header text per column.
        fields: column position -> field.
    """

    line: int
    names: tuple[str, ...]
    fields: dict[int, Field]
    out_of_scope: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Header text -> field name."""
        return {self.names[at]: wanted.name for at, wanted in self.fields.items()}

    @property
    def not_read(self) -> tuple[str, ...]:
        """Headers of the columns left unread."""
        return tuple(name for at, name in enumerate(self.names) if at not in self.fields and name)


@dataclass(frozen=True)
class Raw:
    """A file read: ``frame`` has ``line`` (Int64) and one String column per field found; nothing is normalised yet."""

    frame: pl.DataFrame
    header: Header
    sha256: str
    encoding: str | None = None
    sheet: str | None = None
    workbook: bool = False
    put_aside: tuple[int, ...] = ()  # physical lines of the rows that could not be read

    @property
    def rows(self) -> int:
        """Data rows, those put aside included."""
        return self.frame.height + len(self.put_aside)
