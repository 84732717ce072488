"""The decorator that makes a function a detector, and the forms in which detectors say what they found."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from detectors.context import Context, NotApplicable, NotEstimable
from expectations.cards import Card, cards

# One row per finding. ``fields`` are the fields laid side by side as evidence (row findings), ``clash`` those of them that
# contradict each other within a row; ``key`` tells apart findings of one area and period (an indicator's name, a pair of years) and
# enters the id; ``params`` is what finding.<code> needs.
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
        "clash": pl.List(pl.String()),
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
    """A registered detector: its card and its function.

    Attributes:
        card: what it says of itself.
        detect: the function.
        needs_counts: whether it reads anything that stems from linking: ``counts``, ``patterns``, ``estimates.coverage`` or
            ``estimates.working``. One that does not can run before linking is done, with the same result.
    """

    card: Card
    detect: Detect
    needs_counts: bool = False

    def __call__(self, context: Context) -> Result:
        """Run it on one county; absence and insufficiency become outcomes."""
        try:
            return self.detect(context)
        except NotEstimable as why:
            return uniform(context, "not_estimable", why.reason)
        except NotApplicable as why:
            return uniform(context, "not_applicable", why.reason)


def detector(name: str, *, needs_counts: bool = False) -> Callable[[Detect], Detector]:
    """Make a function a detector.

    Args:
        name: its card's name, equal to the module's.
        needs_counts: whether it reads anything that stems from linking (``Detector``); a test holds it to that.

    Raises:
        LookupError: there is no such card, or the card lacks a text; then the import fails.
    """
    card = cards().get(name)
    if card is None:
        raise LookupError(f"no card for detector {name}")
    if lacking := card.problems():
        raise LookupError(f"card {name} lacks {lacking}")
    return lambda function: Detector(card, function, needs_counts)


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
        "clash": pl.lit([], dtype=pl.List(pl.String())),
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
