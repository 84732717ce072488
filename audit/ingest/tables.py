"""A table of figures: text cells to the columns of its schema. A value of 0 is data here."""

from typing import NoReturn

import polars as pl

from audit.ingest.births import Normalised
from audit.ingest.columns import read_column
from audit.ingest.headers import shown
from audit.ingest.places import Gazetteer, resolve
from audit.ingest.spec import FileSpec, Raw
from audit.ingest.text import clean
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
    kept = [column for column in read if column not in ("county", "township")]
    columns = {name: read_column(raw.frame[name], kinds[name]) for name in kept}
    values = raw.frame.select("line").with_columns(column.values for column in columns.values())
    unreadable = {name: column.unreadable for name, column in columns.items()}
    if "period" in kept:
        values, unreadable["period"] = _period(raw.frame, values, unreadable["period"])
    places, repairs = resolve(raw.frame.select(name for name in ("county", "township") if name in read), gazetteer, totals=True)
    for column in columns.values():
        repairs += column.repairs
    schema = TABLE_SCHEMAS[kind]
    frame = pl.concat([values, places], how="horizontal")
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    frame = frame.with_columns(missing).select(list(schema))
    counts = {name: count for name, count in unreadable.items() if count}
    first = {name: column.first for name, column in columns.items() if column.first is not None}
    return Normalised(frame, counts, dict(sorted((+repairs).items())), places["township"].null_count(), first)


def _period(cells: pl.DataFrame, values: pl.DataFrame, unreadable: int) -> tuple[pl.DataFrame, int]:
    """Year and month of the period; a month alone (1 to 12, 3月) takes its year from a column of its own."""
    years, months = pl.col("period").dt.year().cast(pl.Int64), pl.col("period").dt.month().cast(pl.Int64)
    if "year" in values.columns:
        alone = cells.select(
            alone=clean("period").str.extract(r"^0?([0-9]{1,2})(?:\.0+)?\s*月?份?$", 1).cast(pl.Int64, strict=False)
        )
        good = alone["alone"].is_between(1, 12) & values["year"].is_not_null() & values["period"].is_null()
        unreadable -= int(good.sum())
        years = pl.coalesce(years, pl.when(good).then(pl.col("year")))
        months = pl.coalesce(months, pl.when(good).then(alone["alone"]))
    return values.with_columns(year=years, month=months).drop("period"), unreadable


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


def _raise(problems: list[HechaError]) -> NoReturn:
    raise Problems(problems)
