"""Masks by hand-made answers, and the property that nothing masked can be read back."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.masks import mask, mask_unknown


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("2021-05-22", "2021-05-**"),
        ("20210522", "202105**"),
        ("2021/5/2", "2021/5/*"),
        ("2021.05.22", "2021.05.**"),
        ("2021年5月2日", "2021年5月*日"),
        ("2021年5月22日", "2021年5月**日"),
        ("２０２１年５月２日", "２０２１年５月*日"),
        ("2021-05-22 00:00:00", "2021-05-** **:**:**"),
        ("44338", "44***"),
        (dt.date(2021, 5, 22), "2021-05-**"),
        ("不详", "**"),
        ("", ""),
        (None, None),
    ],
)
def test_a_date_of_birth_keeps_its_year_and_month(value: object, masked: str | None) -> None:
    assert mask("birth_date", value) == masked


@given(st.dates(dt.date(2000, 1, 1), dt.date(2030, 12, 31)))
def test_no_form_of_a_date_shows_its_day(day: dt.date) -> None:
    forms = (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日")
    other = day.replace(day=day.day % 9 + 1 if day.day < 10 else 10 + (day.day - 9) % 18)
    same = (
        f"{other:%Y-%m-%d}",
        f"{other:%Y%m%d}",
        f"{day.year}/{day.month}/{other.day}",
        f"{day.year}年{day.month}月{other.day}日",
    )
    assert [mask("birth_date", form) for form in forms] == [mask("birth_date", form) for form in same]


def test_names_and_numbers() -> None:
    assert mask("name", "王小明") == "王**"
    assert mask("mother_name", "欧阳娜") == "欧**"
    assert mask("id_number", "690121202507110403") == "690121***********3"
    assert mask("mother_id_number", "12345") == "*****"
    assert mask("village", "小河头村") == "小河头村"


@given(st.text(min_size=1, max_size=60))
def test_of_an_unknown_value_at_most_four_characters_stand(text: str) -> None:
    masked = mask_unknown(text)
    assert masked is not None
    assert not any(ch.isalnum() for ch in masked[4:])
