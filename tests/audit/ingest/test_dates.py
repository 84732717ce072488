import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.columns import read_column
from audit.ingest.dates import day, month, year
from audit.ingest.text import clean
from tests.audit.ingest.world import few

DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2099, 12, 31))
FORMS = [
    lambda d: d.isoformat(),
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month:02d}.{d.day:02d}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    lambda d: f"{d.isoformat()} 00:00:00",
    lambda d: f"{d.isoformat()}T08:30:00",
    lambda d: str((d - dt.date(1899, 12, 30)).days),
    lambda d: f"{(d - dt.date(1899, 12, 30)).days}.5",
    lambda d: "".join(chr(ord(ch) + 0xFEE0) for ch in d.isoformat()),
    lambda d: f"　{d.year}-{d.month}-{d.day}\t",
]


def one(expression, value):
    return pl.DataFrame({"x": [value]}, schema={"x": pl.String}).select(y=expression(clean("x")))["y"].item()


@few
@given(DAYS, st.sampled_from(FORMS))
def test_every_form_of_a_day_is_read(date, form):
    assert read_column(pl.Series("x", [form(date)]), "date").values.to_list() == [date]


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-30",
        "2021-13-01",
        "20211399",
        "22/05/2021",
        "21-5-22",
        "2021",
        "2021-05",
        "5月22日",
        "0",
        "99999",
        "abc",
        "1899-01-01",
    ],
)
def test_no_day_is_guessed(text):
    assert one(day, text) is None
    column = read_column(pl.Series("x", [text]), "date")
    assert column.values.to_list() == [None]
    assert column.unreadable == 1


@pytest.mark.parametrize(
    "text",
    [
        "2021-05",
        "202105",
        "2021年5月",
        "2021年05月份",
        "2021/5",
        "2021.05",
        "2021-05-31",
        "20210501",
        "2021-05-01 00:00:00",
        "44317",
    ],
)
def test_every_form_of_a_month_is_read(text):
    assert one(month, text) == dt.date(2021, 5, 1)


@pytest.mark.parametrize("text", ["2021-13", "2021-00", "5", "2021", "May 2021"])
def test_no_month_is_guessed(text):
    assert one(month, text) is None


@pytest.mark.parametrize("text", ["2021", "2021年", "2021年度", "2021.0", "２０２１", "2021-12-31", "2021年5月"])
def test_every_form_of_a_year_is_read(text):
    assert one(year, text) == 2021


@pytest.mark.parametrize("text", ["21", "44317", "20211", "0", "-2021"])
def test_no_year_is_guessed(text):
    assert one(year, text) is None


@few
@given(st.text(max_size=20))
def test_any_text_gives_a_day_or_nothing(text):
    value = one(day, text)
    assert value is None or dt.date(1900, 1, 1) <= value <= dt.date(2200, 12, 31)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("202105221030", dt.date(2021, 5, 22)),
        ("20210522103059", dt.date(2021, 5, 22)),
        ("2021052210305", None),
        ("202105221030599", None),
        ("2200-12-31", dt.date(2200, 12, 31)),
        ("2201-01-01", None),
        ("1899-12-31", None),
        ("x2021-05-22", None),
        ("73050", dt.date(2099, 12, 31)),
        ("73051", None),
        ("9999", None),
    ],
)
def test_the_edges_of_a_day(text, value):
    assert one(day, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1202105", None),
        ("202105.0", dt.date(2021, 5, 1)),
        ("2200-12", dt.date(2200, 12, 1)),
        ("2201-01", None),
        ("x2021-05", None),
    ],
)
def test_the_edges_of_a_month(text, value):
    assert one(month, text) == value


@pytest.mark.parametrize(("text", "value"), [("2200", 2200), ("2201", None), ("1900", 1900), ("1899", None), ("x2021", None)])
def test_the_edges_of_a_year(text, value):
    assert one(year, text) == value
