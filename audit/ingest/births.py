"""A births source: text cells to the columns of ``BIRTHS``, with counts of what was mended and what could not be read."""

from typing import Final

import polars as pl

from audit.ingest.dates import day, is_serial
from audit.ingest.identity import date_inside, is_short, is_valid, number18, sex_inside
from audit.ingest.names import name, sex, simplified
from audit.ingest.places import Gazetteer, resolve
from audit.ingest.spec import Raw
from audit.ingest.text import clean, present, text_repairs
from expectations.fields import BIRTH_FIELDS
from expectations.tables import BIRTHS

_KIND: Final = {field.name: field.kind for field in BIRTH_FIELDS}
_NAMES: Final = tuple(field.name for field in BIRTH_FIELDS if field.kind == "name")
_DATES: Final = tuple(field.name for field in BIRTH_FIELDS if field.kind == "date")
_NUMBERS: Final = tuple(field.name for field in BIRTH_FIELDS if field.kind == "id")
_MEANT_AS_NOTHING: Final = 0.2  # share of numbers ending in 000 that shows a spreadsheet has rounded them


class Normalised:
    """A source's frame and the counts that go with it."""

    def __init__(self, frame: pl.DataFrame, unreadable: dict[str, int], repairs: dict[str, int], unknown_townships: int) -> None:
        self.frame = frame
        self.unreadable = unreadable
        self.repairs = repairs
        self.unknown_townships = unknown_townships


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
    texts = raw.frame.select("line", *(present(column, _KIND[column]).alias(column) for column in kept))
    values, unreadable = _values(texts, kept, raw.workbook)
    values, changed = simplified(values, [column for column in _NAMES if column in kept])
    places = resolve(raw.frame.select(column for column in ("county", "township") if column in read), gazetteer)
    frame = _whole(values, texts, places)
    if audited:
        extra = [raw.frame[column].alias(f"{column}_raw") for column in read]
        frame = frame.with_columns(_record_ids(raw)).with_columns(extra)
    return Normalised(
        frame,
        unreadable,
        _repairs(raw.frame, texts, read, changed, places),
        places.select((pl.col("area_code").is_null()).sum()).item(),
    )


def _values(texts: pl.DataFrame, kept: list[str], workbook: bool) -> tuple[pl.DataFrame, dict[str, int]]:
    """Typed values, and per field how many texts gave none."""
    read = {"name": name, "sex": sex, "date": day, "id": number18}
    values = texts.select("line", *(read.get(_KIND[column], _text)(pl.col(column)).alias(column) for column in kept))
    if workbook:
        values = values.with_columns(_unrounded(values, column) for column in _NUMBERS if column in kept)
    lost = {column: texts[column].count() - values[column].count() for column in kept}
    return values, {column: count for column, count in lost.items() if count}


def _text(text: pl.Expr) -> pl.Expr:
    """A village: without spaces, the committee's name led back to the village's."""
    return text.str.replace_all(r"\s+", "").str.replace(r"(村|社区)(?:民|居民)?委(?:员)?会$", "$1")


def _unrounded(values: pl.DataFrame, column: str) -> pl.Series:
    """Numbers typed into a spreadsheet as numbers lose their last three digits; what is left of them is not a number to judge."""
    rounded = values[column].str.ends_with("000").fill_null(False)
    if rounded.sum() <= _MEANT_AS_NOTHING * max(1, values[column].count()):
        return values[column]
    return values.select(pl.when(~rounded).then(pl.col(column)).alias(column)).to_series()


def _whole(values: pl.DataFrame, texts: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """All columns of ``BIRTHS``; those the file lacks are null."""
    frame = pl.concat([values, places.select("county", "area_code", "township")], how="horizontal")
    for number, valid, inside in (
        ("id_number", "id_valid", "id_date"),
        ("mother_id_number", "mother_id_valid", "mother_birth_date"),
    ):
        if number not in frame.columns:
            continue
        short = texts.select(is_short(pl.col(number))).to_series()  # their check digit is ours: it proves nothing
        frame = frame.with_columns(
            pl.when(~short).then(is_valid(pl.col(number))).alias(valid), date_inside(pl.col(number)).alias(inside)
        )
    if "id_number" in frame.columns:
        frame = frame.with_columns(id_sex=sex_inside(pl.col("id_number")))
    missing = [pl.lit(None, dtype=kind).alias(column) for column, kind in BIRTHS.items() if column not in frame.columns]
    return frame.with_columns(missing).select(list(BIRTHS))


def _record_ids(raw: Raw) -> pl.Series:
    """A file's own ids; ``line:1204`` where there is none, ``id@1204`` where one is there more than once."""
    line = pl.col("line").cast(pl.String)
    if "record_id" not in raw.frame.columns:
        return raw.frame.select(record_id=pl.concat_str(pl.lit("line:"), line)).to_series()
    own = present("record_id", "text").str.replace(r"^(\d+)\.0$", "$1")
    ids = raw.frame.select(own.alias("own"), "line")
    several = pl.col("own").is_duplicated() & pl.col("own").is_not_null()
    return ids.select(
        record_id=pl.when(pl.col("own").is_null())
        .then(pl.concat_str(pl.lit("line:"), line))
        .when(several)
        .then(pl.concat_str("own", pl.lit("@"), line))
        .otherwise("own")
    ).to_series()


def _repairs(
    frame: pl.DataFrame, texts: pl.DataFrame, read: list[str], simplified_names: int, places: pl.DataFrame
) -> dict[str, int]:
    counts = frame.select(text_repairs(read)).row(0, named=True)
    numbers = [column for column in _NUMBERS if column in texts.columns]
    dates = [column for column in _DATES if column in texts.columns]
    counts["empty_looking"] = sum(
        frame.select(clean(column).count()).item() - texts[column].count() for column in texts.columns[1:]
    )
    counts["id_15_to_18"] = sum(texts.select(is_short(pl.col(column)).sum()).item() for column in numbers)
    counts["id_lower_x"] = sum(texts[column].str.ends_with("x").sum() for column in numbers)
    counts["excel_date"] = sum(texts.select(is_serial(pl.col(column)).sum()).item() for column in dates)
    counts["traditional"] = simplified_names
    counts["township_form"] = places.filter(~pl.col("as_written"), pl.col("area_code").is_not_null()).height
    return {kind: count for kind, count in counts.items() if count}
