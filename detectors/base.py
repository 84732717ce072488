"""The decorator that makes a function a detector, and what every detector would otherwise repeat: ids, order, checks."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from detectors.context import Context, NotApplicable, NotEstimable
from expectations.cards import Card, cards
from expectations.frames import polars_schema
from expectations.masks import mask

# One row per finding. ``fields`` are the fields laid side by side as evidence (row findings); ``key`` tells apart findings of
# one area and period (an indicator's name, a pair of years) and enters the id; ``params`` is what finding.<code> needs.
OBSERVATION: Final = pl.Schema(
    {
        "area_code": pl.String(),
        "village": pl.String(),
        "code": pl.String(),
        "severity": pl.String(),
        "period": pl.String(),
        "subject": pl.String(),
        "row_lines": pl.List(pl.Int64()),
        "fields": pl.List(pl.String()),
        "key": pl.String(),
        "observed": pl.Float64(),
        "expected": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "p_value": pl.Float64(),
        "q_value": pl.Float64(),
        "events": pl.Int64(),
        "params": pl.String(),
    }
)

OUTCOME: Final = pl.Schema({"area_code": pl.String(), "outcome": pl.String(), "reason": pl.String(), "q_value": pl.Float64()})


@dataclass(frozen=True)
class Result:
    """What a detector returns: observations (``OBSERVATION``) and one outcome per township (``OUTCOME``).

    A detector that judges the county as a whole adds an outcome without area code.
    """

    observations: pl.DataFrame
    outcomes: pl.DataFrame


Detect = Callable[[Context], Result]


@dataclass(frozen=True)
class Detector:
    """A registered detector: its card and its function."""

    card: Card
    detect: Detect

    def __call__(self, context: Context) -> Result:
        """Run it on one county; absence and insufficiency become outcomes."""
        try:
            return self.detect(context)
        except NotEstimable as why:
            return uniform(context, "not_estimable", why.reason)
        except NotApplicable as why:
            return uniform(context, "not_applicable", why.reason)


def detector(name: str) -> Callable[[Detect], Detector]:
    """Make a function a detector.

    Args:
        name: its card's name, equal to the module's.

    Raises:
        LookupError: there is no such card, or the card lacks a text; then the import fails.
    """
    card = cards().get(name)
    if card is None:
        raise LookupError(f"no card for detector {name}")
    if lacking := card.problems():
        raise LookupError(f"card {name} lacks {lacking}")
    return lambda function: Detector(card, function)


def observations(rows: list[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """Observations in full: columns not given are null (lists empty, ``key`` and ``params`` blank).

    Args:
        rows: dictionaries or a frame with some of the columns of ``OBSERVATION``; ``params`` may be a dictionary.
    """
    if isinstance(rows, list):
        if not rows:
            return pl.DataFrame(schema=OBSERVATION)
        rows = [{**row, "params": pack(row["params"])} if isinstance(row.get("params"), dict) else row for row in rows]
        rows = pl.DataFrame(rows, schema={k: v for k, v in OBSERVATION.items() if any(k in row for row in rows)}, strict=False)
    blank: dict[str, pl.Expr] = {
        "key": pl.lit(""),
        "params": pl.lit("{}"),
        "row_lines": pl.lit([], dtype=pl.List(pl.Int64())),
        "fields": pl.lit([], dtype=pl.List(pl.String())),
    }
    have = set(rows.columns)
    if unknown := have - set(OBSERVATION):
        raise ValueError(f"unknown observation columns {sorted(unknown)}")
    return rows.select(
        (pl.col(name) if name in have else blank.get(name, pl.lit(None))).cast(kind).alias(name)
        for name, kind in OBSERVATION.items()
    )


def pack(params: dict[str, Any]) -> str:
    """Parameters as canonical JSON, as the column ``params`` holds them."""
    return json.dumps(params, ensure_ascii=False, sort_keys=True, allow_nan=False)


def uniform(context: Context, outcome: str, reason: str | None = None) -> Result:
    """The same outcome for every township, no observation."""
    outcomes = context.areas.select(
        "area_code", outcome=pl.lit(outcome), reason=pl.lit(reason, dtype=pl.String), q_value=pl.lit(None, dtype=pl.Float64)
    )
    return Result(observations([]), outcomes)


def by_findings(
    context: Context, found: pl.DataFrame, not_estimable: dict[str, str] | None = None, q_values: dict[str, float] | None = None
) -> Result:
    """A result whose outcomes follow from the observations: flag where there is one, else no flag.

    Args:
        context: the county.
        found: observations.
        not_estimable: area code -> reason, for townships where nothing could be said.
        q_values: area code -> q-value of the township as a unit, where tests were made.
    """
    flagged = set(found["area_code"].drop_nulls())
    reasons, q_values = not_estimable or {}, q_values or {}
    rows = [
        {
            "area_code": code,
            "outcome": "flag" if code in flagged else "not_estimable" if code in reasons else "no_flag",
            "reason": None if code in flagged else reasons.get(code),
            "q_value": q_values.get(code),
        }
        for code in context.areas["area_code"]
    ]
    return Result(found, pl.DataFrame(rows, schema=OUTCOME))


def stamp(card: Card, context: Context, result: Result) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Findings (message blank), outcomes and evidence of one detector in artefact columns.

    Raises:
        ValueError: an outcome is missing or double, a code is not on the card, or an id is not unique.
    """
    _check(card, context, result)
    refs = dict(zip(context.audited["line"], context.audited["record_id"], strict=True))
    names = dict(zip(context.areas["area_code"], context.areas["township"], strict=True))
    # One Python row per finding: findings are few, and an id is a hash of several of its values.
    rows = []
    for row in result.observations.iter_rows(named=True):
        row_refs = [refs[line] for line in row["row_lines"]]
        rows.append(
            {
                **{k: v for k, v in row.items() if k not in ("fields", "key")},
                "finding_id": finding_id(card.detector, row, row_refs, context.county),
                "county": context.county,
                "township": names.get(row["area_code"]),
                "detector": card.detector,
                "family": card.family,
                "row_refs": row_refs,
                "message": "",
            }
        )
    findings = pl.DataFrame(rows, schema=polars_schema("findings"))
    if findings["finding_id"].is_duplicated().any():
        raise ValueError(f"{card.detector}: two findings share an id")
    outcomes = result.outcomes.select(
        county=pl.lit(context.county),
        area_code="area_code",
        township=pl.col("area_code").replace_strict(names, default=None, return_dtype=pl.String),
        detector=pl.lit(card.detector),
        outcome="outcome",
        reason="reason",
        q_value="q_value",
    )
    return findings, outcomes, _evidence(context, findings, result.observations["fields"].to_list())


def finding_id(detector_name: str, row: dict[str, Any], row_refs: list[str], county: str) -> str:
    """The stable id: same fact, same id next year.

    It depends on detector, code, subject, county, area, village, period, key and record ids (sorted), never on order, value or
    wording.
    """
    parts = (detector_name, row["code"], row["subject"], county, row["area_code"], row["village"], row["period"], row["key"])
    fact = json.dumps([*parts, *sorted(row_refs)], ensure_ascii=False)
    return hashlib.sha256(fact.encode()).hexdigest()[:12]


def _check(card: Card, context: Context, result: Result) -> None:
    units = sorted(context.areas["area_code"])
    judged = result.outcomes["area_code"]
    if sorted(judged.drop_nulls()) != units or judged.null_count() > 1:
        raise ValueError(f"{card.detector}: not exactly one outcome per township")
    if unknown := set(result.observations["code"]) - set(card.finding_codes):
        raise ValueError(f"{card.detector}: codes not on its card: {sorted(unknown)}")


def _evidence(context: Context, findings: pl.DataFrame, fields: list[list[str]]) -> pl.DataFrame:
    """Masked raw values of the rows a finding names, and whether they differ between them (normalised)."""
    wanted = {line for lines in findings["row_lines"] for line in lines}
    if not wanted:
        return pl.DataFrame(schema=polars_schema("evidence"))
    frame = context.audited.filter(pl.col("line").is_in(list(wanted)))
    by_line = {row["line"]: row for row in frame.iter_rows(named=True)}
    out = []
    for finding, names in zip(findings.iter_rows(named=True), fields, strict=True):
        rows = [by_line[line] for line in finding["row_lines"]]
        for name in names:
            differs = len({row[name] for row in rows}) > 1
            for row in rows:
                raw = row.get(f"{name}_raw", row[name])
                value = mask(name, raw)
                out.append((finding["finding_id"], row["record_id"], row["line"], name, value, differs))
    return pl.DataFrame(out, schema=polars_schema("evidence"), orient="row")
