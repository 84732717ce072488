"""Blocks of rows of the register that repeat an earlier block under other names."""

from typing import Final

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context
from detectors.rows import has, row_result

_LEAST: Final = 4  # rows in a block
_FIELDS: Final = ("name", "sex", "birth_date", "registered_on", "village", "id_number", "mother_name")
_LIKE: Final = ("area_code", "village", "sex", "month_day", "delay")


@detector("copied_rows")
def copied_rows(context: Context) -> Result:
    """Four rows or more in a row of one township's part of the file that match as many others, in the same order.

    Two rows match when village, sex, month and day of birth and the days from birth to registration are the same, names differ and
    ``same_birth`` does not take them for one birth. In a block the distance between the two rows, and the years between the dates
    of birth, stay the same. One match happens by chance; four in step do not, not even in a file in order of date. From the
    audited register alone.
    """
    rows = has(context, "birth_date", "registered_on")
    usable = (
        rows.filter(pl.col("area_code").is_not_null())
        .sort("line")
        .with_columns(place=pl.int_range(pl.len()).over("area_code"))
        .filter(pl.all_horizontal(pl.col("village", "sex", "birth_date", "registered_on", "name").is_not_null()))
        .select(
            "area_code",
            "village",
            "sex",
            "name",
            "birth",
            "line",
            "place",
            year=pl.col("birth_date").dt.year(),
            month_day=pl.col("birth_date").dt.month().cast(pl.Int32) * 100 + pl.col("birth_date").dt.day(),
            delay=(pl.col("registered_on") - pl.col("birth_date")).dt.total_days(),
        )
    )
    pairs = usable.join(usable, on=_LIKE, suffix="_other").filter(
        (pl.col("place") < pl.col("place_other"))
        & (pl.col("birth") != pl.col("birth_other"))
        & (pl.col("name") != pl.col("name_other"))
    )
    return row_result(context, observations(_blocks(pairs)), pl.col("registered_on").is_not_null(), "no_registration_dates")


def _blocks(pairs: pl.DataFrame) -> pl.DataFrame:
    """One observation per block: unbroken runs of matches with the same distance and the same years between."""
    step = ["area_code", "distance", "years"]
    pairs = pairs.with_columns(distance=pl.col("place_other") - pl.col("place"), years=pl.col("year_other") - pl.col("year"))
    pairs = pairs.sort(*step, "place")
    run = pl.col("place") - pl.int_range(pl.len()).over(step)
    blocks = (
        pairs.with_columns(run=run)
        .group_by(*step, "run", maintain_order=True)
        .agg(pl.len(), pl.col("line", "line_other"), first=pl.col("year").min(), villages=pl.col("village").n_unique())
        .filter((pl.col("len") >= _LEAST) & (pl.col("distance") >= pl.col("len")))
    )
    first, last = pl.col("line").list.first(), pl.col("line").list.last()
    other_first, other_last = pl.col("line_other").list.first(), pl.col("line_other").list.last()
    return blocks.select(
        "area_code",
        village=pl.lit(None, dtype=pl.String),
        code=pl.lit("FAB-ROWS"),
        severity=pl.lit("medium"),
        period=pl.col("first").cast(pl.String),
        subject=pl.lit("row"),
        row_lines=pl.col("line").list.concat("line_other").list.sort(),
        fields=pl.lit(list(_FIELDS), dtype=pl.List(pl.String())),
        events=pl.col("len").cast(pl.Int64),
        params=pl.struct(
            first=first, last=last, other_first=other_first, other_last=other_last, rows=pl.col("len"), years=pl.col("years")
        ).struct.json_encode(),
    )
