"""A table of figures: text cells to the columns of its schema. A value of 0 is data here."""

from typing import NoReturn

import polars as pl

from audit.ingest.births import Normalised
from audit.ingest.dates import day, month, year
from audit.ingest.figures import real, whole
from audit.ingest.headers import shown
from audit.ingest.places import Gazetteer, resolve
from audit.ingest.spec import FileSpec, Raw
from audit.ingest.text import clean, present, text_repairs
from expectations.errors import HechaError, Problems, RefusedError
from expectations.fields import TABLE_FIELDS
from expectations.scope import out_of_scope
from expectations.tables import TABLE_SCHEMAS

_SERIES = {"indicators": "indicator", "totals": "series"}


def normalise_table(raw: Raw, kind: str, spec: FileSpec, gazetteer: Gazetteer) -> Normalised:
    """Normalise a table of figures.

    Args:
        raw: text cells.
        kind: ``vital_rates``, ``returns``, ``indicators`` or ``totals``.
        spec: for the file's name in errors.
        gazetteer: the campaign's townships. Rows about a whole county have no area code and the county's name as township.

    Raises:
        Problems: it has indicators or series that are out of scope (DESIGN C5); they are named.
    """
    kinds = {field.name: field.kind for field in TABLE_FIELDS[kind]}
    read = [column for column in raw.frame.columns if column in kinds]
    _refuse_out_of_scope(raw, kind, spec)
    kept = [column for column in read if kinds[column] != "place" or column == "village"]
    texts = raw.frame.select("line", *(present(column, kinds[column]).alias(column) for column in kept))
    values, unreadable = _values(texts, kept, kinds)
    places = resolve(raw.frame.select(column for column in ("county", "township") if column in read), gazetteer, totals=True)
    schema = TABLE_SCHEMAS[kind]
    frame = pl.concat([values, places.select("county", "area_code", "township")], how="horizontal")
    missing = [pl.lit(None, dtype=dtype).alias(column) for column, dtype in schema.items() if column not in frame.columns]
    frame = frame.with_columns(missing).select(list(schema))
    return Normalised(frame, unreadable, _repairs(raw, read, texts, places), places["township"].null_count())


def _values(texts: pl.DataFrame, kept: list[str], kinds: dict[str, str]) -> tuple[pl.DataFrame, dict[str, int]]:
    read = {"int": whole, "float": real, "date": day, "year": year, "text": _text, "place": _text}
    plain = [column for column in kept if kinds[column] != "month"]
    columns = [read[kinds[column]](pl.col(column)).alias(column) for column in plain]
    values = texts.select("line", *columns)
    if "period" in kept:
        values = values.with_columns(_period(texts, "year" in kept))
    lost = {column: texts[column].count() - values["month" if column == "period" else column].count() for column in kept}
    return values, {column: count for column, count in lost.items() if count}


def _period(texts: pl.DataFrame, has_year: bool) -> list[pl.Series]:
    """Year and month; a month alone (1 to 12, 3月) takes its year from a column of its own."""
    years, months = month(pl.col("period"))
    if has_year:
        alone = pl.col("period").str.extract(r"^0?(\d{1,2})(?:\.0+)?\s*月?份?$", 1).cast(pl.Int64, strict=False)
        own = year(pl.col("year"))
        good = alone.is_between(1, 12) & own.is_not_null()
        years, months = pl.coalesce(years, pl.when(good).then(own)), pl.coalesce(months, pl.when(good).then(alone))
    return texts.select(year=years, month=months).get_columns()


def _text(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"\s+", " ")


def _refuse_out_of_scope(raw: Raw, kind: str, spec: FileSpec) -> None:
    column = _SERIES.get(kind)
    if column is None:
        return
    names = raw.frame.select(clean(column).alias(column)).drop_nulls().unique(maintain_order=True)[column].to_list()
    found = [name for name in names if out_of_scope(name)]
    if found:
        header = next(text for text, name in raw.header.columns.items() if name == column)
        more = f" … ({len(found)})" if len(found) > 3 else ""
        params: dict[str, object] = {"indicator": ", ".join(shown(name) for name in found[:3]) + more}
        _raise([RefusedError("E-SCOPE-002", file=spec.file, column=shown(header), params=params)])


def _repairs(raw: Raw, read: list[str], texts: pl.DataFrame, places: pl.DataFrame) -> dict[str, int]:
    counts = raw.frame.select(text_repairs(read)).row(0, named=True)
    counts["empty_looking"] = sum(
        raw.frame.select(clean(column).count()).item() - texts[column].count() for column in texts.columns[1:]
    )
    counts["township_form"] = places.filter(~pl.col("as_written"), pl.col("area_code").is_not_null()).height
    return {kind: count for kind, count in counts.items() if count}


def _raise(problems: list[HechaError]) -> NoReturn:
    raise Problems(problems)
