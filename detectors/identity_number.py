"""Identity numbers that contradict themselves or their own row."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import has, params, per_row, row_result

_FIELDS: Final = ("id_number", "birth_date", "sex", "name")

_CLASH: Final = {
    "VAL-ID-FORM": ("id_number",),
    "VAL-ID-CHECK": ("id_number",),
    "VAL-ID-DATE": ("id_number", "birth_date"),
    "VAL-ID-LUNAR": ("id_number", "birth_date"),
    "VAL-ID-SEX": ("id_number", "sex"),
    "VAL-ID-BOTH": ("id_number", "birth_date", "sex"),
}
_LUNAR: Final = (20, 50)  # days by which a date of the lunar calendar lags behind the solar one


@detector("identity_number")
def identity_number(context: Context) -> Result:
    """Numbers of wrong form, with a wrong check digit, or against the date of birth or the sex (GB 11643, ISO 7064 mod 11-2).

    One finding per row, the most telling contradiction first. A wrong check digit says that some digit is wrong, so what the
    other digits say is not held against the row.
    """
    rows = has(context, "id_number")
    days = (pl.col("id_date") - pl.col("birth_date")).dt.total_days()
    lunar = days.is_between(*_LUNAR)
    date_differs, sex_differs = (days != 0).fill_null(False), (pl.col("id_sex") != pl.col("sex")).fill_null(False)
    code = (
        pl.when(unreadable_number(rows, "id_number"))
        .then(pl.lit("VAL-ID-FORM"))
        .when(pl.col("id_valid").not_())
        .then(pl.lit("VAL-ID-CHECK"))
        .when(pl.col("id_number").is_not_null() & pl.col("id_date").is_null())
        .then(pl.lit("VAL-ID-FORM"))
        .when(date_differs & sex_differs)
        .then(pl.lit("VAL-ID-BOTH"))
        .when(date_differs & lunar)
        .then(pl.lit("VAL-ID-LUNAR"))
        .when(date_differs)
        .then(pl.lit("VAL-ID-DATE"))
        .when(sex_differs)
        .then(pl.lit("VAL-ID-SEX"))
    )
    wrong = rows.with_columns(code=code).filter(pl.col("code").is_not_null())
    found = per_row(wrong.with_columns(severity=pl.lit("medium"), params=params(days=days.abs())), _FIELDS, _CLASH)
    return row_result(context, found, pl.col("id_number").is_not_null(), "no_identity_numbers")


def unreadable_number(rows: pl.DataFrame, field: str) -> pl.Expr:
    """Whether a number was written, and not as a mere placeholder, but not in a form that identity numbers have."""
    raw = f"{field}_raw"
    if raw not in rows.columns:
        return pl.lit(False)
    digits = pl.when(pl.col(field).is_null()).then(pl.col(raw).cast(pl.String)).str.replace_all(r"\D", "")
    one_digit_over_and_over = digits.str.strip_chars(digits.str.slice(0, 1)) == ""
    return ((digits.str.len_chars() >= 6) & one_digit_over_and_over.not_()).fill_null(False)
