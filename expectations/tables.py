"""What ingest hands on: one type for a births source, one for a table, one for the areas. All frozen."""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

# Columns of a births source after normalisation. Audited sources also carry ``<field>_raw`` for every field read.
# Fields a file lacks are whole columns of null.
BIRTHS: Final = pl.Schema(
    {
        "record_id": pl.String(),  # never null in an audited source: own id, ``id@line`` when repeated, ``line:1204``
        "line": pl.Int64(),  # physical line or sheet row, 1 = first
        "county": pl.String(),
        "area_code": pl.String(),  # null: township not known
        "township": pl.String(),  # the area's current name
        "village": pl.String(),
        "name": pl.String(),
        "sex": pl.String(),  # male | female | null
        "birth_date": pl.Date(),
        "id_number": pl.String(),  # 18 characters, 15-digit numbers lengthened; null when blank or of no such form
        "id_valid": pl.Boolean(),  # check digit right; null without number and for lengthened 15-digit numbers
        "id_date": pl.Date(),  # date of birth inside the number
        "id_sex": pl.String(),  # sex by the 17th digit
        "mother_name": pl.String(),
        "mother_id_number": pl.String(),
        "mother_id_valid": pl.Boolean(),
        "mother_birth_date": pl.Date(),  # date inside the mother's number
        "father_name": pl.String(),
        "registered_on": pl.Date(),
    }
)

VITAL_RATES: Final = pl.Schema(
    {
        "line": pl.Int64(),
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "year": pl.Int64(),
        "population": pl.Float64(),  # persons at year end
        "birth_rate": pl.Float64(),  # per mille
        "death_rate": pl.Float64(),
        "natural_increase_rate": pl.Float64(),
        "births": pl.Int64(),
    }
)

RETURNS: Final = pl.Schema(
    {
        "line": pl.Int64(),
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "village": pl.String(),
        "year": pl.Int64(),
        "month": pl.Int64(),
        "births": pl.Int64(),  # null: not returned or not readable; 0 is data
        "deaths": pl.Int64(),
        "submitted_on": pl.Date(),
        "version": pl.String(),
    }
)

INDICATORS: Final = pl.Schema(
    {
        "line": pl.Int64(),
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "village": pl.String(),
        "year": pl.Int64(),
        "indicator": pl.String(),
        "target_percent": pl.Float64(),
        "numerator": pl.Int64(),
        "denominator": pl.Int64(),
        "reported_percent": pl.Float64(),
    }
)

TOTALS: Final = pl.Schema(
    {
        "line": pl.Int64(),
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "year": pl.Int64(),
        "series": pl.String(),
        "count": pl.Int64(),
    }
)

TABLE_SCHEMAS: Final = {"vital_rates": VITAL_RATES, "returns": RETURNS, "indicators": INDICATORS, "totals": TOTALS}

AREAS: Final = pl.Schema(
    {
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),  # current name, unique within the county
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
        "successor": pl.String(),
    }
)


@dataclass(frozen=True)
class Intake:
    """How one file was read; goes into ``record.json`` whole. Counts of a reference are rows read, never more.

    Attributes:
        name: the section's name in campaign.toml, as ``registry``.
        file: base name of the file.
        sha256: of the bytes; of the content for a database.
        rows: data rows read, those put aside included.
        encoding, sheet, header_row: what was found or given.
        columns: header of the file -> field.
        columns_not_read: headers left unread (C5), the references' own ids included.
        out_of_scope: those of them that are out of scope by the declared list.
        put_aside: rows that could not be read. For a reference rounded to 10.
        put_aside_lines: first three physical lines; empty for a reference.
        unreadable: field -> values that could not be read and became null; for a reference rounded to 10.
        repairs: kind of repair -> count, as ``full_width``, ``id_15_to_18``, ``spaces``; for a reference rounded to 10.
        unknown_townships: rows whose township is not in the areas file; for a reference rounded to 10.
    """

    name: str
    file: str
    sha256: str
    rows: int
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    columns: dict[str, str] = field(default_factory=dict)
    columns_not_read: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    put_aside: int = 0
    put_aside_lines: tuple[int, ...] = ()
    unreadable: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    unknown_townships: int = 0


@dataclass(frozen=True)
class Source:
    """A births source, normalised (schema ``BIRTHS``, plus ``<field>_raw`` when audited)."""

    name: str
    role: str
    frame: pl.DataFrame
    intake: Intake
    link_quality: dict[str, float] | None = None


@dataclass(frozen=True)
class Table:
    """A table of figures, normalised (schema ``TABLE_SCHEMAS[kind]``)."""

    name: str
    kind: str
    frame: pl.DataFrame
    intake: Intake


@dataclass(frozen=True)
class Areas:
    """Current townships (schema ``AREAS``), in order of code; codes of before by the code that took their place."""

    frame: pl.DataFrame
    intake: Intake
    former: dict[str, str] = field(default_factory=dict)
