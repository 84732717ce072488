"""Townships where far more rows lack a field, or have a wrong number, than in the rest of the county."""

from typing import Final

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context, NotEstimable
from detectors.rows import params
from detectors.statistics.peers import above, median_share, share_error
from detectors.units import ALPHA, outcomes_of, tested, years

_LEAST: Final = 100  # rows a township needs
_MEDIUM: Final = 0.10

_ROW: Final = pl.col("line").is_not_null()
# code -> (rows it is a share of, rows that count, least excess over the median township)
_SHARES: Final[dict[str, tuple[pl.Expr, pl.Expr, float]]] = {
    "VAL-SHARE-CHECK": (pl.col("id_valid").is_not_null(), pl.col("id_valid").not_(), 0.04),
    "VAL-SHARE-NUMBER": (_ROW, pl.col("id_number").is_null(), 0.15),
    "VAL-SHARE-MOTHER": (_ROW, pl.col("mother_name").is_null() & pl.col("mother_id_number").is_null(), 0.15),
    "VAL-SHARE-REGISTERED": (_ROW, pl.col("registered_on").is_null(), 0.15),
}


@detector("field_shares")
def field_shares(context: Context) -> Result:
    """Share of numbers with a wrong check digit, of rows without number, mother or date of registration, township by township.

    Each is set against the median township, one-sided, allowing for the spread between them (``statistics.peers``); one
    correction for multiple testing over all shares and townships.
    """
    parts = [_share(context, code) for code in _SHARES]
    units = pl.concat(part for part in parts if part is not None)
    units = tested(units, units["p"].to_numpy())
    if not units["p_value"].count():
        raise NotEstimable("too_few_births" if units["events"].max() is None else "no_peers")
    excess = pl.col("observed") - pl.col("expected")
    wrong = pl.col("code") == "VAL-SHARE-CHECK"
    flagged = units.filter((pl.col("q_value") <= ALPHA) & (excess >= pl.col("effect")))
    found = observations(
        flagged.select(
            "area_code",
            "code",
            severity=pl.when(wrong & (excess >= _MEDIUM)).then(pl.lit("medium")).otherwise(pl.lit("low")),
            period=pl.lit(years(context)),
            subject=pl.lit("area"),
            observed="observed",
            expected="expected",
            p_value="p_value",
            q_value="q_value",
            events="events",
            params=params(share=pl.col("observed"), peers=pl.col("expected"), rows=pl.col("events")),
        )
    )
    return Result(found, outcomes_of(context, units, found, "too_few_births"))


def _share(context: Context, code: str) -> pl.DataFrame:
    """One share of every township with enough rows."""
    of, counted, effect = _SHARES[code]
    tally = context.audited.group_by("area_code").agg(
        events=of.sum().cast(pl.Int64), count=(of & counted.fill_null(False)).sum().cast(pl.Int64)
    )
    units = context.areas.select("area_code").join(tally, on="area_code", how="left", maintain_order="left")
    units = units.filter(pl.col("events") >= _LEAST)
    shares = (units["count"] / units["events"]).cast(pl.Float64)
    middle = median_share(shares)
    return units.select("area_code", "events").with_columns(
        code=pl.lit(code),
        effect=pl.lit(effect),
        observed=shares,
        expected=pl.lit(middle).fill_nan(None),
        p=pl.Series(above(shares, middle, share_error(middle, units["events"])), dtype=pl.Float64),
    )
