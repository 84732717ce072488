"""Days, months and years in every form offices write them."""

from typing import Final

import polars as pl

_TIME: Final = r"(?:\s*T?\s*[0-9]{1,2}[:时点][0-9]{0,2}.*)?$"
_PARTED: Final = r"^([0-9]{4})\s*[-–—/.年\s]\s*([0-9]{1,2})\s*[-–—/.月\s]\s*([0-9]{1,2})\s*[日号]?\.?" + _TIME
_PACKED: Final = r"^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:[0-9]{4}|[0-9]{6})?(?:\.0+)?" + _TIME
SERIAL: Final = r"^([1-7][0-9]{4})(?:\.[0-9]+)?$"  # 10000 is 1927-05-18, 73050 is 2099-12-31
_LAST_SERIAL: Final = 73_050
_MONTH: Final = r"^([0-9]{4})\s*[-–—/.年\s]\s*([0-9]{1,2})\s*月?(?:份)?$"
_PACKED_MONTH: Final = r"^((?:19|20)[0-9]{2})([0-9]{2})(?:\.0+)?$"
_YEAR: Final = r"^([0-9]{4})(?:\.0+)?\s*年?度?$"


def day(text: pl.Expr) -> pl.Expr:
    """A date from cleaned text: 2021-05-22, 20210522, 2021/5/22, 2021.05.22, 2021年5月22日, each with a time, or an Excel serial.

    Null for what is no such form or no such day. Day first (22/05/2021) and years of two digits are not guessed.

    >>> pl.select(day(pl.lit("2021年5月22日"))).item(), pl.select(day(pl.lit("44338"))).item()
    (datetime.date(2021, 5, 22), datetime.date(2021, 5, 22))
    """
    return pl.coalesce(_written(text), _serial(text))


def plain_day(cell: pl.Expr) -> pl.Expr:
    """The same for a cell that is known to be 2021-05-22 or 20210522."""
    return cell.str.replace_all("-", "", literal=True).str.to_date("%Y%m%d", strict=False)


def month(text: pl.Expr) -> pl.Expr:
    """The first day of a month, from cleaned text: 2021-05, 202105, 2021年5月, 2021/5, or any form of a day; null when no month."""
    parted, packed = text.str.extract_groups(_MONTH), text.str.extract_groups(_PACKED_MONTH)
    return pl.coalesce(_first(parted), _first(packed), day(text).dt.month_start())


def year(text: pl.Expr) -> pl.Expr:
    """A year from cleaned text: 2021, 2021年, 2021年度, 2021.0, or a day or month that is not a serial."""
    plain = text.str.extract(_YEAR, 1).cast(pl.Int64, strict=False)
    month_year = text.str.extract_groups(_MONTH).struct.field("1").cast(pl.Int64, strict=False)
    value = pl.coalesce(plain, month_year, _written(text).dt.year().cast(pl.Int64))
    return pl.when(value.is_between(1900, 2200)).then(value)


def is_serial(text: pl.Expr) -> pl.Expr:
    """Whether a cleaned text is read as an Excel serial."""
    return _serial(text).is_not_null()


def _written(text: pl.Expr) -> pl.Expr:
    return pl.coalesce(_of(text.str.extract_groups(_PARTED)), _of(text.str.extract_groups(_PACKED)))


def _of(groups: pl.Expr) -> pl.Expr:
    """A date from three groups; a day that does not exist is null."""
    parts = [groups.struct.field(at).str.zfill(width) for at, width in (("1", 4), ("2", 2), ("3", 2))]
    made = pl.concat_str(parts).str.to_date("%Y%m%d", strict=False)
    return pl.when(made.dt.year().is_between(1900, 2200)).then(made)


def _serial(text: pl.Expr) -> pl.Expr:
    days = text.str.extract(SERIAL, 1).cast(pl.Int32, strict=False)
    return pl.when(days <= _LAST_SERIAL).then((days - 25_569).cast(pl.Date))  # 25569 is 1970-01-01


def _first(groups: pl.Expr) -> pl.Expr:
    """The first day of a month from two groups."""
    parts = [groups.struct.field("1"), groups.struct.field("2").str.zfill(2), pl.lit("01")]
    made = pl.concat_str(parts).str.to_date("%Y%m%d", strict=False)
    return pl.when(made.dt.year().is_between(1900, 2200)).then(made)
