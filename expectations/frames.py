"""Artefact schemas as polars schemas, and the one check that a frame follows its schema."""

from functools import cache

import polars as pl

from expectations.artefacts import TABLES

_KINDS: dict[str, pl.DataType] = {
    "str": pl.String(),
    "i64": pl.Int64(),
    "f64": pl.Float64(),
    "bool": pl.Boolean(),
    "list[str]": pl.List(pl.String()),
    "list[i64]": pl.List(pl.Int64()),
    "list[f64]": pl.List(pl.Float64()),
}


@cache
def polars_schema(artefact: str) -> pl.Schema:
    """The polars schema of one artefact (``findings``, ``evidence``, ``coverage``, ``timeliness``, ``outcomes``)."""
    return pl.Schema({column.name: _KINDS[column.kind] for column in TABLES[artefact]})


def empty(artefact: str) -> pl.DataFrame:
    """An artefact without rows."""
    return pl.DataFrame(schema=polars_schema(artefact))


def conform(frame: pl.DataFrame, artefact: str) -> pl.DataFrame:
    """Bring a frame to its artefact's columns, order and types; NaN and infinities become null.

    Raises:
        ValueError: a column is missing or unknown, or a null stands where none may.
    """
    schema = polars_schema(artefact)
    missing, unknown = set(schema) - set(frame.columns), set(frame.columns) - set(schema)
    if missing or unknown:
        raise ValueError(f"{artefact}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    floats = [name for name, kind in schema.items() if kind == pl.Float64()]
    frame = frame.select([pl.col(name).cast(kind) for name, kind in schema.items()])
    frame = frame.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in floats)
    for column in TABLES[artefact]:
        if not column.optional and frame[column.name].null_count():
            raise ValueError(f"{artefact}: null in {column.name}")
        if column.values and not set(frame[column.name].drop_nulls().unique()) <= set(column.values):
            raise ValueError(f"{artefact}: value outside the code list in {column.name}")
    return frame
