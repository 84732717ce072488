"""Citizens' identity numbers (GB 11643-1999): form, check digit, date and sex inside. No prefix is checked (DESIGN §4)."""

from typing import Final

import numpy as np
import polars as pl

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # 2**(17-i) mod 11
CHECKS: Final = "10X98765432"  # ISO 7064 MOD 11-2: the digit for the weighted sum modulo 11


def check_digit(text: pl.Expr) -> pl.Expr:
    """The check digit that the first 17 digits of a number ask for; null unless they are digits.

    Source: ISO 7064:2003, MOD 11-2.

    >>> pl.select(check_digit(pl.lit("69012120250711040"))).item()
    '3'
    """
    total = pl.sum_horizontal(
        [text.str.slice(at, 1).cast(pl.Int32, strict=False) * weight for at, weight in enumerate(WEIGHTS)], ignore_nulls=False
    )
    return (total % 11).replace_strict(dict(enumerate(CHECKS)), default=None, return_dtype=pl.String)


def squeezed(text: pl.Expr) -> pl.Expr:
    """A cleaned number without inner spaces, hyphens and a point-zero, its x in upper case."""
    tight = text.str.replace_all(r"[\s\-–—]", "").str.to_uppercase().str.replace(r"^([0-9]{15}|[0-9]{18})\.0+$", "$1")
    return tight.str.replace(r"^([0-9]{17})[×Х✕]$", "${1}X")  # a multiplication sign or a Cyrillic letter for the X


def number18(text: pl.Expr) -> pl.Expr:
    """18 characters: of 18 as it stands, of 15 with its century and check digit; null for any other form.

    A number of 15 digits was given out until 1999, to people born in the 20th century.
    """
    tight = squeezed(text)
    longer = pl.concat_str([tight.str.slice(0, 6), pl.lit("19"), tight.str.slice(6, 9)])
    return (
        pl.when(tight.str.contains(r"^[0-9]{17}[0-9X]$"))
        .then(tight)
        .when(tight.str.contains(r"^[0-9]{15}$"))
        .then(pl.concat_str([longer, check_digit(longer)]))
    )


def is_short(text: pl.Expr) -> pl.Expr:
    """Whether a cleaned number has the old form of 15 digits."""
    return squeezed(text).str.contains(r"^[0-9]{15}$")


def is_valid(number: pl.Expr) -> pl.Expr:
    """Whether the last character of an 18-character number is its check digit; null for null."""
    return number.map_batches(_check_digits_right, return_dtype=pl.Boolean)


def _check_digits_right(numbers: pl.Series) -> pl.Series:
    """The same over all characters of a column at once; null for what has not the form of a number."""
    whole = numbers.str.contains(r"^[0-9]{17}[0-9X]$")
    bytes_of = np.frombuffer("".join(numbers.filter(whole.fill_null(False)).to_list()).encode(), np.uint8).reshape(-1, 18)
    total = (bytes_of[:, :17].astype(np.int32) - ord("0")) @ np.array(WEIGHTS, np.int32)
    right = np.frombuffer(CHECKS.encode(), np.uint8)[total % 11] == bytes_of[:, 17]
    if whole.all() and not whole.null_count():
        return pl.Series(numbers.name, right, dtype=pl.Boolean)
    found = pl.Series([None], dtype=pl.Boolean).new_from_index(0, numbers.len())
    return found.scatter(whole.fill_null(False).arg_true(), right).alias(numbers.name)


def date_inside(number: pl.Expr) -> pl.Expr:
    """The date of birth inside an 18-character number; null when there is no such day between 1900 and 2200."""
    day = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return pl.when(day.dt.year().is_between(1900, 2200)).then(day)


def sex_inside(number: pl.Expr) -> pl.Expr:
    """The sex by the 17th digit: odd male, even female."""
    odd = number.str.slice(16, 1).cast(pl.Int32, strict=False) % 2
    return pl.when(odd == 1).then(pl.lit("male")).when(odd == 0).then(pl.lit("female"))
