import datetime as dt

import polars as pl

from detectors.context import end_of_extract


def register(days: list[dt.date], born: list[dt.date] | None = None) -> pl.DataFrame:
    dates = {"registered_on": days, "birth_date": born or [dt.date(2020, 1, 1)] * len(days)}
    return pl.DataFrame(dates, schema={"registered_on": pl.Date, "birth_date": pl.Date})


MANY = [dt.date(2025, 12, 31) - dt.timedelta(days=place) for place in range(400)]


def test_the_last_day_is_the_end() -> None:
    assert end_of_extract(register(MANY), 2026) == dt.date(2025, 12, 31)


def test_rows_dated_long_after_all_others_are_slips() -> None:
    assert end_of_extract(register([*MANY, dt.date(2026, 11, 30)]), 2026) == dt.date(2025, 12, 31)
    assert end_of_extract(register([*MANY, dt.date(2026, 5, 1), dt.date(2026, 11, 30)]), 2026) == dt.date(2025, 12, 31)
    assert end_of_extract(register([*MANY, dt.date(2026, 1, 9)]), 2026) == dt.date(2026, 1, 9)


def test_more_than_a_few_are_the_end() -> None:
    assert end_of_extract(register([*MANY, *[dt.date(2026, 3, 1)] * 9]), 2026) == dt.date(2026, 3, 1)


def test_dates_past_the_campaign_year_and_few_rows_and_none() -> None:
    assert end_of_extract(register([*MANY, dt.date(2062, 1, 1)]), 2026) == dt.date(2025, 12, 31)
    assert end_of_extract(register([dt.date(2020, 1, 1), dt.date(2024, 1, 1)]), 2026) == dt.date(2024, 1, 1)
    assert end_of_extract(register([], []), 2026) is None
