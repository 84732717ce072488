"""A births source: text cells to the columns of ``BIRTHS``, with counts of what was mended and what could not be read."""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from audit.ingest.columns import read_column
from audit.ingest.identity import date_inside, is_short, is_valid, sex_inside
from audit.ingest.places import Gazetteer, resolve
from audit.ingest.spec import Raw
from audit.ingest.text import clean
from expectations.fields import BIRTH_FIELDS
from expectations.tables import BIRTHS

_KIND: Final = {wanted.name: wanted.kind for wanted in BIRTH_FIELDS}
_NUMBERS: Final = (("id_number", "id_valid", "id_date"), ("mother_id_number", "mother_id_valid", "mother_birth_date"))
_SPREADSHEET: Final = 0.2  # share of numbers ending in 000 that shows a spreadsheet has rounded them


@dataclass(frozen=True)
class Normalised:
    """A frame of its schema and the counts that go with it; ``first`` has each field's first unreadable row, from 0."""

    frame: pl.DataFrame
    unreadable: dict[str, int]
    repairs: dict[str, int]
    unknown_townships: int
    first: dict[str, int] = field(default_factory=dict)


def normalise(raw: Raw, gazetteer: Gazetteer, audited: bool) -> Normalised:
    """Normalise a births source.

    Args:
        raw: text cells.
        gazetteer: the campaign's townships.
        audited: whether raw values are kept beside the normalised ones and rows get record ids.

    Returns:
        A frame of schema ``BIRTHS`` (and ``<field>_raw`` when audited), and counts.
    """
    read = [column for column in raw.frame.columns if column in _KIND]
    kept = [column for column in read if column not in ("township", "county", "record_id")]
    columns = {name: read_column(raw.frame[name], _KIND[name]) for name in kept}
    values = raw.frame.select("line").with_columns(column.values for column in columns.values())
    unreadable = {name: column.unreadable for name, column in columns.items()}
    if raw.workbook:
        values, unreadable = _unrounded(values, unreadable)
    places, repairs = resolve(raw.frame.select(name for name in ("county", "township") if name in read), gazetteer)
    for column in columns.values():
        repairs += column.repairs
    frame = _whole(values, raw.frame, places)
    if audited:
        frame = frame.with_columns(_record_ids(raw.frame), *(raw.frame[name].alias(f"{name}_raw") for name in read))
    counts = {name: count for name, count in unreadable.items() if count}
    first = {name: column.first for name, column in columns.items() if column.first is not None}
    return Normalised(frame, counts, dict(sorted((+repairs).items())), places["area_code"].null_count(), first)


def _unrounded(values: pl.DataFrame, unreadable: dict[str, int]) -> tuple[pl.DataFrame, dict[str, int]]:
    """A number typed into a spreadsheet as a number loses its last three digits; what is left of it is not one to judge."""
    for name, _, _ in _NUMBERS:
        if name in values.columns:
            rounded = values[name].str.ends_with("000").fill_null(False)
            if rounded.sum() > _SPREADSHEET * values[name].count():
                values = values.with_columns(pl.when(~rounded).then(pl.col(name)).alias(name))
                unreadable = {**unreadable, name: unreadable[name] + int(rounded.sum())}
    return values, unreadable


def _whole(values: pl.DataFrame, cells: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """All columns of ``BIRTHS``; those the file lacks are null."""
    frame = pl.concat([values, places.select("county", "area_code", "township")], how="horizontal")
    for number, valid, inside in _NUMBERS:
        if number in frame.columns:
            frame = frame.with_columns(is_valid(pl.col(number)).alias(valid), date_inside(pl.col(number)).alias(inside))
            # the check digit of a lengthened number is ours and proves nothing; a plain cell of 18 is not a short one
            odd = cells[number].filter(~cells[number].str.contains(r"^[0-9]{17}[0-9X]$")).unique()
            short = odd.filter(odd.to_frame("cell").select(is_short(clean("cell"))).to_series().fill_null(False))
            if short.len():
                lengthened = cells[number].is_in(short.implode()).fill_null(False)
                frame = frame.with_columns(pl.when(~lengthened).then(pl.col(valid)).alias(valid))
    if "id_number" in frame.columns:
        frame = frame.with_columns(id_sex=sex_inside(pl.col("id_number")))
    missing = [pl.lit(None, dtype=kind).alias(column) for column, kind in BIRTHS.items() if column not in frame.columns]
    return frame.with_columns(missing).select(list(BIRTHS))


def _record_ids(cells: pl.DataFrame) -> pl.Series:
    """A file's own ids; ``line:1204`` where there is none, ``id@1204`` where one is there more than once."""
    line = pl.col("line").cast(pl.String)
    if "record_id" not in cells.columns:
        return cells.select(record_id=pl.concat_str(pl.lit("line:"), line)).to_series()
    own = pl.DataFrame({"own": read_column(cells["record_id"], "text").values, "line": cells["line"]})
    several = pl.col("own").is_duplicated() & pl.col("own").is_not_null()
    named = pl.when(several).then(pl.concat_str("own", pl.lit("@"), line)).otherwise("own")
    return own.select(record_id=pl.coalesce(named, pl.concat_str(pl.lit("line:"), line))).to_series()
