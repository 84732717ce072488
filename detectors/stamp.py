"""From a detector's observations to findings, outcomes and evidence: what every detector would otherwise repeat."""

import hashlib
import json
from typing import Final

import polars as pl

from detectors.base import Result
from detectors.context import Context
from expectations.cards import Card
from expectations.frames import polars_schema
from expectations.masks import mask

Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

_json: Final = json.JSONEncoder(ensure_ascii=False).encode  # as json.dumps does, made once
_FACT: Final = ("code", "subject", "area_code", "village", "period", "key", "row_refs")


def stamp(card: Card, context: Context, result: Result) -> Frames:
    """Findings (message blank), outcomes and evidence of one detector in artefact columns.

    Raises:
        ValueError: an outcome is missing or double, a code is not on the card, a line is not in the register, or an id is not
            unique.
    """
    _check(card, context, result)
    names = context.areas.select("area_code", "township")
    observed = result.observations.with_columns(row_refs=_refs(context, result.observations))
    facts = observed.select(_FACT).iter_rows()
    ids = pl.Series([finding_id(card.detector, context.county, *fact) for fact in facts], dtype=pl.String)
    if ids.is_duplicated().any():
        raise ValueError(f"{card.detector}: two findings share an id")
    said = {"county": context.county, "detector": card.detector, "family": card.family, "message": ""}
    whole = observed.join(names, on="area_code", how="left", maintain_order="left").with_columns(
        finding_id=ids, **{name: pl.lit(text) for name, text in said.items()}
    )
    schema = polars_schema("findings")
    findings = whole.select(schema.names()).cast(schema)
    outcomes = result.outcomes.join(names, on="area_code", how="left", maintain_order="left").select(
        pl.lit(context.county).alias("county"),
        "area_code",
        "township",
        pl.lit(card.detector).alias("detector"),
        "outcome",
        "reason",
        "q_value",
    )
    return findings, outcomes, _evidence(context, whole.select("finding_id", "fields", "row_lines", "clash"))


def finding_id(
    detector_name: str,
    county: str,
    code: str,
    subject: str,
    area_code: str | None,
    village: str | None,
    period: str | None,
    key: str,
    row_refs: list[str],
) -> str:
    """The stable id: same fact, same id next year.

    It depends on detector, code, subject, county, area, village, period, key and record ids (sorted), never on order, value or
    wording.
    """
    parts = (detector_name, code, subject, county, area_code, village, period, key)
    return hashlib.sha256(_json([*parts, *sorted(row_refs)]).encode()).hexdigest()[:12]


def _check(card: Card, context: Context, result: Result) -> None:
    units = sorted(context.areas["area_code"])
    judged = result.outcomes["area_code"]
    if sorted(judged.drop_nulls()) != units or judged.null_count() > 1:
        raise ValueError(f"{card.detector}: not exactly one outcome per township")
    if unknown := set(result.observations["code"].unique()) - set(card.finding_codes):
        raise ValueError(f"{card.detector}: codes not on its card: {sorted(unknown)}")


def _refs(context: Context, observed: pl.DataFrame) -> pl.Series:
    """The record ids of each observation's lines, in the same order."""
    lines = observed.select("row_lines").with_row_index("place").explode("row_lines").drop_nulls()
    register = context.audited.select(row_lines="line", row_refs="record_id")
    named = lines.join(register, on="row_lines", how="left", maintain_order="left")
    if named["row_refs"].null_count():
        raise ValueError("an observation names a line that is not in the register")
    lists = named.group_by("place", maintain_order=True).agg("row_refs")
    places = observed.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"))
    joined = places.join(lists, on="place", how="left", maintain_order="left")
    return joined["row_refs"].fill_null(pl.Series([[]], dtype=pl.List(pl.String()))).cast(pl.List(pl.String()))


def _evidence(context: Context, findings: pl.DataFrame) -> pl.DataFrame:
    """Masked raw values of the rows that findings name, and whether a field differs.

    It differs where the normalised values that are known are not the same in all rows of a finding, or where the finding says that
    it contradicts another field of its row.
    """
    cells = findings.explode("fields").with_row_index("place").explode("row_lines").with_row_index("row").drop_nulls()
    cells = cells.with_columns(clash=pl.col("clash").list.contains(pl.col("fields")))
    if cells.is_empty():
        return pl.DataFrame(schema=polars_schema("evidence"))
    parts = [_field(context, str(name), part) for (name,), part in cells.partition_by("fields", as_dict=True).items()]
    return pl.concat(parts).sort("row").drop("row")


def _field(context: Context, name: str, cells: pl.DataFrame) -> pl.DataFrame:
    """The evidence of one field."""
    raw = f"{name}_raw" if f"{name}_raw" in context.audited.columns else name
    register = context.audited.select("record_id", line="line", value=name, raw=pl.col(raw).cast(pl.String))
    rows = cells.rename({"row_lines": "line"}).join(register, on="line", maintain_order="left")
    several = rows.filter(pl.col("place").is_duplicated()).group_by("place").agg(pl.col("value").drop_nulls().n_unique() > 1)
    rows = rows.drop("value").join(several, on="place", how="left", maintain_order="left")
    known = rows["raw"].drop_nulls().unique()
    masked = pl.DataFrame({"raw": known, "masked": pl.Series([mask(name, value) for value in known], dtype=pl.String)})
    return rows.join(masked, on="raw", how="left", maintain_order="left").select(
        "row",
        "finding_id",
        "record_id",
        "line",
        pl.lit(name).alias("field"),
        "masked",
        (pl.col("value").fill_null(False) | pl.col("clash")).alias("differs"),
    )
